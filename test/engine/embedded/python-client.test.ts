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

test.each(['lz4', 'zstd'])('a body in %s is refused with what is possible instead', async (encoding) => {
  const answered = await endpoint.send({ body: 'SELECT 1', headers: { 'Content-Encoding': encoding } });
  expect(answered.headers['x-clickhouse-exception-code']).toBe('89');
  expect(answered.text).toContain("Only 'gzip', 'deflate' and 'br' are supported");
});
