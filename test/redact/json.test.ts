import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRedactor } from '../../src/redact/redactor.ts';

const secret = 'Tr0ub4dor"&\\3ж';
const known = [
  { label: 'PASSWORD', value: secret },
  { label: 'PIN', value: '1234567890' },
];

test('hides scalars under secret names, secrets in texts, in keys and in numbers', () => {
  const clean = createRedactor({ known }).json('facts.json', {
    host: 'h',
    sorting_key: 'id',
    password: 'x1',
    nested: { apiToken: 42, tokens_seen: 3, has_password: true, secret: '', password: null },
    env: [
      { name: 'DB_PASSWORD', value: 'y' },
      { name: 'DB_PORT', value: '8123' },
    ],
    headers: { Authorization: ['Bearer abc'] },
    [`key of ${secret}`]: `text with ${secret}.`,
    n: 1234567890,
    at: new Date(0),
    missing: undefined,
  });
  expect(JSON.parse(clean.toString())).toEqual({
    host: 'h',
    sorting_key: 'id',
    password: '‹secret-1›',
    nested: { apiToken: '‹secret-2›', tokens_seen: 3, has_password: true, secret: '', password: null },
    env: [
      { name: 'DB_PASSWORD', value: '‹secret-3›' },
      { name: 'DB_PORT', value: '8123' },
    ],
    headers: { Authorization: ['‹secret-4›'] },
    'key of ‹secret-5›': 'text with ‹secret-5›.',
    n: '‹secret-6›',
    at: '1970-01-01T00:00:00.000Z',
  });
});

test('is valid JSON whatever goes in, without the secret, and the same value where there is none', () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), fc.boolean(), (value, planted) => {
      const redactor = createRedactor({ known });
      const whole = planted ? { value, list: [secret, { [secret]: `${secret}${secret}` }] } : value;
      const line = redactor.jsonLine('x', whole).toString();
      expect(line.indexOf('\n')).toBe(line.length - 1);
      expect(line).not.toContain('Tr0ub4dor');
      const back = JSON.parse(line);
      expect(JSON.parse(redactor.json('x', whole).toString())).toEqual(back);
      if (redactor.ledger().length === 0) expect(back).toEqual(JSON.parse(JSON.stringify(whole)));
    }),
  );
});

test('keeps two keys apart that redaction makes the same', () => {
  const value = { [secret]: 1, [encodeURIComponent(secret)]: 2 };
  expect(JSON.parse(createRedactor({ known }).json('x', value).toString())).toEqual({
    '‹secret-1›': 1,
    '‹secret-1› (2)': 2,
  });
});

test('a key named __proto__ is a key like any other', () => {
  expect(createRedactor({ known }).jsonLine('x', JSON.parse('{"__proto__":{"a":1}}')).toString()).toBe(
    '{"__proto__":{"a":1}}\n',
  );
});
