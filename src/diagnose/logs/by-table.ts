import { z } from 'zod';
import { formatCount } from '../../kernel/format.ts';
import { parseTable, tableText } from '../../model/table.ts';

/** Statements of the query log that name one table, of one kind and user. A statement of two tables counts for each. */
export const tableGroup = z.strictObject({
  whose: z.enum(['load', 'other']),
  /** First word, upper case: `SELECT`. */
  kind: z.string(),
  user: z.string(),
  /** `database.table`; as the log has it, where it is no such name. */
  table: z.string(),
  /** `log`: from the column `tables`; `text`: read from the statement's text, where the server logs no tables or none of this statement. */
  named_by: z.enum(['log', 'text']),
  started: z.int(),
  finished: z.int(),
  failed: z.int(),
});
export type TableGroup = z.infer<typeof tableGroup>;

/** One row of `query-log-tables.sql`. */
export interface TableRow {
  whose: string;
  kind: string;
  user: string;
  database: string;
  table_name: string;
  named_by: string;
  started: string;
  finished: string;
  failed: string;
}

/** `database` holds where the log does not name one. */
export function tableGroupOf(row: TableRow, database: string): TableGroup {
  const named = row.table_name.replace(/\s*\.\s*/, '.');
  const table = parseTable(named, row.database === '' ? database : row.database);
  return {
    whose: tableGroup.shape.whose.parse(row.whose),
    kind: row.kind,
    user: row.user,
    table: table ? tableText(table) : named,
    named_by: tableGroup.shape.named_by.parse(row.named_by),
    started: Number(row.started),
    finished: Number(row.finished),
    failed: Number(row.failed),
  };
}

/** Those that ended, or those that only began. */
const statements = (group: TableGroup) => Math.max(group.finished + group.failed, group.started);

/** `web.orders: 12 SELECT of app, 1 INSERT of loader (1 failed)`, tables in question first, then the busiest; at most `limit` of them. */
export function byTable(groups: readonly TableGroup[], inQuestion: readonly string[], limit: number): string[] {
  const tables = new Map<string, TableGroup[]>();
  for (const group of groups) tables.set(group.table, [...(tables.get(group.table) ?? []), group]);
  const count = (those: readonly TableGroup[]) => those.reduce((total, one) => total + statements(one), 0);
  const ordered = [...tables].sort(
    ([a, ofA], [b, ofB]) => Number(inQuestion.includes(b)) - Number(inQuestion.includes(a)) || count(ofB) - count(ofA),
  );
  const more = ordered.length - limit;
  return [
    ...ordered.slice(0, limit).map(([table, those]) => `${table}: ${kinds(those)}${guessed(those)}`),
    ...(more > 0 ? [`and ${formatCount(more)} more tables`] : []),
  ];
}

function kinds(those: readonly TableGroup[]): string {
  const counted = new Map<string, { kind: string; who: string; count: number; failed: number }>();
  for (const one of those) {
    const who = one.whose === 'load' ? 'the load' : one.user;
    const key = JSON.stringify([one.kind, who]);
    const sum = counted.get(key) ?? { kind: one.kind, who, count: 0, failed: 0 };
    counted.set(key, { ...sum, count: sum.count + statements(one), failed: sum.failed + one.failed });
  }
  return [...counted.values()]
    .sort((a, b) => b.count - a.count)
    .map(({ kind, who, count, failed }) => {
      const wrong = failed === 0 ? '' : ` (${formatCount(failed)} failed)`;
      return `${formatCount(count)} ${kind} of ${who}${wrong}`;
    })
    .join(', ');
}

function guessed(those: readonly TableGroup[]): string {
  const texts = those.filter((one) => one.named_by === 'text');
  if (texts.length === 0) return '';
  return texts.length === those.length
    ? ' (by the text of the statements)'
    : ' (in part by the text of the statements)';
}
