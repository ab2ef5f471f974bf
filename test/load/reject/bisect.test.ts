import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bisect } from '../../../src/load/reject/bisect.ts';

const complaint = { code: 6, message: 'cannot parse' };

/** A target that takes no range with one of these rows in it. */
function target(bad: ReadonlySet<number>) {
  return async (from: number, to: number) => {
    for (let at = from; at < to; at += 1) if (bad.has(at)) return complaint;
    return undefined;
  };
}

test('finds exactly the rows that fail by themselves', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 300 }),
      fc.uniqueArray(fc.nat(299), { maxLength: 12 }),
      async (rows, some) => {
        const bad = some.filter((at) => at < rows).sort((a, b) => a - b);
        const found = await bisect(rows, target(new Set(bad)), { probes: 10_000, rows: 1000 });
        expect(found.bad.map(({ at }) => at)).toEqual(bad);
        expect(found.complete).toBe(true);
      },
    ),
  );
});

test('one bad row of 100 000 costs some dozens of probes', async () => {
  const found = await bisect(100_000, target(new Set([77_777])), { probes: 1000, rows: 10 });
  expect(found.bad).toEqual([{ at: 77_777, complaint }]);
  expect(found.probes).toBeLessThan(40);
});

test('gives up at its limits, and says so', async () => {
  const all = new Set(Array.from({ length: 1000 }, (_, at) => at));
  expect(await bisect(1000, target(all), { probes: 100, rows: 1000 })).toMatchObject({ complete: false, probes: 100 });
  expect(await bisect(1000, target(all), { probes: 10_000, rows: 3 })).toMatchObject({
    complete: false,
    bad: [{ at: 0 }, { at: 1 }, { at: 2 }],
  });
});
