import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { parseException } from './exception.ts';

type Handle = object;

export interface QueryResult {
  bytes: Uint8Array;
  /** Seconds. */
  elapsed: number;
  /** Rows of the result (for an INSERT: rows read), as the engine's C interface names it. */
  rowsRead: number;
  bytesRead: number;
}

export interface WriteResult {
  elapsed: number;
  /** Rows written, those of materialized views included: what a server puts into `X-ClickHouse-Summary`. */
  rowsWritten: number;
  bytesWritten: number;
}

export interface ResultChunk {
  bytes: Uint8Array;
  numRows: number;
  done: boolean;
}

/**
 * The functions of chDB's native addon that are used. Its public `Session` is a wrapper of these that lets through eight text
 * formats only and drops the count of rows written; the functions beneath take any statement with any bytes after it.
 */
interface Addon {
  CreateConnection(path: string, args?: readonly string[]): Handle;
  CloseConnection(connection: Handle): void;
  QueryAsyncConnection(connection: Handle, sql: string, format: string): Promise<QueryResult>;
  InsertRawAsyncConnection(
    connection: Handle,
    prefix: string,
    data: Uint8Array,
    countLines: boolean,
  ): Promise<WriteResult>;
  StreamQuery(connection: Handle, sql: string, format: string): Handle;
  StreamFetch(stream: Handle): Promise<ResultChunk>;
  StreamCancel(stream: Handle): void;
}

const NEEDED = [
  'CreateConnection',
  'CloseConnection',
  'QueryAsyncConnection',
  'InsertRawAsyncConnection',
  'StreamQuery',
];

/** @throws with `code: 'CHDB_ABSENT'` in its message's place when the package, its addon or a function of it is missing */
export function loadAddon(): Addon {
  const require = createRequire(import.meta.url);
  // The loader knows the package of each platform; it is not among chDB's exports, hence the path.
  const { loadNative } = require(join(dirname(require.resolve('chdb')), 'dist', 'loader.js'));
  const addon: Addon = loadNative();
  const missing = NEEDED.filter((name) => !(name in addon));
  if (missing.length > 0) throw new Error(`this version of chdb lacks ${missing.join(', ')}`);
  return addon;
}

/**
 * One connection to the engine in this process: its own settings, current database and temporary tables, one statement at a time.
 * Connections of one folder run side by side.
 */
export class Connection {
  readonly #addon: Addon;
  readonly #handle: Handle;
  #pending: Promise<unknown> = Promise.resolve();

  constructor(addon: Addon, path: string, args: readonly string[]) {
    this.#addon = addon;
    this.#handle = addon.CreateConnection(path, args);
  }

  /** Runs one statement and returns its whole result. @throws EngineException */
  query(sql: string, format = 'TabSeparated'): Promise<QueryResult> {
    return this.#track(this.#addon.QueryAsyncConnection(this.#handle, sql, format));
  }

  /** Runs `prefix` with `data` after a line break; for inserts, and for statements whose written rows count. @throws EngineException */
  write(prefix: string, data: Uint8Array = NOTHING): Promise<WriteResult> {
    return this.#track(this.#addon.InsertRawAsyncConnection(this.#handle, prefix, data, false));
  }

  /** Blocks of a SELECT as the engine makes them, each formatted as if it were a document of its own. @throws EngineException */
  async *stream(sql: string, format: string): AsyncGenerator<ResultChunk> {
    let stream: Handle;
    try {
      stream = this.#addon.StreamQuery(this.#handle, sql, format);
    } catch (thrown) {
      throw parseException(thrown);
    }
    let finished = false;
    try {
      for (;;) {
        const chunk = await this.#track(this.#addon.StreamFetch(stream));
        finished = chunk.done;
        if (chunk.done) return;
        yield chunk;
      }
    } catch (thrown) {
      // A failed fetch has already freed the stream.
      finished = true;
      throw thrown;
    } finally {
      if (!finished) this.#addon.StreamCancel(stream);
    }
  }

  /** Closes once the statement under way has ended: closing under it would abort the whole engine. */
  async close(): Promise<void> {
    await this.#pending;
    this.#addon.CloseConnection(this.#handle);
  }

  #track<Value>(running: Promise<Value>): Promise<Value> {
    const done = running.catch((thrown: unknown) => {
      throw parseException(thrown);
    });
    this.#pending = done.catch(() => undefined);
    return done;
  }
}

const NOTHING = Buffer.from('\n');

export type { Addon };
