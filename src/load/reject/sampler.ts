import type { Batch } from '../batch.ts';
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
  return {
    accepted(batch) {
      if (kept.length >= ROWS && batch.index % EVERY !== 0) return;
      const ranges = rowsOf(batch.bytes, batch.firstRow, cutter());
      const step = Math.max(1, Math.floor(ranges.length / PER_BATCH));
      for (let at = 0; at < ranges.length && at < step * PER_BATCH; at += step) {
        const range = ranges[at];
        if (range === undefined || range.to - range.from > BYTES / ROWS) continue;
        const row = batch.kept?.[at]?.row ?? range.row;
        const sampled = { row, bytes: Uint8Array.from(batch.bytes.subarray(range.from, range.to)) };
        if (kept.length < ROWS) kept.push(sampled);
        else {
          // The first ones stay: what is wrong with every row shows there.
          kept[PER_BATCH + (next % (ROWS - PER_BATCH))] = sampled;
          next += 1;
        }
      }
    },
    rows: () => [...kept].sort((a, b) => a.row - b.row),
  };
}
