import { describe, expect, test } from 'vitest';
import { parseTime } from '../../src/commands/times.ts';

const now = new Date('2026-03-01T12:00:00.000Z');

describe('--since and --until', () => {
  test.each([
    ['2h', '2026-03-01T10:00:00.000Z'],
    ['30m', '2026-03-01T11:30:00.000Z'],
    ['1.5 h', '2026-03-01T10:30:00.000Z'],
    ['3d', '2026-02-26T12:00:00.000Z'],
    ['2025-10-29T12:10:20Z', '2025-10-29T12:10:20.000Z'],
    ['2025-10-29 15:10:20+03:00', '2025-10-29T12:10:20.000Z'],
    ['2025-10-29T15:10+0300', '2025-10-29T12:10:00.000Z'],
  ])('%s', (text, instant) => {
    expect(parseTime(text, now, '--since').toISOString()).toBe(instant);
  });

  test.each(['', 'yesterday', '2h ago', '2025-10-29T12:10:20', '2025-13-29T12:10:20Z', '10', '-2h'])(
    '%o is refused, with the forms that are taken',
    (text) => {
      expect(() => parseTime(text, now, '--since')).toThrow(
        expect.objectContaining({ code: 'USAGE_TIME', where: '--since' }),
      );
    },
  );
});
