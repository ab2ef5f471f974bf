import type { Format } from '../model/source.ts';

const latin1 = (head: Uint8Array, from: number, to: number): string =>
  Buffer.from(head.subarray(from, to)).toString('latin1');

/** The pass-through format whose first bytes these are. */
export function wholeFormatOf(head: Uint8Array): Format | undefined {
  if (latin1(head, 0, 4) === 'PAR1') return 'Parquet';
  if (latin1(head, 0, 6) === 'ARROW1') return 'Arrow';
  if (latin1(head, 0, 3) === 'ORC') return 'ORC';
  if (latin1(head, 0, 4) === 'Obj\x01') return 'Avro';
  return undefined;
}

const CONTAINERS: readonly (readonly [magic: string, what: string, next: string])[] = [
  ['\x28\xb5\x2f\xfd', 'compressed with zstd', 'zstd -d'],
  ['\xfd7zXZ\x00', 'compressed with xz', 'xz -d'],
  ['BZh', 'compressed with bzip2', 'bzip2 -d'],
  ['\x04\x22\x4d\x18', 'compressed with lz4', 'lz4 -d'],
  ['PK\x03\x04', 'a zip archive', 'unzip'],
  ['Rar!', 'a rar archive', 'unrar'],
  ['7z\xbc\xaf', 'a 7z archive', '7z x'],
  ['%PDF', 'a PDF document', ''],
  ['SQLite format 3', 'an SQLite database', 'sqlite3 -csv'],
];

/** What cannot be loaded as it is, and the tool that opens it. */
export function containerOf(head: Uint8Array): { what: string; tool: string } | undefined {
  const found = CONTAINERS.find(([magic]) => latin1(head, 0, magic.length) === magic);
  if (found) return { what: found[1], tool: found[2] };
  if (latin1(head, 257, 262) === 'ustar') return { what: 'a tar archive', tool: 'tar -x' };
  return undefined;
}

/** `UTF-16` or `UTF-32` with its byte order, by mark, or by every second byte of the beginning being zero. */
export function wideEncodingOf(head: Uint8Array): string | undefined {
  const [a, b, c, d] = head;
  if (a === 0xff && b === 0xfe) return c === 0 && d === 0 ? 'UTF-32LE' : 'UTF-16LE';
  if (a === 0xfe && b === 0xff) return 'UTF-16BE';
  if (a === 0 && b === 0 && c === 0xfe && d === 0xff) return 'UTF-32BE';
  const start = head.subarray(0, 64);
  if (start.length < 4) return undefined;
  const zeros = (odd: number): boolean => start.every((byte, index) => (byte === 0) === (index % 2 === odd));
  if (zeros(1)) return 'UTF-16LE';
  return zeros(0) ? 'UTF-16BE' : undefined;
}

/** Whether bytes are not text: a zero byte, or many control characters. */
export function isBinary(head: Uint8Array): boolean {
  let control = 0;
  for (const byte of head) {
    if (byte === 0) return true;
    if (byte < 0x20 && (byte < 0x08 || byte > 0x0d) && byte !== 0x1b) control += 1;
  }
  return control * 20 > head.length;
}
