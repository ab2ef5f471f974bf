import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Case, type LoadBench, QUICK, startBench } from '../../helpers/qtickets/bench.ts';
import { demandReads } from '../../helpers/qtickets/demand-reads.ts';
import {
  type FixtureApi,
  type FixtureOptions,
  type Reply,
  startFixtureApi,
} from '../../helpers/qtickets/fixture-api.ts';
import { basket, event, order, seats } from '../../helpers/qtickets/invent.ts';

/** 15 January 2025, 15:00 in Moscow. */
const NOW = 1_736_942_400;
const ORDERS = '`stg_qtickets_api_orders_raw` FINAL';

let bench: LoadBench;
let scene: Case;
let api: FixtureApi;
beforeAll(async () => {
  bench = await startBench();
});
afterAll(() => bench.close());
afterEach(async () => {
  demandReads(api.asked);
  await api.close();
});

async function open(options: FixtureOptions = {}): Promise<void> {
  scene = await bench.open();
  api = await startFixtureApi(options);
}

const load = (change: Parameters<Case['load']>[1] = {}) => scene.load(api, { now: NOW, ...change });
const stored = () => scene.value(`SELECT count() FROM ${ORDERS}`);
const orders = (count: number) => Array.from({ length: count }, (_, index) => order(index + 1, NOW - 3600 + index));

/** Requests of one of the two passes over /orders. */
const pass = (column: 'payed_at' | 'updated_at') =>
  api.of('/orders').filter(({ body }) => Array.isArray(body.where) && body.where.some((one) => one.column === column));

/** Answers with small pages whatever is asked. */
function small(perPage: number): FixtureOptions['intercept'] {
  return (asked) => {
    if (asked.path === '/orders') asked.body.perPage = perPage;
    return undefined;
  };
}

describe('paging', () => {
  test('1: three pages give five rows in three requests, each a GET with the window in its body', async () => {
    await open({ data: { orders: orders(5) }, intercept: small(2) });
    const facts = await load();
    expect(facts).toMatchObject({ status: 'ok', api: { records: { orders: 5 }, rejected: [], drift: [] } });
    expect(await stored()).toBe('5');
    expect(pass('payed_at').map(({ verb, body }) => [verb, body.page])).toEqual([
      ['GET', 1],
      ['GET', 2],
      ['GET', 3],
    ]);
    expect(pass('payed_at')[0]?.body).toMatchObject({
      where: [
        { column: 'payed', value: 1 },
        { column: 'payed_at', operator: '>=', value: '2025-01-14T00:00:00+03:00' },
        { column: 'payed_at', operator: '<', value: '2025-01-15T15:00:00+03:00' },
      ],
      orderBy: { id: 'asc' },
    });
    expect(api.asked.every(({ authorization }) => authorization === 'Bearer fixture-token')).toBe(true);
  });

  test('9: an order on two pages is one row, in its newest form', async () => {
    const [first, second, third] = orders(3);
    const newer = { ...first, updated_at: '2025-01-15T14:59:00+03:00', baskets: [basket({ price: 9 })] };
    const page = (currentPage: number, data: unknown[], total: number): Reply => ({
      body: { data, paging: { perPage: 2, currentPage, total } },
    });
    await open({
      intercept: ({ path, body }) => {
        if (path !== '/orders') return undefined;
        if (JSON.stringify(body.where).includes('updated_at')) return page(1, [], 0);
        return body.page === 1 ? page(1, [first, second], 3) : page(2, [newer, third], 3);
      },
    });
    const facts = await load();
    expect(facts.status).toBe('ok');
    expect(await scene.rows(`SELECT order_id, revenue FROM ${ORDERS} ORDER BY order_id`)).toEqual([
      { order_id: '1', revenue: 9 },
      { order_id: '2', revenue: 1500 },
      { order_id: '3', revenue: 1500 },
    ]);
    expect(facts.api?.drift).toContainEqual(expect.objectContaining({ kind: 'repeated', path: 'id', count: 1 }));
  });

  test('10: when an order leaves the window between two pages, none of those behind it is lost', async () => {
    await open({
      data: { orders: orders(6) },
      intercept: (asked) => {
        if (asked.path !== '/orders') return undefined;
        asked.body.perPage = 2;
        // Cancelled while page 1 is worked on: all that follow move up by one place.
        if (asked.body.page === 2 && api.data.orders.length === 6) api.data.orders.shift();
        return undefined;
      },
    });
    const facts = await load();
    expect(facts.status).toBe('ok');
    expect(await scene.value(`SELECT arrayStringConcat(arraySort(groupArray(order_id)), ',') FROM ${ORDERS}`)).toBe(
      '1,2,3,4,5,6',
    );
    expect(facts.api?.drift).toContainEqual(expect.objectContaining({ kind: 'moved', path: 'paging.total' }));
  });

  test('10: an order that is added or changed between two pages is there, in its newest form', async () => {
    await open({
      data: { orders: orders(4) },
      intercept: (asked) => {
        if (asked.path !== '/orders') return undefined;
        asked.body.perPage = 2;
        if (asked.body.page === 2 && api.data.orders.length === 4) {
          api.data.orders.push(order(5, NOW - 60));
          api.data.orders[0] = order(1, NOW - 3600, {
            updated_at: new Date().toISOString(),
            utm: { utm_source: 'changed' },
          });
        }
        return undefined;
      },
    });
    // What changes while it is read falls into the window of changes of the next run at the latest.
    await load();
    await load({ now: Math.floor(Date.now() / 1000) + 60 });
    expect(await stored()).toBe('5');
    expect(await scene.value(`SELECT utm_source FROM ${ORDERS} WHERE order_id = '1'`)).toBe('changed');
  });

  test('an answer for another page than the one asked for stops the run', async () => {
    await open({
      data: { orders: orders(5) },
      intercept: (asked) => {
        if (asked.path === '/orders') Object.assign(asked.body, { page: 1, perPage: 2 });
        return undefined;
      },
    });
    expect(await load()).toMatchObject({ status: 'failed', error: { code: 'API_PAGING' } });
  });

  test('fewer orders than the API says there are stop the run', async () => {
    await open({
      intercept: ({ path }) =>
        path === '/orders'
          ? { body: { data: [order(1, NOW - 60)], paging: { perPage: 50, currentPage: 1, total: 7 } } }
          : undefined,
    });
    expect(await load()).toMatchObject({
      status: 'failed',
      error: { code: 'API_PAGING', message: expect.stringContaining('says that there are 7') },
    });
  });

  test('an ignored filter stops the run before anything is written', async () => {
    await open({
      data: { orders: [order(1, NOW - 90 * 86_400), ...orders(2)] },
      intercept: (asked) => {
        delete asked.body.where;
        return undefined;
      },
    });
    const facts = await load();
    expect(facts).toMatchObject({ status: 'failed', error: { code: 'API_FILTER_IGNORED' }, rows_sent: 0 });
    expect(facts.error?.message).toContain('ignored the filter payed_at >= 2025-01-14T00:00:00+03:00');
    expect(await stored()).toBe('0');
  });

  test('17: an empty organisation is a good run of no rows, and facts stay as they are', async () => {
    await open();
    await scene.target.command("INSERT INTO fact_qtickets_sales_daily SELECT '2025-01-15', '77', 'москва', 3, 4500, 1");
    expect(await load()).toMatchObject({ status: 'ok', rows_sent: 0, api: { records: { orders: 0, events: 0 } } });
    expect(await scene.rows('SELECT * FROM fact_qtickets_sales_daily')).toMatchObject([
      { tickets_sold: 3, revenue: 4500 },
    ]);
    expect(await scene.rows('SELECT status, toString(rows_processed) AS n FROM meta_job_runs')).toEqual([
      { status: 'ok', n: '0' },
    ]);
  });
});

describe('patience', () => {
  test('2: a 429 is waited out as long as Retry-After says, in seconds and as a date', async () => {
    const date = () => new Date(Date.now() + 2000).toUTCString();
    await open({
      data: { orders: orders(2) },
      intercept: ({ path, number }) => {
        if (path !== '/orders') return undefined;
        if (number === 0)
          return { status: 429, headers: { 'retry-after': '1' }, body: { error: 'slow down', status: 429 } };
        if (number === 1) return { status: 429, headers: { 'retry-after': date() }, body: '' };
        return undefined;
      },
    });
    expect(await load()).toMatchObject({ status: 'ok', api: { retries: 2 } });
    const [first, second, third] = api.of('/orders');
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(990);
    // A date has whole seconds: of two at least one is left.
    expect((third?.at ?? 0) - (second?.at ?? 0)).toBeGreaterThanOrEqual(900);
    expect(await stored()).toBe('2');
  });

  test('3: two 500 and then an answer are a good run', async () => {
    await open({
      data: { orders: orders(2) },
      intercept: ({ path, number }) => (path === '/orders' && number < 2 ? { status: 500, body: 'oops' } : undefined),
    });
    expect(await load()).toMatchObject({ status: 'ok', api: { retries: 2 } });
    expect(await stored()).toBe('2');
  });

  test('3: a 503 that stays is asked a bounded number of times, and fails the run', async () => {
    const body = { error: 'Unknown error', status: 503, code: 'UNKNOWN_ERROR', info: [] };
    await open({ intercept: ({ path }) => (path === '/orders' ? { status: 503, body } : undefined) });
    const facts = await load();
    expect(facts).toMatchObject({
      status: 'failed',
      error: { code: 'API_HTTP', message: 'GET /orders answered 503: Unknown error, UNKNOWN_ERROR' },
    });
    expect(api.of('/orders')).toHaveLength(3);
    expect(await stored()).toBe('0');
    expect(await scene.rows('SELECT status, message FROM meta_job_runs')).toEqual([
      { status: 'error', message: 'GET /orders answered 503: Unknown error, UNKNOWN_ERROR' },
    ]);
  });

  test('11: HTML under a 200 is no JSON, asked once, exit with an error', async () => {
    await open({
      intercept: ({ path }) =>
        path === '/orders' ? { headers: { 'content-type': 'text/html' }, body: '<html>maintenance</html>' } : undefined,
    });
    const facts = await load();
    expect(facts).toMatchObject({ status: 'failed', error: { code: 'API_NOT_JSON' } });
    expect(facts.error?.message).toMatch(/no JSON but text\/html .*not JSON/);
    expect(await stored()).toBe('0');
    expect(api.of('/orders')).toHaveLength(1);
  });

  test('12: JSON that ends in the middle is asked again, and no half page is used', async () => {
    await open({
      data: { orders: orders(3) },
      intercept: ({ path, body, number }) =>
        path === '/orders' && number < 2 && JSON.stringify(body).includes('payed_at')
          ? number === 0
            ? { body: '{"data":[{"id":1,"payed":true},{"id":2' }
            : { body: { data: orders(3), paging: {} }, cutAfter: 60 }
          : undefined,
    });
    expect(await load()).toMatchObject({ status: 'ok', api: { retries: 2 } });
    expect(await stored()).toBe('3');
  });

  test('12: JSON that always ends in the middle fails the run, and nothing of it is stored', async () => {
    await open({
      intercept: ({ path }) => (path === '/orders' ? { body: '{"data":[{"id":1,"payed":true' } : undefined),
    });
    expect(await load()).toMatchObject({ status: 'failed', error: { code: 'API_TRUNCATED' } });
    expect(await stored()).toBe('0');
  });

  test('13: headers that never come and a body that drips end in a timeout, and are asked again', async () => {
    await open({
      data: { orders: orders(2) },
      intercept: ({ path, number }) =>
        path !== '/orders' || number > 1
          ? undefined
          : { hang: number === 0 ? ('headers' as const) : ('body' as const) },
    });
    const facts = await load({ patience: { ...QUICK, timeoutMs: 300 } });
    expect(facts).toMatchObject({ status: 'ok', api: { retries: 2 } });
    expect(await stored()).toBe('2');
  });

  test('a connection that breaks before an answer is asked again', async () => {
    await open({
      data: { orders: orders(2) },
      intercept: ({ path, number }) => (path === '/orders' && number === 0 ? { body: 'x', cutAfter: 0 } : undefined),
    });
    expect(await load()).toMatchObject({ status: 'ok', api: { retries: 1 } });
  });

  test.each([401, 403])('14: %i on orders fails at once, and shows no token', async (status) => {
    await open({
      intercept: ({ path }) =>
        path === '/orders' ? { status, body: { error: 'bad token fixture-token', status } } : undefined,
    });
    const facts = await load();
    expect(facts).toMatchObject({ status: 'failed', error: { code: 'API_REFUSED' } });
    expect(api.of('/orders')).toHaveLength(1);
    expect(JSON.stringify(facts)).not.toContain('fixture-token');
    expect(await stored()).toBe('0');
    expect(await scene.value('SELECT concat(message, metrics) FROM meta_job_runs')).not.toContain('fixture-token');
  });

  test('14: an error of the Partners API inside a 200 fails at once', async () => {
    await open({
      data: { partnerTickets: { status: 'error', code: 'WRONG_AUTHORIZATION', message: 'Wrong key fixture-token' } },
    });
    const { skip } = (await import('../../helpers/qtickets/bench.ts')).settingsFor(api.url);
    const partners = { baseUrl: api.url, token: undefined, findRequests: '[{"filter":{"id":1},"event_id":77}]' };
    const facts = await load({ settings: { skip: { ...skip, partner_tickets: false }, partners } });
    expect(facts).toMatchObject({ status: 'failed', error: { code: 'API_REFUSED' } });
    expect(facts.error?.message).toContain('an error inside a 200: Wrong key … WRONG_AUTHORIZATION');
    expect(api.of('/tickets/find/77')).toHaveLength(1);
    expect(await scene.value('SELECT count() FROM stg_qtickets_api_partner_tickets_raw')).toBe('0');
  });

  test('18: bytes that are not UTF-8 fail with their offset; a byte order mark is fine', async () => {
    const bad = Buffer.concat([Buffer.from('{"data":["'), Buffer.from([0xc3, 0x28]), Buffer.from('"]}')]);
    await open({ intercept: ({ path }) => (path === '/orders' ? { body: bad } : undefined) });
    expect(await load()).toMatchObject({ status: 'failed', error: { code: 'API_NOT_UTF8', offset: 10 } });
    expect(await stored()).toBe('0');
    await api.close();
    const text = JSON.stringify({ data: orders(1), paging: { perPage: 50, currentPage: 1, total: 1 } });
    await open({
      intercept: ({ path, body }) =>
        path === '/orders' && JSON.stringify(body).includes('payed_at') ? { body: `\ufeff${text}` } : undefined,
    });
    expect(await load()).toMatchObject({ status: 'ok' });
    expect(await stored()).toBe('1');
  });
});

test('an event list, its seats and its orders are all read with GET and a JSON body', async () => {
  await open({
    data: {
      events: [event(77, NOW + 86_400)],
      orders: orders(1),
      seats: new Map([['771', seats([{ max: 1, free: 0 }])]]),
    },
  });
  await load();
  expect(api.asked.map(({ verb, path, body }) => [verb, path, Object.keys(body).length > 0])).toEqual([
    ['GET', '/events', true],
    ['GET', '/orders', true],
    ['GET', '/orders', true],
    ['GET', '/shows/771/seats', true],
  ]);
});
