import type { Readable } from 'node:stream';
import type { SqlValue } from '../model/check.ts';
import type { StatementRecord } from '../model/statement.ts';
import type { TableName } from '../model/table.ts';
import type { Capabilities } from '../model/target.ts';

export interface StatementOptions {
  params?: Record<string, SqlValue> | undefined;
  settings?: Record<string, string | number> | undefined;
  /** Who sends it, for the journal and the query's tag: `check:row-counts`, `load`, `control`. */
  purpose?: string | undefined;
  queryId?: string | undefined;
  signal?: AbortSignal | undefined;
  timeoutMs?: number | undefined;
  /** Its answer settles which statements follow: sent also where statements are only listed. */
  shape?: boolean | undefined;
}

export interface InsertOptions extends StatementOptions {
  columns?: readonly string[] | undefined;
  /** `insert_deduplication_token` */
  dedupToken?: string | undefined;
  /** `Content-Encoding` of the bytes: they are sent as they are. */
  encoding?: 'gzip' | undefined;
  /**
   * Ascending places in the bytes, each within a row so that what ends there can be read by no reader of the format as whole rows.
   * Old servers, which do not see that a body broke off, get the bytes in pieces that end there.
   */
  insideRows?: readonly number[] | undefined;
  /** Nothing of the bytes may be stored before it resolves; on their way they may be. What it throws ends the INSERT. */
  ready?: Promise<void> | undefined;
  /** Rows in the bytes, where known; for the journal. */
  rows?: number | undefined;
}

/** What the server said of a finished statement. */
export interface Answer {
  query_id: string;
  /** `X-ClickHouse-Summary`, numbers as numbers; undefined where the server sends none (before 19.8). */
  summary: Record<string, number> | undefined;
}

/** One ClickHouse over HTTP: a server, or the embedded engine's child. Every failure is thrown as `EngineError`. */
export interface Target {
  readonly kind: 'server' | 'embedded';
  /** Without credentials. */
  readonly url: string;
  /** Where the embedded engine’s data lies, every link followed; undefined for servers and for throwaway data. */
  readonly dataDir?: string | undefined;
  readonly database: string;
  readonly user: string;
  /** Streams rows (JSONEachRow, 64-bit integers and decimals as strings). */
  rows<Row>(sql: string, options?: StatementOptions): AsyncIterable<Row>;
  /** All rows at once, for results known to be small. */
  all<Row>(sql: string, options?: StatementOptions): Promise<Row[]>;
  /** A statement without a result: DDL, SYSTEM, INSERT … SELECT. */
  command(sql: string, options?: StatementOptions): Promise<Answer>;
  /** Raw output; the statement names its FORMAT. */
  bytes(sql: string, options?: StatementOptions): Promise<Readable>;
  /**
   * Raw input of `format`. Throws also when the answer was 200 and held an exception. Of bytes that break off on their way
   * nothing is stored, whatever the server's version; of a stream only newer servers see that it broke off.
   */
  insert(table: TableName, format: string, body: Readable | Uint8Array, options?: InsertOptions): Promise<Answer>;
  /** Asked once, then remembered. */
  capabilities(): Promise<Capabilities>;
  close(): Promise<void>;
}

export interface TargetHooks {
  /** Run id: query ids are `chwitness-<run>-<n>`, log_comment says run and purpose. */
  runId: string;
  /** Called once for each statement, when its outcome is known. */
  onStatement?: (record: StatementRecord) => void;
  /** Statements are told to `onStatement` and not sent, those of `shape` excepted: each is answered by nothing. */
  listOnly?: boolean;
}
