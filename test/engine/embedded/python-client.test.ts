import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Endpoint, startEndpoint } from '../../helpers/embedded-http.ts';

/** What clickhouse-connect asks, in its order, before a user's first query; its compression list is lz4, zstd, br, gzip. */
let endpoint: Endpoint;
beforeAll(async () => {
  endpoint = await startEndpoint();
});
afterAll(() => endpoint?.engine.stop());

const ask = (body: string, parameters: Record<string, string> = {}) =>
  endpoint.send({
    body,
    headers: { 'Accept-Encoding': 'lz4,zstd,gzip', 'Content-Type': 'text/plain; charset=utf-8' },
    with: { wait_end_of_query: '1', enable_http_compression: '1', ...parameters },
  });

test.each([
  ['SELECT version(), timezone()', {}],
  [
    'SELECT name, value, readonly as readonly FROM system.settings LIMIT 10000\n FORMAT Native',
    { database: 'default' },
  ],
  ['SELECT 1 AS check\n FORMAT Native', { database: 'default', client_protocol_version: '54405' }],
])('a Python client’s first requests are answered, packed as it can unpack: %s', async (query, parameters) => {
  const answered = await ask(query, parameters);
  expect(answered.status, answered.text).toBe(200);
  expect(answered.headers['content-encoding']).toBe('gzip');
});

/** 60 times two rows, 40 and 2, as the lz4 and zstd command lines pack them. */
const PACKED = [
  ['lz4, blocks linked', 'lz4', 'BCJNGGRApx0AAACReyJhIjo0MH0KCQATMggADxEA////0VAiOjJ9CgAAAACrKDGC'],
  ['lz4, blocks apart', 'lz4', 'BCJNGGRApxwAAACReyJhIjo0MH0KCQA/Mn0KEQD////WUCI6Mn0KAAAAAKsoMYI='],
  ['zstd', 'zstd', 'KLUv/WT8ArUAAFB7ImEiOjQwfQoyAwDjaVZYycu2HAEV5im5'],
] as const;

test.each(PACKED)('its INSERTs are unpacked: %s', async (_, encoding, packed) => {
  await endpoint.sql('CREATE OR REPLACE TABLE packed (a Int32) ENGINE = MergeTree ORDER BY a');
  const answered = await endpoint.send({
    with: { query: 'INSERT INTO packed FORMAT JSONEachRow' },
    body: Buffer.from(packed, 'base64'),
    headers: { 'Content-Encoding': encoding },
  });
  expect(answered.status, answered.text).toBe(200);
  expect(await endpoint.sql('SELECT count(), sum(a) FROM packed')).toBe('120\t2520\n');
});

test.each(['lz4', 'zstd'])('a body that is no %s is refused, whole or cut', async (encoding) => {
  const whole = Buffer.from(PACKED.find(([, name]) => name === encoding)?.[2] ?? '', 'base64');
  for (const body of [Buffer.from('SELECT 1 of many'), whole.subarray(0, whole.length - 12)]) {
    const answered = await endpoint.send({ body, headers: { 'Content-Encoding': encoding } });
    expect(answered.headers['x-clickhouse-exception-code']).toBe('354');
  }
});

test('a zstd header that asks for two gigabytes is refused before they are reserved', async () => {
  const body = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, ...new Array(20).fill(0)]);
  const answered = await endpoint.send({ body, headers: { 'Content-Encoding': 'zstd' } });
  expect(answered.headers['x-clickhouse-exception-code']).toBe('354');
  expect(answered.text).toContain('larger than 128 MiB');
});

test.each(['xz', 'constructor', '__proto__'])('a packing that nobody knows is refused: %s', async (encoding) => {
  const answered = await endpoint.send({ body: 'SELECT 1', headers: { 'Content-Encoding': encoding } });
  expect(answered.headers['x-clickhouse-exception-code']).toBe('89');
  expect(answered.text).toContain('gzip, deflate, br, lz4, zstd');
});
