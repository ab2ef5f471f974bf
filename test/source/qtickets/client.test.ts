import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { type Client, createClient, type RequestRecord } from '../../../src/source/qtickets/client.ts';
import { demandObeyed } from '../../../src/source/qtickets/filter.ts';
import { pauseAfter } from '../../../src/source/qtickets/patience.ts';
import { type FixtureApi, startFixtureApi } from '../../helpers/qtickets/fixture-api.ts';

let api: FixtureApi | undefined;
let client: Client | undefined;
let asked: RequestRecord[] = [];
const clientOf = (url: string, change: { concurrency?: number } = {}) =>
  createClient({
    baseUrl: url,
    token: 'fixture-token',
    signal: new AbortController().signal,
    retries: { attempts: 3, pauseMs: 1, longestMs: 5000 },
    onRequest: (record) => asked.push(record),
    ...change,
  });
afterEach(async () => {
  asked = [];
  await client?.close();
  await api?.close();
  api = undefined;
  client = undefined;
});

async function answering(status: number, headers: Record<string, string> = {}): Promise<Client> {
  api = await startFixtureApi({ intercept: () => ({ status, headers, body: { error: 'no', status } }) });
  client = clientOf(api.url);
  return client;
}

describe('what is asked again', () => {
  test.each([400, 401, 403, 404, 405, 408, 409, 410, 422])('%i never is', async (status) => {
    const { get } = await answering(status);
    await expect(get('/orders', {})).rejects.toMatchObject({ status });
    expect(api?.asked).toHaveLength(1);
  });

  test.each([429, 500, 502, 503, 504])('%i is, and given up after as many attempts as are allowed', async (status) => {
    const { get } = await answering(status);
    await expect(get('/orders', {})).rejects.toMatchObject({ status });
    expect(api?.asked.map(({ verb }) => verb)).toEqual(['GET', 'GET', 'GET']);
    expect(asked.map(({ attempt }) => attempt)).toEqual([0, 1, 2]);
  });

  test('an API that asks to wait longer than anyone would is not asked again', async () => {
    const { get } = await answering(503, { 'retry-after': '86400', 'x-request-id': 'req-1' });
    await expect(get('/orders', {})).rejects.toMatchObject({ status: 503, requestId: 'req-1' });
    expect(asked).toMatchObject([{ status: 503, request_id: 'req-1', failure: expect.stringContaining('503') }]);
  });

  test('a port where nobody listens is, and the error shows no token', async () => {
    api = await startFixtureApi();
    client = clientOf(api.url);
    await api.close();
    api = undefined;
    const failure: unknown = await client.get('/orders', {}).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'API_UNREACHABLE' });
    expect(JSON.stringify(asked)).not.toContain('fixture-token');
    expect(asked).toHaveLength(3);
  });

  test('pauses double, and a random part of them is left out, never more than half', () => {
    const policy = { attempts: 9, pauseMs: 1000, longestMs: 5000 };
    expect([0, 1, 2, 3].map((attempt) => pauseAfter(attempt, policy, 0))).toEqual([500, 1000, 2000, 4000]);
    expect([0, 1, 2, 3].map((attempt) => pauseAfter(attempt, policy, 1))).toEqual([1000, 2000, 4000, 5000]);
  });
});

test('no more requests run at a time than are allowed, however many are asked for, and none is forgotten', async () => {
  let [running, most] = [0, 0];
  const server = createServer(async (request, reply) => {
    running += 1;
    most = Math.max(most, running);
    request.resume();
    await sleep(10);
    running -= 1;
    reply.end('{}');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { get, close } = clientOf(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { concurrency: 3 });
  const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => get(`/shows/${index}/seats`, {})));
  expect(answers).toHaveLength(20);
  expect(most).toBe(3);
  await close();
  await new Promise((done) => server.close(done));
});

describe('a filter that was not obeyed', () => {
  const where = [
    { column: 'payed', value: 1 },
    { column: 'updated_at', operator: '>=' as const, value: '2025-01-15T00:00:00+03:00' },
    { column: 'updated_at', operator: '<' as const, value: '2025-01-16T00:00:00+03:00' },
  ];
  const held = (change: object) =>
    demandObeyed([{ payed: true, updated_at: '2025-01-15T10:00:00+03:00', ...change }], where, '/orders', 4);

  test.each([
    ['an order that is not paid', { payed: false }, 'payed = 1'],
    ['one before the window', { updated_at: '2025-01-14T20:59:59Z' }, 'updated_at >= 2025-01-15T00:00:00+03:00'],
    [
      'one at its end, which is not in it',
      { updated_at: '2025-01-15T21:00:00Z' },
      'updated_at < 2025-01-16T00:00:00+03:00',
    ],
  ])('%s is an error that names condition, record and page', (_what, change, condition) => {
    expect(() => held(change)).toThrow(
      `GET /orders ignored the filter ${condition}: data[0] of page 4 is outside of it`,
    );
  });

  test.each([
    {},
    { payed: 1 },
    { payed: '1' },
    { payed: 'true' },
    { updated_at: '2025-01-14T21:00:00Z' },
    { updated_at: null },
  ])('%j breaks none', (change) => {
    expect(() => held(change)).not.toThrow();
  });
});
