import { z } from 'zod';
import { formatCount } from '../../kernel/format.ts';
import { parseTable, tableText } from '../../model/table.ts';
import { type Moment, moment, momentOf, momentText } from './moment.ts';

/** Statements of the query log that agree in whose they are, kind, user, table and exception. */
export const statementGroup = z.strictObject({
  /** `load`: INSERTs of a load of ours; `own`: our other questions; `health check`: `SELECT 1` and the like, answered; `other`. */
  whose: z.enum(['load', 'own', 'health check', 'other']),
  /** First word, upper case: `INSERT`. */
  kind: z.string(),
  user: z.string(),
  /** Where an unqualified name is looked for; '' where the server does not log it. */
  database: z.string(),
  /** Table of an INSERT as its text names it; '' otherwise. */
  target: z.string(),
  /** 0: none. */
  code: z.int(),
  /** '' where the server prints none. */
  name: z.string(),
  /** Of the tables in question, those that the text of a failed statement mentions. */
  mentions: z.string(),
  started: z.int(),
  finished: z.int(),
  failed: z.int(),
  /** Rows written by those that finished; '' where the log does not tell. */
  written_rows: z.string(),
  first: moment,
  last: moment,
  /** The last exception, cut; '' without one. */
  exception: z.string(),
  last_query_id: z.string(),
});
export type StatementGroup = z.infer<typeof statementGroup>;

/** One row of `query-log-tally.sql`; 64-bit numbers are texts. */
export interface TallyRow {
  whose: string;
  kind: string;
  user: string;
  database: string;
  target: string;
  code: number;
  name: string;
  words: string;
  started: string;
  finished: string;
  failed: string;
  written_rows: string;
  first_seconds: number;
  last_seconds: number;
  last_exception: string;
  last_query_id: string;
}

const WHOSE = statementGroup.shape.whose;

export function groupOf(row: TallyRow, zone: string | undefined): StatementGroup {
  return {
    whose: WHOSE.parse(row.whose),
    kind: row.kind,
    user: row.user,
    database: row.database,
    target: row.target,
    code: Number(row.code),
    name: row.name,
    mentions: row.words,
    started: Number(row.started),
    finished: Number(row.finished),
    failed: Number(row.failed),
    written_rows: row.written_rows,
    first: momentOf(row.first_seconds, zone),
    last: momentOf(row.last_seconds, zone),
    exception: exceptionLine(row.last_exception),
    last_query_id: row.last_query_id,
  };
}

/** An exception without stack and tail, on one line. */
export function exceptionLine(text: string): string {
  const [head = ''] = text.split(/,?\s*Stack trace|, e\.what\(\) = /, 1);
  return head.replace(/\s+/g, ' ').trim().slice(0, 400);
}

/** The table of an INSERT, `database.table`; undefined for other statements. `database` holds where the log does not name one. */
export function insertTable(group: Pick<StatementGroup, 'target' | 'database'>, database: string): string | undefined {
  if (group.target === '') return undefined;
  const table = parseTable(group.target.replace(/\s*\.\s*/, '.'), group.database === '' ? database : group.database);
  return table && tableText(table);
}

/** Statements that ended, and those that only began. */
export function statements(groups: readonly StatementGroup[]): number {
  const ended = sum(groups, (one) => one.finished + one.failed);
  return Math.max(
    ended,
    sum(groups, (one) => one.started),
  );
}

export function sum(groups: readonly StatementGroup[], of: (group: StatementGroup) => number): number {
  return groups.reduce((total, group) => total + of(group), 0);
}

/** Rows that INSERTs of these groups wrote; undefined where some of them do not tell. */
export function writtenRows(groups: readonly StatementGroup[]): bigint | undefined {
  const finished = groups.filter((one) => one.finished > 0);
  if (finished.some((one) => one.written_rows === '')) return undefined;
  return finished.reduce((total, one) => total + BigInt(one.written_rows), 0n);
}

/** `12 SELECT, 3 INSERT`, most first. */
export function byKind(groups: readonly StatementGroup[]): string {
  const kinds = new Map<string, StatementGroup[]>();
  for (const group of groups) kinds.set(group.kind, [...(kinds.get(group.kind) ?? []), group]);
  return [...kinds]
    .map(([kind, those]) => ({ kind: kind === '' ? 'not understood' : kind, count: statements(those) }))
    .sort((a, b) => b.count - a.count)
    .map(({ kind, count }) => `${formatCount(count)} ${kind}`)
    .join(', ');
}

/** `code 27 CANNOT_PARSE… ×3, code 60 ×1`, most first. */
export function byCode(groups: readonly StatementGroup[]): string {
  const codes = new Map<string, number>();
  for (const group of groups) {
    const named = `code ${group.code}${group.name === '' ? '' : ` ${group.name}`}`;
    codes.set(named, (codes.get(named) ?? 0) + group.failed);
  }
  return [...codes]
    .sort((a, b) => b[1] - a[1])
    .map(([named, count]) => `${named} ×${formatCount(count)}`)
    .join(', ');
}

/** One line of evidence on statements that failed. */
export function failureLine(group: StatementGroup): string {
  const into = group.target === '' ? '' : ` into ${group.target.replaceAll('`', '')}`;
  const whose = group.whose === 'load' ? 'the load' : group.user;
  return `${group.kind}${into} of ${whose}, ×${group.failed}, last ${momentText(group.last)}, query_id ${group.last_query_id}: ${group.exception}`;
}

/** Between which times these statements were logged. */
export function span(groups: readonly StatementGroup[]): { first: Moment; last: Moment } | undefined {
  const [one, ...more] = groups;
  if (!one) return undefined;
  return more.reduce(
    (so, { first, last }) => ({
      first: first.utc < so.first.utc ? first : so.first,
      last: last.utc > so.last.utc ? last : so.last,
    }),
    { first: one.first, last: one.last },
  );
}
