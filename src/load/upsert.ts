import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError } from '../engine/errors.ts';
import type { Target } from '../engine/target.ts';
import type { TableLoad } from '../model/load.ts';
import { type TableName, tableText } from '../model/table.ts';
import type { BatchRecord } from './batch.ts';
import { insertSettings } from './settings.ts';

export interface UpsertOptions {
  target: Target;
  table: TableName;
  /** Columns of each row, in any order of its keys. */
  columns: readonly string[];
  /** For people: where the rows come from. */
  source: string;
  runId: string;
  signal: AbortSignal;
  batchRows: number;
  batchBytes: number;
  settings: Record<string, string>;
  append(record: BatchRecord): void;
  progress?: ((rows: number) => void) | undefined;
}

/** Rows of our own making on their way into a table where the same row twice is one row: so a lost answer is simply asked again. */
export interface Upsert {
  add(row: object): Promise<void>;
  /** Sends what is left. */
  flush(): Promise<void>;
  facts(status: TableLoad['status']): TableLoad;
}

/** Pauses before each repeat, ms. */
const PAUSES_MS = [500, 2000, 5000];

function mayRepeat(error: unknown): boolean {
  if (!(error instanceof EngineError)) return false;
  // TOO_MANY_SIMULTANEOUS_QUERIES, MEMORY_LIMIT_EXCEEDED, TIMEOUT_EXCEEDED, TOO_MANY_PARTS, NETWORK_ERROR, KEEPER_EXCEPTION
  if (error.failure === 'server') return [202, 241, 159, 252, 210, 999].includes(error.code ?? -1);
  return ['refused', 'dns', 'reset', 'timeout'].includes(error.failure);
}

export function createUpsert(options: UpsertOptions): Upsert {
  const { target, table, columns, source, signal } = options;
  /** As bytes: text that is not Latin would lie in memory twice as wide, and once more when it is joined. */
  let lines: Buffer[] = [];
  let size = 0;
  let index = 0;
  const told = { sent: 0, written: 0, bytes: 0, read: 0 };
  const settings = insertSettings(options.settings, options.batchRows);

  async function attempt(body: Buffer, rows: number, sha256: string, number: number): Promise<void> {
    const queryId = `chwitness-${options.runId}-load-${table.table}-${index}${number === 0 ? '' : `-r${number}`}`;
    const token = `${tableText(table)}-${options.runId}-${index}-${sha256.slice(0, 16)}`;
    const record = (state: BatchRecord['state'], more: Partial<BatchRecord> = {}) =>
      options.append({
        at: new Date().toISOString(),
        state,
        table,
        source,
        index,
        query_id: queryId,
        attempt: number,
        rows,
        bytes: body.length,
        sha256,
        dedup_token: token,
        ...more,
      });
    record('sent');
    try {
      await target.insert(table, 'JSONEachRow', body, {
        columns,
        settings,
        dedupToken: token,
        rows,
        purpose: 'load',
        queryId,
        signal,
      });
      record('acknowledged', { rows_written: rows });
    } catch (error) {
      const refused = error instanceof EngineError && error.failure === 'server';
      record(refused ? 'failed' : signal.aborted ? 'canceled' : 'unknown', {
        message: error instanceof Error ? error.message : String(error),
        code: error instanceof EngineError ? error.code : undefined,
      });
      throw error;
    }
  }

  async function flush(): Promise<void> {
    if (lines.length === 0) return;
    const body = Buffer.concat(lines);
    const rows = lines.length;
    lines = [];
    size = 0;
    const sha256 = createHash('sha256').update(body).digest('hex');
    told.sent += rows;
    told.bytes += body.length;
    for (let number = 0; ; number += 1) {
      signal.throwIfAborted();
      try {
        await attempt(body, rows, sha256, number);
        break;
      } catch (error) {
        const pause = PAUSES_MS[number];
        if (pause === undefined || signal.aborted || !mayRepeat(error)) throw error;
        await sleep(pause, undefined, { signal }).catch(() => undefined);
      }
    }
    told.written += rows;
    index += 1;
    options.progress?.(told.written);
  }

  return {
    async add(row) {
      const line = Buffer.from(`${JSON.stringify(row)}\n`);
      lines.push(line);
      size += line.length;
      told.read += 1;
      if (lines.length >= options.batchRows || size >= options.batchBytes) await flush();
    },
    flush,
    facts: (status) => ({
      table,
      sources: [source],
      format: 'JSONEachRow',
      created: false,
      rows_read: told.read,
      rows_sent: told.sent,
      rows_written: told.written,
      rows_written_from: 'acknowledged batches',
      bytes: told.bytes,
      batches: index,
      status,
      replaces: true,
    }),
  };
}
