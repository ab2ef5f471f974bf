import { diagnose } from '../../../src/diagnose/diagnose.ts';
import type { ReadInput } from '../../../src/diagnose/read/input.ts';
import { InputReader } from '../../../src/diagnose/read/input.ts';
import { AS_UTC } from '../../../src/diagnose/read/moment.ts';
import { viewOf } from '../../../src/diagnose/view.ts';
import { random } from '../failures/mutate.ts';
import type { Sample } from './samples.ts';

function read(bytes: Uint8Array, piece: number): ReadInput {
  const reader = new InputReader('fuzz', { server: AS_UTC, client: AS_UTC });
  for (let at = 0; at < bytes.length; at += piece) reader.push(bytes.subarray(at, at + piece));
  return reader.end();
}

/** Lines at which entries stand, those that are held as further places of another one, too. */
function linesOf({ events, query_log }: ReadInput): Set<number> {
  const rows = query_log?.kept.map(({ line }) => line) ?? [];
  return new Set([...events.flatMap(({ line, again }) => [line, ...again.map((one) => one.line)]), ...rows]);
}

const NASTY = [
  '\u0000',
  '\u001b[31m',
  '\ufffd',
  'Code: 999999. DB::Exception:',
  '{"',
  '\t\t\t',
  '"',
  '│',
  'Row 7:',
  '\\',
  '(((((((((',
  'é',
  '😀',
  '2025-06-01 03:00:00',
  '=====',
  'KeyError: 1',
  "'",
  '[',
  '‮',
];

/** Other bytes in one line, none of them a line feed. */
function broken(line: string, next: () => number): string {
  const at = Math.floor(next() * (line.length + 1));
  const nasty = NASTY[Math.floor(next() * NASTY.length)] ?? '';
  switch (Math.floor(next() * 5)) {
    case 0:
      return line.slice(0, at) + nasty + line.slice(at);
    case 1:
      return line.slice(0, at);
    case 2:
      return line.slice(at);
    case 3:
      return nasty.repeat(1 + Math.floor(next() * 300));
    default:
      return line.slice(0, at) + String.fromCharCode(32 + Math.floor(next() * 800)) + line.slice(at + 1);
  }
}

/** Of a sample as it is, by its form: it is the same each time. */
const whole = new Map<string, number[]>();

function placesOf(sample: Sample): number[] {
  const known = whole.get(sample.form) ?? [...linesOf(read(Buffer.from(sample.text), 4096))].sort((a, b) => a - b);
  whole.set(sample.form, known);
  return known;
}

/** What is wrong with reading a sample that has one line broken; undefined where nothing is. */
export function breakOneLine(sample: Sample, seed: number): string | undefined {
  const next = random(seed);
  const lines = sample.text.split('\n');
  const at = sample.head + Math.floor(next() * (lines.length - sample.head - 1));
  const changed = [...lines];
  changed[at] = broken(lines[at] ?? '', next).replace(/[\r\n]/g, '');
  const other = read(Buffer.from(changed.join('\n')), 1 + Math.floor(next() * 4096));
  // Rules are slower than readers, and see few new things.
  if (seed % 20 === 0) diagnose(viewOf({}, [other]));
  // An entry may take a broken line in, or lose its first line to the one before: entries next to it are let go.
  const places = placesOf(sample);
  const before = places.filter((line) => line <= at + 1).at(-2) ?? 0;
  const after = places.filter((line) => line > at + 1)[1] ?? Infinity;
  const outside = places.filter((line) => line < before || line > after);
  const found = linesOf(other);
  const lost = outside.filter((line) => !found.has(line));
  return lost.length === 0
    ? undefined
    : `${sample.form}, seed ${seed}: line ${at + 1} broken, and lines ${lost.join(', ')} are gone`;
}

/** Any bytes at all: nothing is expected but an end. */
export function anyBytes(sample: Sample, seed: number): void {
  const next = random(seed);
  const bytes = Buffer.from(sample.text);
  for (let count = 1 + Math.floor(next() * 40); count > 0; count -= 1) {
    const at = Math.floor(next() * bytes.length);
    bytes[at] = Math.floor(next() * 256);
  }
  const cut = bytes.subarray(Math.floor(next() * 100), Math.floor(bytes.length * (0.3 + 0.7 * next())));
  const input = read(cut, 1 + Math.floor(next() * 8192));
  if (seed % 20 === 0) diagnose(viewOf({}, [input]));
}
