import type { Readable } from 'node:stream';
import { EngineError } from '../engine/errors.ts';
import type { Target } from '../engine/target.ts';
import type { Format } from '../model/source.ts';
import { type TableName, tableText } from '../model/table.ts';
import type { BatchRecord } from './batch.ts';
import type { Meter } from './progress.ts';
import { nothingSent, withRetries } from './retry.ts';
import { acknowledged, type Tally } from './tally.ts';

/** All INSERTs of one table share this. */
export interface Sender {
  target: Target;
  table: TableName;
  runId: string;
  settings: Record<string, string>;
  signal: AbortSignal;
  append(record: BatchRecord): void;
  meter: Meter;
  tally: Tally;
}

/** One INSERT: a batch of rows, or a whole file. */
export interface Parcel {
  source: string;
  format: Format;
  index: number;
  /** How often a batch was sent before with more rows in it. */
  again?: number | undefined;
  columns?: readonly string[] | undefined;
  settings?: Record<string, string> | undefined;
  /** Known before it is sent for rows that were cut; for a whole file, what the file declares. */
  rows: number | undefined;
  /** Made anew for each attempt. */
  body(): Readable | Uint8Array;
  /** As far as it is known when asked: a stream is counted and hashed on its way. */
  facts(): Pick<BatchRecord, 'first_row' | 'from' | 'to' | 'bytes' | 'sha256' | 'rows_rejected'>;
  dedupToken?: string | undefined;
}

/**
 * Sends a parcel and writes each of its states into the journal. What is acknowledged is counted, whatever comes after.
 * @throws EngineError, InputFault
 */
export async function send(sender: Sender, parcel: Parcel): Promise<void> {
  await withRetries((attempt) => sendOnce(sender, parcel, attempt), sender.signal);
}

async function sendOnce(sender: Sender, parcel: Parcel, attempt: number): Promise<void> {
  const { target, table, tally, signal } = sender;
  const queryId = queryIdOf(sender, parcel, attempt);
  const record = (state: BatchRecord['state'], more: Partial<BatchRecord> = {}): void =>
    sender.append({
      at: new Date().toISOString(),
      state,
      table,
      source: parcel.source,
      index: parcel.index,
      query_id: queryId,
      attempt,
      rows: parcel.rows,
      dedup_token: parcel.dedupToken,
      ...parcel.facts(),
      ...more,
    });
  signal.throwIfAborted();
  record('sent');
  try {
    const answer = await target.insert(table, parcel.format, parcel.body(), {
      columns: parcel.columns,
      dedupToken: parcel.dedupToken,
      settings: { ...sender.settings, ...parcel.settings },
      rows: parcel.rows,
      purpose: 'load',
      queryId,
      signal,
    });
    const { sent, written } = acknowledged(tally, answer, parcel.rows);
    tally.rowsSent += sent;
    tally.rowsWritten += written;
    tally.bytes += parcel.facts().bytes;
    tally.batches += 1;
    sender.meter.sent(sent);
    record('acknowledged', { rows: sent, rows_written: written });
  } catch (error) {
    if (!nothingSent(error) && attemptEnds(error)) {
      tally.rowsSent += parcel.rows ?? 0;
      tally.bytes += parcel.facts().bytes;
      tally.batches += 1;
    }
    record(stateAfter(error, signal), failure(error));
    throw error;
  }
}

/** A query that was turned away unread sends its rows again later: they count once. */
function attemptEnds(error: unknown): boolean {
  return !(error instanceof EngineError && error.code === 202);
}

/** Without the server's own word on it, whether rows were stored is not known. */
function stateAfter(error: unknown, signal: AbortSignal): BatchRecord['state'] {
  if (nothingSent(error)) return 'failed';
  if (error instanceof EngineError && error.failure === 'server') return 'failed';
  return signal.aborted ? 'canceled' : 'unknown';
}

function failure(error: unknown): Partial<BatchRecord> {
  if (!(error instanceof Error)) return { message: String(error) };
  return { message: error.message, code: error instanceof EngineError ? error.code : undefined };
}

function queryIdOf({ runId, table }: Sender, { source, index, again = 0 }: Parcel, attempt: number): string {
  const place = `${tableText(table)}-${source}`.replace(/[^A-Za-z0-9._-]+/g, '_').slice(-80);
  return `chwitness-${runId}-load-${place}-${index}${again === 0 ? '' : `-q${again}`}${attempt === 0 ? '' : `-r${attempt}`}`;
}
