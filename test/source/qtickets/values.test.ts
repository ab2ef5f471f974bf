import { describe, expect, test } from 'vitest';
import { canonicalJson, idText, parseExact } from '../../../src/source/qtickets/exact-json.ts';
import { orderKey } from '../../../src/source/qtickets/keys.ts';
import { decimalText, minorUnits, pythonFloat } from '../../../src/source/qtickets/money.ts';
import { retryAfter } from '../../../src/source/qtickets/patience.ts';
import { apiTime, instantOf, moscowDay, moscowText } from '../../../src/source/qtickets/times.ts';

describe('keys', () => {
  const parts = { orderId: '9001', eventId: '77', saleTs: 1_736_933_400, revenue: 150_000n };

  test('the key of the earlier loader is reproduced to the letter', () => {
    expect(moscowText(parts.saleTs)).toBe('2025-01-15 12:30:00');
    expect(orderKey('compat', parts)).toBe('4ec01be0821da546b493eb4e85ad5b01');
  });

  test('our own holds the order alone, so that a changed order keeps its key', () => {
    expect(orderKey('id', parts)).toBe(orderKey('id', { ...parts, revenue: 1n, saleTs: 0, eventId: '' }));
    expect(orderKey('id', parts)).toMatch(/^[0-9a-f]{32}$/);
  });

  test('a revenue of zero is empty in it, and a whole one ends in .0, as Python prints them', () => {
    expect([0n, 150_000n, 125_050n, 5n, -10n].map(pythonFloat)).toEqual(['', '1500.0', '1250.5', '0.05', '-0.1']);
  });
});

describe('money', () => {
  test.each([
    ['1250.50', 125_050n],
    [1250.5, 125_050n],
    [0, 0n],
    ['0.29', 29n],
    [-3, -300n],
    ['15.000', 1500n],
  ])('%s is %s hundredths', (value, minor) => {
    expect(minorUnits(value)).toEqual({ minor, rounded: false });
  });

  test('the binary rest of a number goes, and is said; a text must be exact', () => {
    expect(minorUnits(449.99000000000001)).toMatchObject({ minor: 44_999n });
    expect(minorUnits(0.1 + 0.2)).toEqual({ minor: 30n, rounded: true });
    expect(minorUnits('0.30000000000000004')).toEqual({ reason: 'an amount with more than two decimal places' });
    expect(minorUnits(0.125)).toEqual({ reason: 'an amount with more than two decimal places' });
  });

  test.each(['', '1 250,50', '1,5', 'free', '1e3', null, undefined, {}, true])('%s is none', (value) => {
    expect(minorUnits(value)).toHaveProperty('reason');
  });

  test('a thousand times ten kopecks are a hundred roubles', () => {
    let sum = 0n;
    for (let i = 0; i < 1000; i += 1) {
      const money = minorUnits('0.1');
      if ('minor' in money) sum += money.minor;
    }
    expect(decimalText(sum)).toBe('100');
  });
});

describe('times', () => {
  test.each(['2025-02-30T10:00:00Z', '2025-01-15T24:00:00Z', '15.01.2025', '', 'now', 5, null, '1969-12-31T23:59:59Z'])(
    '%s is no instant',
    (value) => {
      expect(instantOf(value)).toBeUndefined();
    },
  );

  test('what the API is asked for has the offset +03:00 in every year', () => {
    expect(apiTime(1_736_933_400)).toBe('2025-01-15T12:30:00+03:00');
    expect(apiTime(instantOf('2013-07-01T00:00:00+04:00')?.seconds ?? 0)).toBe('2013-06-30T23:00:00+03:00');
  });

  test('days in Moscow follow its history: +04:00 until 26 October 2014, +03:00 since', () => {
    const day = (text: string) => moscowDay(instantOf(text)?.seconds ?? 0);
    expect(day('2014-10-24T20:00:00Z')).toBe('2014-10-25');
    expect(day('2014-10-27T20:59:59Z')).toBe('2014-10-27');
    expect(day('2014-10-27T21:00:00Z')).toBe('2014-10-28');
    expect(day('2010-07-01T20:00:00Z')).toBe('2010-07-02');
    expect(day('2010-01-01T20:59:59Z')).toBe('2010-01-01');
  });
});

describe('JSON without loss', () => {
  test('long numbers keep their digits, keys are sorted, and texts that look like numbers stay texts', () => {
    const text = '{"b":9007199254740993,"a":[{"z":1,"y":"9007199254740993"}],"c":"x\\"12345678901234567890"}';
    const value = parseExact(text);
    expect(canonicalJson(value)).toBe(
      '{"a":[{"y":"9007199254740993","z":1}],"b":9007199254740993,"c":"x\\"12345678901234567890"}',
    );
    expect(idText(Reflect.get(Object(value), 'b'))).toBe('9007199254740993');
  });

  test('whatever the order of keys, the text is the same', () => {
    expect(canonicalJson(JSON.parse('{"__proto__":1,"b":2,"a":3}'))).toBe(
      canonicalJson(JSON.parse('{"a":3,"b":2,"__proto__":1}')),
    );
  });
});

test('Retry-After is read as seconds or as a date', () => {
  const now = Date.parse('2025-01-15T12:00:00Z');
  expect(retryAfter('7', now)).toBe(7000);
  expect(retryAfter('Wed, 15 Jan 2025 12:00:30 GMT', now)).toBe(30_000);
  expect(retryAfter('Wed, 15 Jan 2025 11:00:00 GMT', now)).toBe(0);
  for (const text of ['soon', '1.5', '-5', '2025-01-15']) expect(retryAfter(text, now)).toBeUndefined();
  expect(retryAfter(undefined, now)).toBeUndefined();
});
