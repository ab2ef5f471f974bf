import { expect, test } from 'vitest';
import check from '../../checks/clock-offset.ts';
import { say } from './say.ts';

const clock = (offset_ms: number, uncertainty_ms = 5) => ({
  offset_ms,
  uncertainty_ms,
  server_timezone: 'Europe/Moscow',
});

test('warns from two seconds and fails from five minutes', () => {
  const status = (ms: number) => say(check, clock(ms)).status;
  expect([status(2004), status(2005), status(-300_004), status(-300_005)]).toEqual(['pass', 'warn', 'warn', 'fail']);
});

test('says which clock is ahead', () => {
  expect(say(check, clock(5000)).message).toMatch(/^the server’s clock is 5\.0 s ahead of ours/);
  expect(say(check, clock(-5000)).message).toContain('behind ours');
});

test('a clock known to the second only is not blamed for its own coarseness', () => {
  expect(say(check, clock(2400, 500)).status).toBe('pass');
});
