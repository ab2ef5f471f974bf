import { expect, test } from 'vitest';
import { type Answered, holds, parseExpectation } from '../../src/registry/expect.ts';

const ok = (text: string, answer: Answered) => holds(parseExpectation(text, 'x.sql'), answer).ok;

test('rows are compared with a number, or expected to be none', () => {
  expect([ok('empty', { rows: 0 }), ok('empty', { rows: 1 })]).toEqual([true, false]);
  expect([ok('rows > 0', { rows: 1 }), ok('rows > 0', { rows: 0 }), ok('rows <= 2', { rows: 3 })]).toEqual([
    true,
    false,
    false,
  ]);
});

test('a value is compared exactly at any width, as a number or as text', () => {
  const value = (text: string, found: string | null) => ok(text, { rows: 1, value: found });
  expect(value('value >= 18446744073709551615', '18446744073709551614')).toBe(false);
  expect([value('value >= 1', '10'), value('value >= 9', '10'), value('value < 0.5', '0.25')]).toEqual([
    true,
    true,
    true,
  ]);
  expect([value("value = 'ok'", 'ok'), value("value != 'ok'", 'ok')]).toEqual([true, false]);
  expect([value('value between 1 and 3', '3'), value('value between 1 and 3', '4')]).toEqual([true, false]);
});

test('NULL and no row never hold', () => {
  expect(ok('value >= 0', { rows: 1, value: null })).toBe(false);
  expect(ok('value >= 0', { rows: 0 })).toBe(false);
});

test('anything else is refused with what may stand there', () => {
  expect(() => parseExpectation('rows about 3', 'x.sql')).toThrow('"rows about 3" is no expectation');
  expect(() => parseExpectation('rows > many', 'x.sql')).toThrow('is no expectation');
});
