import { quoteName } from '../kernel/sql.ts';
import { type TableName, tableSql } from '../model/table.ts';
import type { StatementOptions, Target } from './target.ts';

/** The same target with one table standing in for another in all that is asked: by name in the text, and as bound values. */
export function redirected(target: Target, table: TableName, staged: TableName): Target {
  const name = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const either = (text: string) => `(?:${name(text)}|${name(quoteName(text))}|"${name(text)}")`;
  const full = new RegExp(`(?<![\\w.\`"])${either(table.database)}\\s*\\.\\s*${either(table.table)}(?![\\w\`"])`, 'g');
  // Without a database it is the default one's.
  const bare = new RegExp(`(\\b(?:FROM|JOIN)\\s+)${either(table.table)}(?![\\w\`".(])`, 'gi');
  const text = (sql: string) => {
    const renamed = sql.replace(full, () => tableSql(staged));
    return table.database === target.database
      ? renamed.replace(bare, (_, before: string) => before + tableSql(staged))
      : renamed;
  };
  const bound = <Options extends StatementOptions>(options: Options | undefined): Options | undefined => {
    const { params } = options ?? {};
    if (!options || params?.database !== table.database || params.table !== table.table) return options;
    return { ...options, params: { ...params, ...staged } };
  };
  return {
    ...target,
    rows: (sql, options) => target.rows(text(sql), bound(options)),
    all: (sql, options) => target.all(text(sql), bound(options)),
    command: (sql, options) => target.command(text(sql), bound(options)),
    bytes: (sql, options) => target.bytes(text(sql), bound(options)),
  };
}
