import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ARRIVALS_HEADER, Arrivals, parseArrivals, Sequence } from '../../src/command/arrivals.ts';
import type { KeptPiece } from '../../src/model/live.ts';
import { createRedactor } from '../../src/redact/redactor.ts';
import { formsOf, leaksIn } from '../helpers/secret-forms.ts';
import { encoders } from '../redact/encoders.ts';

const SECRETS = { PASSWORD: 'p@ss"w\'o\\rd/+% 1a2b3cé', TOKEN: 'tok_Zk9/+x7Qw==Lm' };
const known = Object.entries(SECRETS).map(([label, value]) => ({ label, value, user: 'guarded' }));
const FORMS = Object.values(SECRETS).flatMap((secret) => [
  ...Object.values(formsOf(secret)),
  ...Object.values(encoders).map((encode) => encode(secret)),
]);
const NOON = Date.parse('2025-10-29T12:00:00Z');
const NEWLINE = 10;

/** What a program may print: any bytes, ends of lines of every sort, and now and then a secret in some form. */
const part = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.uint8Array({ maxLength: 40 }).map((bytes) => ({ bytes: Buffer.from(bytes), form: false })),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom('\n', '\r\n', '\r', '\0', '\x1b[31m', 'день ', '\xc3', 'row 10 of shop.orders\n')
      .map((text) => ({ bytes: Buffer.from(text, text === '\xc3' ? 'latin1' : 'utf8'), form: false })),
  },
  { weight: 2, arbitrary: fc.constantFrom(...FORMS).map((text) => ({ bytes: Buffer.from(` ${text} `), form: true })) },
);

interface Told {
  raw: Buffer;
  kept: Buffer;
  pieces: KeptPiece[];
  arrivals: Arrivals;
  marks: ReturnType<typeof parseArrivals>;
  /** Where each chunk began in what came in. */
  chunks: number[];
}

/** Takes what is printed as the capture loop does: in chunks of any size, told at any time. */
function keep(parts: readonly { bytes: Buffer }[], steps: readonly { size: number; flush: boolean }[]): Told {
  const live = createRedactor({ known }).live('x');
  const arrivals = new Arrivals('stdout', new Sequence());
  const raw = Buffer.concat(parts.map(({ bytes }) => bytes));
  const pieces: KeptPiece[] = [];
  const chunks: number[] = [];
  let text = '';
  let offset = 0;
  const settle = (settled: ReturnType<typeof live.end>) => {
    const now = settled.map(({ bytes, at, length }) => {
      const one = { bytes, at, length, offset };
      offset += bytes.length;
      return one;
    });
    text += arrivals.settle(now);
    pieces.push(...now);
  };
  for (let at = 0, step = 0; at < raw.length; step += 1) {
    const { size, flush } = steps[step % steps.length] ?? { size: 7, flush: true };
    chunks.push(at);
    arrivals.note(Math.min(size, raw.length - at), NOON + step);
    settle(live.push(raw.subarray(at, at + size)));
    if (flush) settle(live.flush());
    at += size;
  }
  settle(live.end());
  const kept = Buffer.concat(pieces.map(({ bytes }) => bytes));
  return { raw, kept, pieces, arrivals, marks: parseArrivals(ARRIVALS_HEADER + text), chunks };
}

const isToken = ({ bytes }: KeptPiece) => /^‹secret-\d+›$/.test(Buffer.from(bytes).toString());
const linesIn = (bytes: Uint8Array) => bytes.reduce((count, byte) => count + (byte === NEWLINE ? 1 : 0), 0);

const steps = fc.array(fc.record({ size: fc.integer({ min: 1, max: 60 }), flush: fc.boolean() }), {
  minLength: 1,
  maxLength: 8,
});

test('equals what was printed byte for byte, hidden spans apart, however it came', () => {
  fc.assert(
    fc.property(fc.array(part, { maxLength: 25 }), steps, (parts, how) => {
      const { raw, kept, pieces } = keep(parts, how);
      const forms: [from: number, to: number][] = [];
      let place = 0;
      for (const { bytes, form } of parts) {
        if (form) forms.push([place, place + bytes.length]);
        place += bytes.length;
      }
      let at = 0;
      for (const piece of pieces) {
        expect(piece.at).toBe(at);
        at += piece.length;
        if (isToken(piece))
          expect(forms.some(([from, to]) => piece.at >= from && piece.at + piece.length <= to)).toBe(true);
        else expect(Buffer.from(piece.bytes).equals(raw.subarray(piece.at, at))).toBe(true);
      }
      expect(at).toBe(raw.length);
      expect(leaksIn(kept, SECRETS)).toEqual([]);
    }),
    { numRuns: 200 },
  );
});

test('has an arrival for every chunk, at its place and in its line', () => {
  fc.assert(
    fc.property(fc.array(part, { maxLength: 25 }), steps, (parts, how) => {
      const { raw, kept, pieces, arrivals, marks, chunks } = keep(parts, how);
      expect(marks).toHaveLength(chunks.length);
      for (const [index, mark] of marks.entries()) {
        const chunk = chunks[index] ?? 0;
        expect(mark).toMatchObject({ seq: index + 1, time: new Date(NOON + index).toISOString() });
        expect(mark.line).toBe(linesIn(kept.subarray(0, mark.offset)) + 1);
        const piece = pieces.find(({ at, length }) => at <= chunk && chunk < at + length);
        // What arrived in the middle of a hidden stretch stands at its beginning.
        if (piece && isToken(piece)) expect(mark.offset).toBe(piece.offset);
        else expect(kept[mark.offset]).toBe(raw[chunk]);
      }
      const unfinished = kept.length > 0 && kept.at(-1) !== NEWLINE ? 1 : 0;
      expect(arrivals).toMatchObject({ bytes: kept.length, lines: linesIn(kept) + unfinished });
    }),
    { numRuns: 150 },
  );
});

test('of a line of megabytes without an end hides what lies across the borders of any window', () => {
  const forms = Object.values(formsOf(SECRETS.TOKEN)).filter((form) => form.length >= 8);
  for (const [round, flushes] of [true, false].entries()) {
    const raw = Buffer.alloc(2_500_000, 'row 2025 zakaz 8123, ');
    // Before, on and behind every border that a window can have, each time another form.
    for (let place = 65_536, turn = round; place + 400 < raw.length; place += 32_768, turn += 1)
      raw.write(` ${forms[turn % forms.length]} `, place - ((turn * 7) % 40));
    raw.write('\xff\xfe\xc3', 1_000_000, 'latin1');
    const live = createRedactor({ known }).live('x');
    const pieces = [];
    for (let at = 0; at < raw.length; at += 10_007) {
      pieces.push(...live.push(raw.subarray(at, at + 10_007)));
      if (flushes) pieces.push(...live.flush());
    }
    pieces.push(...live.end());
    let at = 0;
    let hidden = 0;
    for (const { bytes, at: place, length } of pieces) {
      expect(place).toBe(at);
      at += length;
      if (bytes.length === length) expect(Buffer.from(bytes).equals(raw.subarray(place, at))).toBe(true);
      else hidden += 1;
    }
    expect(at).toBe(raw.length);
    expect(hidden).toBeGreaterThan(70);
    expect(leaksIn(Buffer.concat(pieces.map(({ bytes }) => bytes)), SECRETS)).toEqual([]);
  }
});
