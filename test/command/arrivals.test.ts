import { expect, test } from 'vitest';
import { ARRIVALS_HEADER, Arrivals, parseArrivals, Sequence } from '../../src/command/arrivals.ts';

const piece = (text: string, at: number, length: number, offset: number) => ({
  bytes: Buffer.from(text),
  at,
  length,
  offset,
});
const noon = Date.parse('2025-10-29T12:00:00Z');

test('each part of the output is told by its time, its place and its line in the file', () => {
  const stdout = new Arrivals('stdout', new Sequence());
  stdout.note(4, noon);
  stdout.note(5, noon + 1000);
  const text = stdout.settle([piece('one\ntwo\nt', 0, 9, 0)]);
  expect(parseArrivals(ARRIVALS_HEADER + text)).toEqual([
    { seq: 1, time: '2025-10-29T12:00:00.000Z', stream: 'stdout', offset: 0, line: 1 },
    { seq: 2, time: '2025-10-29T12:00:01.000Z', stream: 'stdout', offset: 4, line: 2 },
  ]);
  expect({ lines: stdout.lines, bytes: stdout.bytes }).toEqual({ lines: 3, bytes: 9 });
});

test('a hidden stretch shifts the places of what follows it', () => {
  const stdout = new Arrivals('stdout', new Sequence());
  stdout.note(10, noon);
  stdout.note(10, noon + 5);
  const text = stdout.settle([piece('pw=', 0, 3, 0), piece('‹secret-1›', 3, 9, 3), piece('\nlast li', 12, 8, 17)]);
  // The second part arrived in the middle of the secret: it stands where the secret stands.
  expect(parseArrivals(ARRIVALS_HEADER + text).map(({ offset, line }) => [offset, line])).toEqual([
    [0, 1],
    [3, 1],
  ]);
});

test('the order across two streams is that of their arrival, though one of them is told later', () => {
  const sequence = new Sequence();
  const [stdout, stderr] = [new Arrivals('stdout', sequence), new Arrivals('stderr', sequence)];
  stdout.note(2, noon);
  stderr.note(2, noon);
  stdout.note(2, noon);
  const text = stderr.settle([piece('e\n', 0, 2, 0)]) + stdout.settle([piece('a\nb\n', 0, 4, 0)]);
  expect(parseArrivals(ARRIVALS_HEADER + text).map(({ stream, offset }) => `${stream} ${offset}`)).toEqual([
    'stdout 0',
    'stderr 0',
    'stdout 2',
  ]);
});

test('what comes in one millisecond from one stream is one arrival', () => {
  const stdout = new Arrivals('stdout', new Sequence());
  for (let i = 0; i < 100; i += 1) stdout.note(2, noon);
  const pieces = Array.from({ length: 100 }, (_, i) => piece('x\n', 2 * i, 2, 2 * i));
  expect(parseArrivals(ARRIVALS_HEADER + stdout.settle(pieces))).toHaveLength(1);
  expect(stdout.lines).toBe(100);
});
