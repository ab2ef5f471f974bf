import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRedactor } from '../../src/redact/redactor.ts';
import { encoders } from './encoders.ts';

const token = '‹secret-1›';
/** Passwords as people and generators make them, and worse. */
const secrets = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9]{8,40}$/),
  fc.stringMatching(/^[A-Za-z0-9!@#$%^&*()_+={}[\]|\\:;"'<>,.?/~` -]{8,24}$/),
  fc.string({ unit: fc.constantFrom(...'\'"\\/&+% <>=ж€😀\n\tab'), minLength: 8, maxLength: 16 }),
  fc.string({ unit: 'grapheme', minLength: 8, maxLength: 24 }),
);
// What stands around is no credential, holds bytes that are no UTF-8, and cannot be a part of the secret's own form.
const before = Buffer.concat([
  Buffer.from('2025 zakaz 8123 ‹день› '),
  Buffer.from([0xff, 0xc3, 0x28, 0xed, 0xa0, 0x80]),
  Buffer.from('\n'),
]);
const after = Buffer.concat([Buffer.from('\n'), Buffer.from([0xfe, 0x80]), Buffer.from(' 8123 zakaz 2025')]);

async function* split(bytes: Buffer, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  let at = 0;
  for (const place of [...places, bytes.length]) {
    yield bytes.subarray(at, place);
    at = place;
  }
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts);
}

describe('a known secret', () => {
  test.each(Object.entries(encoders))('is hidden as %s, and nothing around it changes', async (_, encode) => {
    await fc.assert(
      fc.asyncProperty(secrets, fc.array(fc.nat(), { maxLength: 8 }), async (secret, cuts) => {
        const redactor = createRedactor({ known: [{ label: 'PASSWORD', value: secret }] });
        const text = Buffer.concat([before, Buffer.from(encode(secret)), after]);
        const clean = await collect(redactor.stream('x', split(text, cuts)));
        expect(clean.equals(Buffer.concat([before, Buffer.from(token), after]))).toBe(true);
        expect(redactor.ledger()).toEqual([{ file: 'x', rule: 'known:PASSWORD', token, count: 1 }]);
        expect(await redactor.scan(split(text, cuts))).toBe('PASSWORD');
        expect(await redactor.scan(split(clean, cuts))).toBe(undefined);
      }),
      { numRuns: 150 },
    );
  });

  test('is hidden in base64 of a longer text, wherever in it', () => {
    fc.assert(
      fc.property(
        secrets,
        fc.uint8Array({ maxLength: 7 }),
        fc.uint8Array({ maxLength: 7 }),
        fc.boolean(),
        (secret, head, tail, url) => {
          const redactor = createRedactor({ known: [{ label: 'PASSWORD', value: secret }] });
          const whole = Buffer.concat([head, Buffer.from(secret), tail]).toString(url ? 'base64url' : 'base64');
          const clean = redactor.text('x', `{${whole}}`).toString();
          expect(clean).toMatch(/^\{[\w+/=-]*‹secret-1›[\w+/=-]*\}$/);
          // What is left beside the token decodes to what stood beside the secret, and to no more.
          const [left = '', right = ''] = clean.slice(1, -1).split(token);
          expect(Buffer.from(left, 'base64').length).toBeLessThanOrEqual(head.length);
          expect((right.replace(/=/g, '').length * 6) / 8).toBeLessThanOrEqual(tail.length + 1);
        },
      ),
    );
  });

  test('is hidden as a basic pair, however short it is, under the token that it has elsewhere', () => {
    const redactor = createRedactor({ known: [{ label: 'PASSWORD', value: 'tiny', user: 'default' }] });
    const pair = Buffer.from('default:tiny').toString('base64');
    expect(redactor.text('x', `${pair} http://default:tiny@h/`).toString()).toBe(
      '‹secret-1› http://default:‹secret-1›@h/',
    );
  });

  test('learned later is hidden from then on', () => {
    const redactor = createRedactor({ known: [] });
    expect(redactor.plain('a Wq8-rT5-zX1 b')).toBe('a Wq8-rT5-zX1 b');
    redactor.learn('QTICKETS_TOKEN', 'Wq8-rT5-zX1');
    expect(redactor.plain('a Wq8-rT5-zX1 b')).toBe('a ‹secret-1› b');
  });

  test('among many is told apart from the others', () => {
    const known = Array.from({ length: 60 }, (_, index) => ({ label: `S${index}`, value: `value-${index}-of-sixty` }));
    const redactor = createRedactor({ known });
    const clean = redactor.text('x', known.map((secret) => secret.value).join('\n')).toString();
    expect(new Set(clean.split('\n'))).toEqual(new Set(known.map((_, index) => `‹secret-${index + 1}›`)));
    expect(redactor.ledger().map((entry) => entry.rule)).toEqual(known.map((secret) => `known:${secret.label}`));
  });
});

describe('a short known secret', () => {
  const redactor = createRedactor({
    known: ['2025', 'zakaz', '8123', 'a1'].map((value) => ({ label: `V${value}`, value })),
  });

  test.each([
    'CLICKHOUSE_PORT=8123 CLICKHOUSE_DB=zakaz',
    '2025-10-29T12:10:20Z Connected to http://ch-zakaz:8123/?database=zakaz',
    '{"year":2025,"port":8123,"name":"a1"}',
    Buffer.from('zakaz').toString('base64'),
  ])('survives where no credential stands: %s', (text) => {
    expect(redactor.plain(text)).toBe(text);
  });

  test.each([
    ['CLICKHOUSE_PASSWORD=zakaz', 'CLICKHOUSE_PASSWORD='],
    ["IDENTIFIED BY 'zakaz'", "IDENTIFIED BY '"],
    ['http://zakaz:zakaz@zakaz:8123/zakaz', 'http://zakaz:'],
    ['X-ClickHouse-Key: zakaz', 'X-ClickHouse-Key: '],
  ])('is hidden where one stands: %s', async (text, start) => {
    expect(redactor.plain(text)).toMatch(new RegExp(`^${start}‹secret-\\d+›`));
    expect(redactor.ledger().every((entry) => entry.rule === 'known:Vzakaz')).toBe(true);
    expect(await redactor.scan(split(Buffer.from(text), []))).toBe('Vzakaz');
  });
});
