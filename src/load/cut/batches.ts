import { formatBytes } from '../../kernel/format.ts';
import { InputFault } from '../../model/source.ts';
import type { Batch } from '../batch.ts';
import { AGAIN, CutError, type Cutter, MORE } from './cutter.ts';
import { createPieces } from './pieces.ts';
import type { Pool } from './pool.ts';

/** Where each row of so many begins is kept, so that rows from the middle of a batch are found without cutting it again. */
export const MARKED_ROWS = 256;

export interface BatchLimits {
  rows: number;
  bytes: number;
  /** A single row may be larger than a batch, up to this. */
  rowBytes: number;
}

export interface CutOptions {
  source: string;
  cutter: Cutter;
  limits: BatchLimits;
  pool: Pool;
  /** The first row is a header: taken off, and handed over before the first batch. */
  onHeader?: ((header: Uint8Array) => void) | undefined;
}

/**
 * Cuts a stream into batches at row ends. Holds one batch, and the row that is not finished yet; a chunk is looked at no
 * longer than until the next one is asked for.
 * @throws InputFault when the bytes are not rows of the format, or one row is larger than `rowBytes`
 */
export async function* cutBatches(
  chunks: AsyncIterable<Uint8Array>,
  { source, cutter, limits, pool, onHeader }: CutOptions,
): AsyncGenerator<Batch> {
  const pieces = createPieces(pool);
  let header = onHeader;
  let index = 0;
  let firstRow = 1;
  let rows = 0;
  let marks: number[] = [];
  /** The batch begins at `from`; finished rows end at `position`. */
  let from = 0;
  let position = 0;

  const finish = (piece: Uint8Array): void => {
    position += pieces.held + piece.length;
    pieces.finish(piece);
  };
  const batch = (): Batch => {
    const { bytes, sha256, buffer } = pieces.cut();
    const made = { index, firstRow, rows, from, to: position, bytes, sha256, marks, free: () => pool.give(buffer) };
    index += 1;
    firstRow += rows;
    rows = 0;
    marks = [];
    from = position;
    return made;
  };
  const takeHeader = (): void => {
    header?.(pieces.cut().bytes);
    header = undefined;
    from = position;
  };

  try {
    for await (const arrived of chunks) {
      let chunk = arrived;
      /** Rows between `start` and `at` are found, and not yet taken. */
      let start = 0;
      let at = 0;
      for (let end = cutter.next(chunk, at); end !== MORE; end = cutter.next(chunk, at)) {
        if (end === AGAIN || cutter.blank) {
          if (at > start) finish(chunk.subarray(start, at));
          if (end === AGAIN) {
            chunk = pieces.release(chunk.subarray(at));
            at = 0;
          } else {
            position += pieces.held + end - at;
            pieces.drop();
            if (rows === 0) from = position;
            at = end;
          }
          start = at;
          continue;
        }
        at = end;
        if (!header) rows += 1;
        const filled = pieces.finished + pieces.held + at - start;
        if (header || rows >= limits.rows || filled >= limits.bytes) {
          finish(chunk.subarray(start, at));
          start = at;
          if (header) takeHeader();
          else yield batch();
        } else if (rows % MARKED_ROWS === 0) marks.push(filled);
      }
      if (at > start) finish(chunk.subarray(start, at));
      if (at < chunk.length) pieces.hold(chunk.subarray(at));
      if (pieces.held > limits.rowBytes) throw tooLarge(limits.rowBytes);
    }
    if (cutter.finish()) {
      if (!header) rows += 1;
      finish(new Uint8Array());
      if (header) takeHeader();
    }
  } catch (error) {
    if (!(error instanceof CutError)) throw error;
    const row = firstRow + rows;
    throw new InputFault({
      code: error.code,
      message: `${source}, row ${row}: ${error.message}`,
      source,
      offset: position,
      row,
    });
  }
  if (rows > 0) yield batch();
}

function tooLarge(limit: number): CutError {
  const why = 'a quote or a bracket before its end may never have been closed';
  return new CutError('INPUT_ROW_TOO_LARGE', `the row is larger than ${formatBytes(limit)}; ${why}`);
}
