import { z } from 'zod';
import { quoteName } from '../kernel/sql.ts';

export const tableName = z.strictObject({ database: z.string().min(1), table: z.string().min(1) });

/** A table by its two names, unquoted. */
export type TableName = z.infer<typeof tableName>;

/** `database.table` for people and for keys. */
export function tableText(name: TableName): string {
  return `${name.database}.${name.table}`;
}

/** `` `database`.`table` `` for SQL. A temporary table belongs to a session, not to a database: its database is ''. */
export function tableSql(name: TableName): string {
  if (name.database === '') return quoteName(name.table);
  return `${quoteName(name.database)}.${quoteName(name.table)}`;
}

/** Reads `table` or `database.table`, each part plain or in backticks or double quotes; undefined when it is neither. */
export function parseTable(text: string, defaultDatabase: string): TableName | undefined {
  const part = /(?:`((?:[^`\\]|\\.)+)`|"((?:[^"\\]|\\.)+)"|([^\s.`"]+))/y;
  const parts: string[] = [];
  let at = 0;
  while (at < text.length && parts.length < 2) {
    part.lastIndex = at;
    const found = part.exec(text);
    if (!found) return undefined;
    parts.push((found[1] ?? found[2] ?? found[3] ?? '').replace(/\\(.)/g, '$1'));
    at = part.lastIndex;
    if (at === text.length) break;
    if (text[at] !== '.' || parts.length === 2) return undefined;
    at += 1;
    if (at === text.length) return undefined;
  }
  const [first, second] = parts;
  if (first === undefined) return undefined;
  return second === undefined ? { database: defaultDatabase, table: first } : { database: first, table: second };
}
