import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readText } from '../../../src/diagnose/read/texts.ts';
import { anyBytes, breakOneLine } from './fuzz.ts';
import { SAMPLES } from './samples.ts';

const RUNS = { seed: 20_251_029, numRuns: 60 };

describe('readers take whatever comes', () => {
  test.each(SAMPLES.map((sample) => [sample.form, sample] as const))('%s: a broken line costs itself', (_, sample) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 31 }), (seed) => {
        expect(breakOneLine(sample, seed)).toBeUndefined();
        anyBytes(sample, seed);
      }),
      RUNS,
    );
  });

  test('any text is read to its end', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        readText('any', text);
      }),
      { ...RUNS, numRuns: 300 },
    );
  });

  test('a line without an end stays bounded', () => {
    const { events, facts } = readText(
      'long',
      `2025-01-01T00:00:00Z ERROR ${'x'.repeat(3_000_000)} Code: 60. DB::Exception: Table a.b does not exist`,
    );
    expect(facts.lines).toBe(1);
    expect(JSON.stringify(events).length).toBeLessThan(100_000);
    expect(events[0]?.exceptions[0]?.code).toBe(60);
  });
});
