import { z } from 'zod';
import { controlFacts } from '../../model/control.ts';
import { parseTable, tableText } from '../../model/table.ts';
import { moment, momentOf } from '../logs/moment.ts';

/** Statements of one sender that agree in kind and table. Of a server that does not log a thing its field is ''. */
export const writerGroup = z.strictObject({
  /** Whether they began before the command did, while it ran, or after its end. */
  place: z.enum(['before', 'during', 'after']),
  user: z.string(),
  address: z.string(),
  /** Client name of the native protocol, or the user agent of HTTP. */
  client: z.string(),
  kind: z.string(),
  /** `database.table` of an INSERT; '' otherwise. */
  table: z.string(),
  finished: z.int(),
  failed: z.int(),
  written_rows: z.string(),
  first: moment,
  last: moment,
});
export type WriterGroup = z.infer<typeof writerGroup>;

export const loggedInsert = z.strictObject({
  query_id: z.string(),
  place: writerGroup.shape.place,
  user: z.string(),
  address: z.string(),
  client: z.string(),
  table: z.string(),
  at: moment,
  outcome: z.enum(['finished', 'failed']),
  written_rows: z.string(),
  error: z.string(),
});
export type LoggedInsert = z.infer<typeof loggedInsert>;

/** What the query log holds of the time around a command. */
export const writers = z.strictObject({
  control: controlFacts,
  hostname: z.string(),
  /** User of the configuration: of the target, or of the command's own env-file. */
  user: z.string(),
  /** Tables in question, named by the user; empty: none was. */
  tables: z.array(z.string()),
  /** null: the log was not read. */
  groups: z.array(writerGroup).nullable(),
  groups_cut: z.boolean(),
});
export type Writers = z.infer<typeof writers>;

/** A row of `query-log-writers.sql`. */
export interface WriterRow {
  place: string;
  who: string;
  from_address: string;
  client: string;
  kind: string;
  database: string;
  target: string;
  finished: string;
  failed: string;
  written_rows: string;
  first_seconds: number;
  last_seconds: number;
}

/** A row of `query-log-inserts.sql`. */
export interface InsertRow
  extends Pick<WriterRow, 'place' | 'who' | 'from_address' | 'client' | 'database' | 'target'> {
  query_id: string;
  type_number: string;
  rows: string;
  seconds: number;
  error: string;
}

function tableOf({ target, database }: Pick<WriterRow, 'target' | 'database'>, fallback: string): string {
  if (target === '') return '';
  const table = parseTable(target.replace(/\s*\.\s*/, '.'), database === '' ? fallback : database);
  return table ? tableText(table) : target;
}

/** @param fallback database of names without one, where the log does not tell */
export function writerOf(row: WriterRow, fallback: string, zone: string | undefined): WriterGroup {
  return {
    place: writerGroup.shape.place.parse(row.place),
    user: row.who,
    address: row.from_address,
    client: row.client,
    kind: row.kind,
    table: tableOf(row, fallback),
    finished: Number(row.finished),
    failed: Number(row.failed),
    written_rows: row.written_rows,
    first: momentOf(row.first_seconds, zone),
    last: momentOf(row.last_seconds, zone),
  };
}

export function insertOf(row: InsertRow, fallback: string, zone: string | undefined): LoggedInsert {
  return {
    query_id: row.query_id,
    place: writerGroup.shape.place.parse(row.place),
    user: row.who,
    address: row.from_address,
    client: row.client,
    table: tableOf(row, fallback),
    at: momentOf(row.seconds, zone),
    outcome: row.type_number === '2' ? 'finished' : 'failed',
    written_rows: row.rows,
    error: row.error,
  };
}
