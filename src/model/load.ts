import { z } from 'zod';
import { apiSource } from './api-source.ts';
import { commandFacts } from './command.ts';
import { rejection } from './reject.ts';
import { storedTable } from './stored.ts';
import { tableName } from './table.ts';

export const serverException = z.strictObject({
  /** What kind of failure: see EngineFailure. */
  failure: z.enum([
    'server',
    'dns',
    'refused',
    'reset',
    'timeout',
    'tls',
    'not-clickhouse',
    'canceled',
    'engine-died',
    'other',
  ]),
  /** ClickHouse's code, innermost first choice; absent when the server did not write one. */
  code: z.int().optional(),
  /** Its name, `UNKNOWN_TABLE`; absent on old servers that print none. */
  name: z.string().optional(),
  message: z.string(),
  query_id: z.string().optional(),
  http_status: z.int().optional(),
});
export type ServerException = z.infer<typeof serverException>;

/** A mistake of the input itself, found before or while it was read. */
export const inputError = z.strictObject({
  code: z.string(),
  message: z.string(),
  source: z.string(),
  /** Byte offset and 1-based row in the source, where known. */
  offset: z.int().optional(),
  row: z.int().optional(),
});

/** What is promised of each row, and by what. */
export const guarantee = z.strictObject({
  kind: z.enum(['tokens', 'content', 'staging', 'at-least-once', 'at-most-once']),
  /** By way of a scratch table. */
  staged: z.boolean().optional(),
  /** For people, one sentence without a full stop. */
  sentence: z.string(),
  /** Blocks that the table remembers, and for how long. */
  window: z.strictObject({ blocks: z.int(), seconds: z.int().optional() }).optional(),
});
export type Guarantee = z.infer<typeof guarantee>;

export const tableLoad = z.strictObject({
  table: tableName,
  /** Source names: file name or `stdin`, credentials of URLs gone. */
  sources: z.array(z.string()),
  format: z.string(),
  created: z.boolean(),
  /** Rows cut from the source; undefined where the format only tells after the load (Parquet over HTTP). */
  rows_read: z.int().optional(),
  /** Rows in batches whose INSERT was sent, acknowledged or not. */
  rows_sent: z.int(),
  /** Rows the target acknowledged, by its own summary (`X-ClickHouse-Summary`, views taken out) or, without one, by batches answered. */
  rows_written: z.int(),
  rows_written_from: z.enum(['summary', 'acknowledged batches']),
  guarantee: guarantee.optional(),
  /** Rows that the interrupted run which this one resumes had stored already; they were read again and not sent again. */
  rows_before: z.int().optional(),
  /** Rows sent again because the interrupted run got no answer for them: the table's deduplication stores them once, then or now. */
  rows_repeated: z.int().optional(),
  /** Rows in batches that got no answer, and of which nothing tells whether they are stored. They are not sent again. */
  rows_unknown: z.int().optional(),
  /** Tries beyond the first. */
  retries: z.int().optional(),
  /** Rows kept back as bad; absent where nothing was to be kept back. */
  rows_rejected: z.int().optional(),
  bytes: z.int(),
  batches: z.int(),
  status: z.enum(['ok', 'failed', 'canceled', 'empty']),
  /** Rows take the place of those with the same key: how many more the table holds afterwards says nothing. */
  replaces: z.boolean().optional(),
  /** What was noticed of the sources and the answers, one sentence each: how a header was told, what a summary counts besides. */
  notes: z.array(z.string()).optional(),
});
export type TableLoad = z.infer<typeof tableLoad>;

/** The same load into the embedded engine, before the target saw a byte. */
export const rehearsalFacts = z.strictObject({
  how: z.enum(['full', 'sample']),
  status: z.enum(['ok', 'failed']),
  /** Rows that were tried. */
  rows: z.int(),
  /** Rows that would not be stored as they were sent. */
  bad: z.int(),
  duration_ms: z.number(),
});

/** What the ingestion itself says happened; checks hold it against what they see. */
export const loadFacts = z.strictObject({
  kind: z.enum(['load', 'command', 'none']),
  status: z.enum(['ok', 'failed', 'canceled', 'not-started']),
  tables: z.array(tableLoad),
  rows_sent: z.int(),
  rows_written: z.int(),
  bytes: z.int(),
  duration_ms: z.number(),
  error: serverException.or(inputError).optional(),
  /** What reading an API was like, where the rows came from one. */
  api: apiSource.optional(),
  /** The wrapped command; for kind `command` alone. */
  command: commandFacts.optional(),
  /** Id of the interrupted run that this one resumed. */
  resumed: z.string().optional(),
  /** What was staged did not pass and is gone: there is nothing to go on with. */
  discarded: z.boolean().optional(),
  /** Id by which `load --resume` goes on where this load ended; its journal is kept until then. */
  resumable: z.string().optional(),
  /** Bad rows that were found: kept back, or the reason for the failure. */
  rejection: rejection.optional(),
  rehearsal: rehearsalFacts.optional(),
  /** What became of a sample of the rows. */
  stored: z.array(storedTable).optional(),
});
export type LoadFacts = z.infer<typeof loadFacts>;

export const noLoad: LoadFacts = {
  kind: 'none',
  status: 'not-started',
  tables: [],
  rows_sent: 0,
  rows_written: 0,
  bytes: 0,
  duration_ms: 0,
};
