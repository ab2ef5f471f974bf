import type { Answer } from '../engine/target.ts';

/** What happened to the rows of one table so far. */
export interface Tally {
  /** Undefined once a source cannot tell how many rows it has. */
  rowsRead: number | undefined;
  rowsSent: number;
  rowsWritten: number;
  rowsRejected: number;
  /** Stored by the run that this one resumes. */
  rowsBefore: number;
  /** Sent again after a run that got no answer for them. */
  rowsRepeated: number;
  /** Without an answer, and nothing tells what became of them. */
  rowsUnknown: number;
  retries: number;
  bytes: number;
  batches: number;
  /** Batches whose answer counted its rows, and those whose answer did not. */
  counted: number;
  uncounted: number;
  notes: Set<string>;
}

export function emptyTally(): Tally {
  return {
    rowsRead: 0,
    rowsSent: 0,
    rowsWritten: 0,
    rowsRejected: 0,
    rowsBefore: 0,
    rowsRepeated: 0,
    rowsUnknown: 0,
    retries: 0,
    bytes: 0,
    batches: 0,
    counted: 0,
    uncounted: 0,
    notes: new Set(),
  };
}

/**
 * Rows that an acknowledged INSERT has stored, and rows that it held.
 * @param rows as cut or declared by the source, where known
 * @param repeated it was sent before without an answer: should the server have dropped it as known, that one stored it
 */
export function acknowledged(
  tally: Tally,
  { summary }: Answer,
  rows: number | undefined,
  repeated = false,
): { sent: number; written: number } {
  const { written_rows: written = 0, read_rows: read = 0 } = summary ?? {};
  // Servers before 20.x send a summary that counts reading alone: nothing read and nothing written says nothing.
  if (repeated || (written === 0 && read === 0 && rows !== 0)) {
    tally.uncounted += 1;
    return { sent: rows ?? 0, written: rows ?? 0 };
  }
  tally.counted += 1;
  const sent = rows ?? (read > 0 ? Math.min(read, written) : written);
  if (written <= sent) return { sent, written };
  tally.notes.add(
    'the server’s summary counts more written rows than were sent: materialized views write too, and are left out',
  );
  return { sent, written: sent };
}

/** A batch that was refused whole, and is sent again with fewer rows, was not sent. */
export function takeBack(tally: Tally, { rows, bytes }: { rows: number; bytes: Uint8Array }): void {
  tally.rowsSent -= rows;
  tally.bytes -= bytes.length;
  tally.batches -= 1;
}

/** What an interrupted run had staged is stored by this one. */
export function takeOver(tally: Tally): void {
  tally.rowsSent += tally.rowsBefore;
  tally.rowsWritten += tally.rowsBefore;
  tally.rowsBefore = 0;
}
