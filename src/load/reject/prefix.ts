import { isSpace, LF } from '../cut/cutter.ts';
import { ROW } from './compare.ts';

/** Puts the row's number before its values, in the format's own way; undefined for what is no row of the format. */
export type Prefix = (row: Uint8Array, number: number) => Uint8Array | undefined;

const OPEN = 0x7b;
const CLOSE = 0x7d;

export const jsonPrefix: Prefix = (row, number) => {
  let open = 0;
  while (open < row.length && isSpace(row[open] ?? 0)) open += 1;
  if (row[open] !== OPEN) return undefined;
  let next = open + 1;
  while (next < row.length && isSpace(row[next] ?? 0)) next += 1;
  const comma = row[next] === CLOSE ? '' : ',';
  return ended([Buffer.from(`{"${ROW}":${number}${comma}`), row.subarray(next)]);
};

export const csvPrefix: Prefix = (row, number) => ended([Buffer.from(`${number},`), row]);
export const tsvPrefix: Prefix = (row, number) => ended([Buffer.from(`${number}\t`), row]);

function ended(parts: readonly Uint8Array[]): Uint8Array {
  const last = parts.at(-1);
  return Buffer.concat(last?.at(-1) === LF ? parts : [...parts, Uint8Array.of(LF)]);
}
