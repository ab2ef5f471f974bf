import { expect, test } from 'vitest';
import { momentOf, momentText, utcText } from '../../src/diagnose/logs/moment.ts';

test('a time is told in UTC, with the server’s own beside it where its zone is another', () => {
  expect(momentText(momentOf(1_761_739_830, 'Europe/Moscow'))).toBe(
    '2025-10-29T12:10:30Z (2025-10-29 15:10:30 Europe/Moscow)',
  );
  expect(momentText(momentOf(1_761_739_830, 'UTC'))).toBe('2025-10-29T12:10:30Z');
  expect(utcText('2025-10-29 12:10:30', 'Europe/Moscow')).toBe(
    '2025-10-29 12:10:30 UTC (2025-10-29 15:10:30 Europe/Moscow)',
  );
  expect(utcText('2025-10-29 12:10:30.250', 'America/New_York')).toBe(
    '2025-10-29 12:10:30.250 UTC (2025-10-29 08:10:30 America/New_York)',
  );
  expect(utcText('2025-10-29 12:10:30', 'UTC')).toBe('2025-10-29 12:10:30 UTC');
  expect(utcText('2025-10-29 12:10:30', undefined)).toBe('2025-10-29 12:10:30 UTC');
  expect(utcText('', 'Europe/Moscow')).toBe(' UTC');
});
