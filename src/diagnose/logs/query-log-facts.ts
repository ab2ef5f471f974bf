import { z } from 'zod';
import { controlFacts } from '../../model/control.ts';
import { tableGroup } from './by-table.ts';
import { moment, momentOf } from './moment.ts';
import { statementGroup } from './tally.ts';
import { logWindow } from './window.ts';

/** A raw result in the archive. */
export const keptFile = z.strictObject({
  path: z.string(),
  bytes: z.int(),
  lines: z.int(),
  /** What was left out, where a budget cut it; the newest stayed. */
  cut: z.string().optional(),
});
/** One statement, shortened. */
export const loggedStatement = z.strictObject({
  query_id: z.string(),
  user: z.string(),
  at: moment,
  query: z.string(),
  duration_ms: z.string().optional(),
});
export type LoggedStatement = z.infer<typeof loggedStatement>;

/** One row of the log of a statement that was asked for by its id. */
export const loggedRow = z.strictObject({
  query_id: z.string(),
  at: moment,
  type: z.string(),
  user: z.string(),
  duration_ms: z.string(),
  written_rows: z.string(),
  exception: z.string(),
  query: z.string(),
});
export type LoggedRow = z.infer<typeof loggedRow>;

export const queryLogFacts = z.strictObject({
  window: logWindow,
  control: controlFacts,
  hostname: z.string(),
  /** Where unqualified names are looked for, on servers whose log does not tell. */
  database: z.string(),
  /** Tables in question. */
  tables: z.array(z.string()),
  /** Why the log was not read although it is visible; absent where it was. */
  refused: z.string().optional(),
  /** null: not read. */
  log: z
    .strictObject({
      /** Every row of the window and its margin, newest first. */
      rows: keptFile,
      /** Those of failed statements alone. */
      failed: keptFile.optional(),
      groups: z.array(statementGroup),
      /** Whether there were more groups than are kept. */
      groups_cut: z.boolean(),
      /** Statements by the tables they name; archives of before this was counted have none. */
      by_table: z.array(tableGroup).optional(),
      slowest: z.array(loggedStatement),
      /** Began and have no end in the log; newest first, at most `UNFINISHED`. */
      unfinished: z.array(loggedStatement),
      /** INSERTs of this run's own load, by their query ids. */
      load: z.strictObject({ statements: z.int(), finished: z.int(), failed: z.int() }),
    })
    .nullable(),
  /** Statements asked for by id: looked for in the window and its margin. */
  asked: z.strictObject({ ids: z.array(z.string()), found: z.array(loggedRow), rows: keptFile.optional() }),
});
export type QueryLogFacts = z.infer<typeof queryLogFacts>;

/** As many unfinished statements are kept. */
export const UNFINISHED = 50;

const TYPES: Record<string, string> = {
  '1': 'QueryStart',
  '2': 'QueryFinish',
  '3': 'ExceptionBeforeStart',
  '4': 'ExceptionWhileProcessing',
};

/** A row of any version's query_log, all columns, as facts keep it. Before 19.14 the type is a number. */
export function loggedRowOf(row: Record<string, unknown>, zone: string | undefined): LoggedRow {
  const text = (name: string) => (row[name] === undefined || row[name] === null ? '' : String(row[name]));
  return {
    query_id: text('query_id'),
    at: momentOf(Date.parse(`${text('event_time_utc').replace(' ', 'T')}Z`) / 1000, zone),
    type: TYPES[text('type')] ?? text('type'),
    user: text('user'),
    duration_ms: text('query_duration_ms'),
    written_rows: text('written_rows'),
    exception: text('exception').slice(0, 2000),
    query: text('query').slice(0, 2000),
  };
}
