import type { Readable } from 'node:stream';
import { EngineError } from '../engine/errors.ts';
import type { Target } from '../engine/target.ts';
import type { Format } from '../model/source.ts';
import { type TableName, tableText } from '../model/table.ts';
import type { BatchRecord } from './batch.ts';
import type { Settler } from './guarantee/settler.ts';
import type { Mark } from './guarantee/window.ts';
import type { Meter } from './progress.ts';
import { refusedWhole } from './refusals.ts';
import { classOf, withRetries } from './retry.ts';
import { acknowledged, type Tally } from './tally.ts';

/** All INSERTs of one table share this. */
export interface Sender {
  target: Target;
  table: TableName;
  /** Goes into query ids. */
  runId: string;
  /** Goes into deduplication tokens: of a resumed load that of the run that began it. */
  originId: string;
  settings: Record<string, string>;
  signal: AbortSignal;
  append(record: BatchRecord): void;
  /** Resolves when all that was appended is on the disk. */
  sync(): Promise<void>;
  settler: Settler;
  /** Hashes of the table's batches so far, with the place of the first of each. */
  seen: Map<string, string>;
  /** Tries go on for so long after the first failure, ms. */
  retryForMs: number;
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
  /** See `InsertOptions`. */
  insideRows?(): readonly number[];
  /** It reaches the table as one block of each partition, so that the table's deduplication knows it again. */
  oneBlock: boolean;
}

/**
 * Sends a parcel, again where that is safe and may help, and writes each of its states into the journal. What is acknowledged is
 * counted, whatever comes after.
 * @throws EngineError, InputFault, what the journal's disk says
 */
export async function send(sender: Sender, parcel: Parcel): Promise<void> {
  const { tally, settler, signal } = sender;
  let mark: Mark | undefined;
  const unanswered: string[] = [];
  const sentAt = Date.now();
  let reached = false;
  let record = recorder(sender, parcel, 0);
  const attempt = async (number: number): Promise<true> => {
    record = recorder(sender, parcel, number);
    // From before the first attempt that may have stored something; while the server is away there is none to be had.
    if (unanswered.length === 0) mark ??= await settler.mark().catch(notYet);
    signal.throwIfAborted();
    record('sent', { mark });
    // On the disk before the last byte of it leaves, whatever is promised: what the journal does not call sent is not stored, also after a
    // power cut, when the table may have forgotten it long since. Batches under way at once share a flush.
    const synced = sender.sync();
    synced.catch(() => undefined);
    const result = await tryOnce(sender, parcel, number, synced);
    // A journal that cannot be written is no failure of an INSERT.
    await synced;
    if (!(result instanceof Error)) {
      const { sent, written } = acknowledged(tally, result, parcel.rows, unanswered.length > 0);
      count(sender, parcel, sent, written);
      record('acknowledged', { rows: sent, rows_written: written });
      return true;
    }
    const kind = classOf(result);
    reached ||= kind !== 'not-stored';
    const state = stateAfter(result, sender, parcel);
    if (kind === 'unsettled' || state !== 'failed') unanswered.push(queryIdOf(sender, parcel, number));
    record(state, failure(result));
    throw result;
  };
  try {
    await withRetries(attempt, {
      signal,
      forMs: sender.retryForMs,
      onPause() {
        tally.retries += 1;
        sender.meter.retried();
      },
      async unsettled() {
        const question = { queryIds: unanswered, sentAt, rows: parcel.rows, mark, same: parcel.oneBlock };
        const settled = await settler.settle(question);
        if (settled === 'stored') {
          const rows = parcel.rows ?? 0;
          tally.uncounted += 1;
          count(sender, parcel, rows, rows);
          record('settled', { rows_written: rows });
          tally.notes.add('the answer to a batch was lost, and the server’s own account says that it is stored');
          return 'stored';
        }
        if (settled === 'not-stored') {
          unanswered.length = 0;
          record('settled', { rows_written: 0 });
        }
        return settled === 'unknown' ? 'give-up' : 'repeat';
      },
    });
  } catch (error) {
    if (reached) count(sender, parcel, parcel.rows ?? 0, 0);
    if (unanswered.length > 0) tally.rowsUnknown += parcel.rows ?? 0;
    throw error;
  }
}

/** Who does not even answer a question gets no batch: nothing was sent. */
function notYet(thrown: unknown): never {
  if (!(thrown instanceof EngineError)) throw thrown;
  throw new EngineError({ failure: 'refused', message: `${thrown.message} (before a batch was sent)`, cause: thrown });
}

type Recorder = (state: BatchRecord['state'], more?: Partial<BatchRecord>) => void;

/** Writes states of one attempt. */
export function recorder(sender: Sender, parcel: Parcel, attempt: number): Recorder {
  return (state, more = {}) =>
    sender.append({
      at: new Date().toISOString(),
      state,
      table: sender.table,
      source: parcel.source,
      index: parcel.index,
      query_id: queryIdOf(sender, parcel, attempt),
      attempt,
      rows: parcel.rows,
      dedup_token: parcel.dedupToken,
      ...parcel.facts(),
      ...more,
    });
}

/** What the target answered, or the failure. What is no failure of an INSERT is thrown. */
async function tryOnce(sender: Sender, parcel: Parcel, attempt: number, ready: Promise<void>) {
  try {
    return await sender.target.insert(sender.table, parcel.format, parcel.body(), {
      columns: parcel.columns,
      dedupToken: parcel.dedupToken,
      settings: { ...sender.settings, ...parcel.settings },
      rows: parcel.rows,
      insideRows: parcel.insideRows?.(),
      ready,
      purpose: 'load',
      queryId: queryIdOf(sender, parcel, attempt),
      signal: sender.signal,
    });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function count({ tally, meter }: Sender, parcel: Parcel, sent: number, written: number): void {
  tally.rowsSent += sent;
  tally.rowsWritten += written;
  tally.bytes += parcel.facts().bytes;
  tally.batches += 1;
  meter.sent(sent);
}

/** Without the server's own word on it, whether rows were stored is not known; of several blocks or partitions some may be, for all it says. */
function stateAfter(error: Error, { signal }: Sender, parcel: Parcel): BatchRecord['state'] {
  if (classOf(error) === 'not-stored') return 'failed';
  if (parcel.oneBlock && refusedWhole(error)) return 'failed';
  if (error instanceof EngineError && error.failure === 'server' && classOf(error) === 'final') return 'unknown';
  return signal.aborted ? 'canceled' : 'unknown';
}

function failure(error: Error): Partial<BatchRecord> {
  return { message: error.message, code: error instanceof EngineError ? error.code : undefined };
}

function queryIdOf({ runId, table }: Sender, { source, index, again = 0 }: Parcel, attempt: number): string {
  const place = `${tableText(table)}-${source}`.replace(/[^A-Za-z0-9._-]+/g, '_').slice(-80);
  return `chwitness-${runId}-load-${place}-${index}${again === 0 ? '' : `-q${again}`}${attempt === 0 ? '' : `-r${attempt}`}`;
}
