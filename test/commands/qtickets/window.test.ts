import { expect, test } from 'vitest';
import { gapNote, isCovered, windowFor, withUnfinished } from '../../../src/commands/qtickets/window.ts';

const NOW = 1_736_942_400;
const usual = { sinceHours: 2, backfillHours: 720 };
const hours = (settings: typeof usual, earlier: { runs: number } | undefined) =>
  windowFor(NOW, settings, earlier).hours;

test('the window ends now and begins as many hours back as is said, at least one', () => {
  expect(windowFor(NOW, usual, { runs: 5 })).toEqual({ from: NOW - 7200, to: NOW, hours: 2, backfill: false });
  expect(hours({ ...usual, sinceHours: 0 }, { runs: 5 })).toBe(1);
});

test('the first successful run reads 30 days; runs that failed are none', () => {
  expect(windowFor(NOW, usual, { runs: 0 })).toMatchObject({ hours: 720, backfill: true });
});

test('0 switches the backfill off, more hours than it go over it, and a question without an answer leaves the usual window', () => {
  expect(hours({ ...usual, backfillHours: 0 }, { runs: 0 })).toBe(2);
  expect(hours({ ...usual, sinceHours: 1000 }, { runs: 0 })).toBe(1000);
  expect(hours(usual, undefined)).toBe(2);
});

test('a hole after the last successful run is said, with what would fill it', () => {
  const window = windowFor(NOW, usual, { runs: 3 });
  expect(gapNote(window, { runs: 3, last: NOW - 3600 })).toBeUndefined();
  expect(gapNote(window, { runs: 0, last: 0 })).toBeUndefined();
  expect(gapNote(window, { runs: 3, last: NOW - 5 * 3600 })).toContain('--since-hours 6 reads them');
});

test('a part of a day is covered by runs that join, in whatever order they are told', () => {
  expect(isCovered(0, 10, [])).toBe(false);
  expect(isCovered(0, 10, [{ from: 0, to: 10 }])).toBe(true);
  expect(isCovered(0, 10, [{ from: 0, to: 9 }])).toBe(false);
  expect(
    isCovered(0, 10, [
      { from: 4, to: 7 },
      { from: -2, to: 4 },
      { from: 6, to: 12 },
    ]),
  ).toBe(true);
  expect(
    isCovered(0, 10, [
      { from: -2, to: 4 },
      { from: 5, to: 12 },
    ]),
  ).toBe(false);
});

test('a window reaches back to where an unfinished run began, and never less far than its own hours', () => {
  const window = windowFor(NOW, usual, { runs: 3 });
  expect(withUnfinished(window, undefined)).toBe(window);
  expect(withUnfinished(window, window.from + 60)).toBe(window);
  expect(withUnfinished(window, NOW - 90_000)).toEqual({ ...window, from: NOW - 90_000 });
});
