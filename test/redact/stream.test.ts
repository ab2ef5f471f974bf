import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRedactor } from '../../src/redact/redactor.ts';

const known = [{ label: 'PASSWORD', value: 'correct horse/battery' }];

async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts);
}

test('says of a stream what it says of the text, wherever the chunks are cut', async () => {
  const snippet = fc.constantFrom(
    'correct horse/battery',
    'correct%20horse%2fbattery',
    Buffer.from('u:correct horse/battery').toString('base64'),
    "CREATE USER u IDENTIFIED BY 'abc' HOST ANY\n",
    'password=abc user=u\n',
    'день 8123 zakaz\n',
    '"',
    "'",
    '\\',
    '-----BEGIN PRIVATE KEY-----\nMIIB\n',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(snippet, { maxLength: 12 }), fc.integer({ min: 1, max: 40 }), async (snippets, size) => {
      const text = snippets.join(' ');
      const whole = createRedactor({ known }).text('x', text).toString();
      const streamed = await collect(createRedactor({ known }).stream('x', inChunks(Buffer.from(text), size)));
      expect(streamed.toString()).toBe(whole);
    }),
  );
});

test('finds secrets across the borders of its windows, and keeps every other byte', async () => {
  const size = 3_500_000;
  for (const shift of [0, 7, 13, 20]) {
    const raw = Buffer.alloc(size, 'row 2025 zakaz 8123\n');
    const expected: Buffer[] = [];
    let at = 0;
    // Around every border that windows of one MiB with their overlaps can have.
    for (let place = 983_040 - 40 + shift; place + 400 < size; place += 65_536) {
      const value = place % 3 === 0 ? 'correct horse/battery' : 'correct+horse%2Fbattery';
      raw.write(value, place);
      expected.push(raw.subarray(at, place), Buffer.from('‹secret-1›'));
      at = place + value.length;
    }
    const redactor = createRedactor({ known });
    const clean = await collect(redactor.stream('x', inChunks(raw, 10_007)));
    expect(clean.equals(Buffer.concat([...expected, raw.subarray(at)]))).toBe(true);
    expect(redactor.ledger()).toEqual([
      { file: 'x', rule: 'known:PASSWORD', token: '‹secret-1›', count: expected.length / 2 },
    ]);
  }
});

test('hides a value that is longer than memory may grow, up to its end', async () => {
  async function* endless(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('before password=');
    for (let megabyte = 0; megabyte < 24; megabyte += 1) yield Buffer.alloc(1 << 20, 'x');
    yield Buffer.from(' after, and the correct horse/battery\n');
  }
  const clean = await collect(createRedactor({ known }).stream('x', endless()));
  expect(clean.toString()).toBe('before password=‹secret-1› after, and the ‹secret-2›\n');
});

test('holds a few MiB at most of a long stream', async () => {
  let given = 0;
  let taken = 0;
  let most = 0;
  async function* rows(): AsyncGenerator<Uint8Array> {
    for (; given < 64 << 20; given += 65_536) yield Buffer.alloc(65_536, 'a row of numbers 1 2 3\n');
  }
  for await (const part of createRedactor({ known }).stream('x', rows())) {
    taken += part.length;
    most = Math.max(most, given - taken);
  }
  expect(taken).toBe(64 << 20);
  expect(most).toBeLessThan(4 << 20);
});

test('gives out what came before its source failed, redacted, and then the failure', async () => {
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('token: correct horse/bat');
    yield Buffer.from('tery, then');
    throw new Error('the server went away');
  }
  const parts: string[] = [];
  const reading = (async () => {
    for await (const part of createRedactor({ known }).stream('x', failing())) parts.push(Buffer.from(part).toString());
  })();
  await expect(reading).rejects.toThrow('the server went away');
  expect(parts.join('')).toContain('‹secret-1›');
  expect(parts.join('')).not.toContain('horse');
});
