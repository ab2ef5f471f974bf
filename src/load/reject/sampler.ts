import type { Batch } from '../batch.ts';
import { MARKED_ROWS } from '../cut/batches.ts';
import type { Cutter } from '../cut/cutter.ts';
import { rowsOf } from './rows.ts';

export interface SampledRow {
  row: number;
  bytes: Uint8Array;
}

/** A few of the rows of a source that the target has taken. */
export interface Sampler {
  accepted(batch: Batch): void;
  rows(): SampledRow[];
}

/** Rows kept of one source, of one batch, and bytes of all of them. */
const ROWS = 64;
const PER_BATCH = 8;
const BYTES = 1024 * 1024;
/** Once there are enough, one of so many batches is looked into. */
const EVERY = 16;

/** Takes rows from the beginning, and from further on as long as batches come. */
export function createSampler(cutter: () => Cutter): Sampler {
  const kept: SampledRow[] = [];
  let next = 0;
  const keep = (row: number, bytes: Uint8Array): void => {
    if (bytes.length > BYTES / ROWS) return;
    const sampled = { row, bytes: Uint8Array.from(bytes) };
    if (kept.length < ROWS) kept.push(sampled);
    else {
      // The first ones stay: what is wrong with every row shows there.
      kept[PER_BATCH + (next % (ROWS - PER_BATCH))] = sampled;
      next += 1;
    }
  };
  return {
    accepted(batch) {
      if (kept.length >= ROWS && batch.index % EVERY !== 0) return;
      const { marks = [] } = batch;
      if (marks.length + 1 >= PER_BATCH) {
        // Cut all over again, a batch of many rows would hold up the next one.
        const step = Math.floor((marks.length + 1) / PER_BATCH);
        for (let at = 0; at < step * PER_BATCH; at += step) {
          const rest = batch.bytes.subarray(at === 0 ? 0 : marks[at - 1], marks[at]);
          const [range] = rowsOf(rest, batch.firstRow + at * MARKED_ROWS, cutter(), 1);
          if (range) keep(range.row, rest.subarray(range.from, range.to));
        }
        return;
      }
      const ranges = rowsOf(batch.bytes, batch.firstRow, cutter());
      const step = Math.max(1, Math.floor(ranges.length / PER_BATCH));
      for (let at = 0; at < ranges.length && at < step * PER_BATCH; at += step) {
        const range = ranges[at];
        if (range) keep(batch.kept?.[at]?.row ?? range.row, batch.bytes.subarray(range.from, range.to));
      }
    },
    rows: () => [...kept].sort((a, b) => a.row - b.row),
  };
}
