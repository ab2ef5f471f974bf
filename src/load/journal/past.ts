import { type TableName, tableText } from '../../model/table.ts';
import type { BatchRecord } from '../batch.ts';
import type { Mark } from '../guarantee/window.ts';

/** One batch of an interrupted load, as its journal tells it. */
export interface PastBatch {
  from: number | undefined;
  to: number | undefined;
  /** Of the batch as it was cut. */
  sha256: string | undefined;
  rows: number | undefined;
  rejected: number;
  /** Its INSERT was answered, or found in the log. */
  stored: boolean;
  /** Rows that the server said it wrote. */
  written: number;
  /** Attempts whose end is not known. */
  open: readonly string[];
  sentAt: number | undefined;
  /** From before the first of them. */
  mark: Mark | undefined;
}

export interface Past {
  of(table: TableName, source: string, index: number): PastBatch | undefined;
  /** Whether staged rows were about to be moved over into this table. */
  publishing(scratch: TableName): boolean;
  /** Rows that are surely stored in this table, and the batches whose end is not known. */
  inTable(table: TableName): { stored: number; open: readonly PastBatch[] };
  /** Id of the last INSERT into this table that was answered. */
  answered(table: TableName): string | undefined;
  /** Whether anything was sent at all. */
  readonly sent: boolean;
}

const keyOf = (table: TableName, source: string, index: number) => `${tableText(table)}\n${source}\n${index}`;

type Growing = { -readonly [K in keyof PastBatch]: PastBatch[K] } & { attempts: Set<string> };

/** Reads a journal from its first line to its last. Pure. */
export function pastOf(all: readonly BatchRecord[]): Past {
  const records = all.slice(all.findLastIndex(({ state }) => state === 'restarted') + 1);
  const batches = new Map<string, Growing>();
  for (const record of records) {
    if (record.state === 'publishing') continue;
    const key = keyOf(record.table, record.source, record.index);
    const batch: Growing = batches.get(key) ?? {
      from: record.from,
      to: record.to,
      sha256: record.sha256,
      rows: record.rows,
      rejected: 0,
      stored: false,
      written: 0,
      open: [],
      sentAt: undefined,
      mark: undefined,
      attempts: new Set(),
    };
    batches.set(key, batch);
    apply(batch, record);
  }
  return {
    of: (table, source, index) => {
      const batch = batches.get(keyOf(table, source, index));
      return batch && { ...batch, open: [...batch.attempts] };
    },
    inTable(table) {
      const prefix = `${tableText(table)}\n`;
      const own = [...batches].flatMap(([key, batch]) => (key.startsWith(prefix) ? [batch] : []));
      return {
        stored: own.reduce((sum, { stored, written }) => sum + (stored ? written : 0), 0),
        open: own.flatMap((batch) =>
          batch.stored || batch.attempts.size === 0 ? [] : [{ ...batch, open: [...batch.attempts] }],
        ),
      };
    },
    publishing: (scratch) =>
      records.some(({ state, table }) => state === 'publishing' && tableText(table) === tableText(scratch)),
    answered: (table) =>
      records.findLast((record) => record.state === 'acknowledged' && tableText(record.table) === tableText(table))
        ?.query_id,
    sent: records.some(({ state }) => state === 'sent'),
  };
}

function apply(batch: Growing, record: BatchRecord): void {
  switch (record.state) {
    case 'planned':
      return;
    case 'sent':
      batch.attempts.add(record.query_id);
      batch.sentAt ??= Date.parse(record.at);
      batch.mark ??= record.mark;
      batch.rejected = record.rows_rejected ?? 0;
      batch.rows = record.rows ?? batch.rows;
      return;
    case 'acknowledged':
      batch.stored = true;
      batch.rows = record.rows ?? batch.rows;
      batch.written = record.rows_written ?? record.rows ?? 0;
      return;
    case 'failed':
      batch.attempts.delete(record.query_id);
      return;
    case 'settled':
      batch.stored = (record.rows_written ?? 0) > 0;
      batch.written = record.rows_written ?? 0;
      batch.attempts.clear();
      return;
    case 'unknown':
    case 'canceled':
    case 'publishing':
    case 'restarted':
      return;
  }
}
