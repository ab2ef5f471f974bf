import type { RowFormat } from '../../model/source.ts';
import { AGAIN, type Cutter, isSpace, LF, MORE } from '../cut/cutter.ts';

/** One row inside the bytes of a batch. */
export interface RowRange {
  /** 1-based row of the source. */
  row: number;
  /** Bytes of the batch, line end included; blank lines before a JSON row are none of it. */
  from: number;
  to: number;
  /** Byte of the source at which it begins, where that is sure. */
  offset?: number | undefined;
}

/** Cuts a batch into its rows, as it was cut from the source, or its first `most` rows. */
export function rowsOf(
  bytes: Uint8Array,
  firstRow: number,
  cutter: Cutter,
  most = Number.POSITIVE_INFINITY,
): RowRange[] {
  const rows: RowRange[] = [];
  let start = 0;
  const push = (end: number): void => {
    let from = start;
    while (from < end - 1 && isSpace(bytes[from] ?? 0) && bytes[from] !== 0x09) from += 1;
    rows.push({ row: firstRow + rows.length, from, to: end });
    start = end;
  };
  let at = 0;
  for (let end = cutter.next(bytes, at); end !== MORE; end = cutter.next(bytes, at)) {
    if (end === AGAIN) {
      at = start;
      continue;
    }
    if (cutter.blank) start = end;
    else push(end);
    if (rows.length >= most) return rows;
    at = end;
  }
  if (start < bytes.length && cutter.finish()) push(bytes.length);
  return rows;
}

/** One line, one row, whatever stands in it: a broken one spoils no other. For JSON that stands one object a line. */
export function lineCutter(): Cutter {
  let empty = true;
  return {
    blank: false,
    next(chunk, from) {
      let at = from;
      while (at < chunk.length) {
        const newline = chunk.indexOf(LF, at);
        const stop = newline < 0 ? chunk.length : newline;
        for (let look = at; empty && look < stop; look += 1) if (!isSpace(chunk[look] ?? 0)) empty = false;
        if (newline < 0) return MORE;
        at = newline + 1;
        // An empty line stays in front of the next row, so that a batch is one piece of its source.
        if (empty) continue;
        empty = true;
        return at;
      }
      return MORE;
    },
    finish: () => !empty,
  };
}

/** Lines of a sample that are looked at. */
const LOOKED_AT = 200;

/** Whether a JSON source has one object a line, most of its first lines being whole; the last one may be cut by the sample. */
export function oneALine(format: RowFormat, sample: Uint8Array): boolean {
  if (format !== 'JSONEachRow') return false;
  const lines = Buffer.from(sample.buffer, sample.byteOffset, Math.min(sample.length, 1 << 20))
    .toString('latin1')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .slice(0, LOOKED_AT);
  const whole = lines.filter((line) => line.startsWith('{') && line.endsWith('}')).length;
  return whole > 0 && whole * 2 >= lines.length - 1;
}

/** The bytes of a batch without some of its rows. */
export function without(bytes: Uint8Array, rows: readonly RowRange[], bad: ReadonlySet<number>): Uint8Array {
  const kept: Uint8Array[] = [];
  let from = 0;
  for (const row of rows) {
    if (!bad.has(row.row)) continue;
    if (row.from > from) kept.push(bytes.subarray(from, row.from));
    from = row.to;
  }
  if (from < bytes.length) kept.push(bytes.subarray(from));
  return Buffer.concat(kept);
}
