import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Case, type LoadBench, settingsFor, startBench } from '../../helpers/qtickets/bench.ts';
import { demandReads } from '../../helpers/qtickets/demand-reads.ts';
import { type FixtureApi, type FixtureOptions, startFixtureApi } from '../../helpers/qtickets/fixture-api.ts';
import { basket, event, order, seats, show } from '../../helpers/qtickets/invent.ts';

/** 15 January 2025, 15:00 in Moscow. */
const NOW = 1_736_942_400;
const HOUR = 3600;
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
const all = { ...settingsFor('').skip, clients: false, price_shades: false, discounts: false, promo_codes: false };
const driftOf = async (change: Parameters<Case['load']>[1] = {}) => (await load(change)).api?.drift ?? [];

describe('places of shows', () => {
  const places = () =>
    scene.rows('SELECT event_id, tickets_total, tickets_left FROM fact_qtickets_inventory_latest ORDER BY event_id');

  test('4: seats as a list are counted, and the list is written down as drift', async () => {
    const list = {
      data: [
        { max_quantity: 100, free_quantity: 40 },
        { max_quantity: 1, free_quantity: 1 },
      ],
    };
    await open({ data: { events: [event(77, NOW + HOUR)], seats: new Map([['771', list]]) } });
    expect(await driftOf()).toContainEqual({
      resource: '/shows/{id}/seats',
      kind: 'shape',
      path: 'data',
      expected: 'a map by seat id',
      found: 'a list',
      count: 1,
      example: 'show 771.data',
    });
    expect(await places()).toEqual([{ event_id: '77', tickets_total: 101, tickets_left: 41 }]);
  });

  test('5: a map by seat, a map of zones; sold out is 0, no places and no quantities are not known', async () => {
    const zones = {
      data: {
        5: {
          zone_id: 5,
          name: 'Партер',
          seats: { a: { max_quantity: 1, free_quantity: 0 }, b: { max_quantity: 1, free_quantity: 0 } },
        },
      },
    };
    await open({
      data: {
        events: [1, 2, 3, 4].map((id) => event(id, NOW + HOUR)),
        seats: new Map<string, unknown>([
          [
            '11',
            seats([
              { max: 300, free: 120 },
              { max: 1, free: 1 },
            ]),
          ],
          ['21', zones],
          ['31', { data: [] }],
          ['41', seats([{ max: null, free: null }])],
        ]),
      },
    });
    expect(await driftOf()).toEqual([]);
    expect(await places()).toEqual([
      { event_id: '1', tickets_total: 301, tickets_left: 121 },
      { event_id: '2', tickets_total: 2, tickets_left: 0 },
      { event_id: '3', tickets_total: null, tickets_left: null },
      { event_id: '4', tickets_total: null, tickets_left: null },
    ]);
    expect(api.of('/shows/11/seats')[0]).toMatchObject({ verb: 'GET', body: { flat: true } });
  });

  test('6: events without shows, with null, with several; one show that is gone makes its event partial and no other', async () => {
    const { shows: _shows, ...without } = event(1, NOW);
    const several = [
      show(31, NOW + HOUR),
      show(32, NOW + 30 * HOUR),
      show(33, NOW + 90 * HOUR, { deleted_at: '2025-01-01T00:00:00+03:00' }),
    ];
    await open({
      data: {
        events: [without, event(2, NOW, { shows: null }), event(3, NOW, { shows: several }), event(4, NOW + HOUR)],
        seats: new Map([
          ['31', seats([{ max: 10, free: 5 }])],
          ['41', seats([{ max: 20, free: 6 }])],
        ]),
      },
    });
    const facts = await load();
    expect(facts.status).toBe('ok');
    expect(
      await scene.rows('SELECT event_id, start_date, end_date, city FROM dim_events FINAL ORDER BY event_id'),
    ).toEqual([
      { event_id: '1', start_date: null, end_date: null, city: 'москва' },
      { event_id: '2', start_date: null, end_date: null, city: 'москва' },
      { event_id: '3', start_date: '2025-01-15', end_date: '2025-01-16', city: 'москва' },
      { event_id: '4', start_date: '2025-01-15', end_date: '2025-01-15', city: 'москва' },
    ]);
    expect(await places()).toMatchObject([
      { event_id: '1', tickets_total: null },
      { event_id: '2', tickets_total: null },
      { event_id: '3', tickets_total: null, tickets_left: null },
      { event_id: '4', tickets_total: 20, tickets_left: 6 },
    ]);
    expect(facts.api?.notes).toContain('event 3 is partial: show 32 answered 404, so its places are not known');
    expect(facts.api?.drift).toContainEqual(expect.objectContaining({ kind: 'missing', path: 'shows' }));
  });

  test('an event keeps its last snapshot alone, and the staging table all of them', async () => {
    await open({
      data: { events: [event(77, NOW + 5 * HOUR)], seats: new Map([['771', seats([{ max: 9, free: 9 }])]]) },
    });
    await load();
    api.data.seats.set('771', seats([{ max: 9, free: 2 }]));
    await load({ now: NOW + HOUR });
    expect(await places()).toEqual([{ event_id: '77', tickets_total: 9, tickets_left: 2 }]);
    expect(await scene.value('SELECT count() FROM stg_qtickets_api_inventory_raw')).toBe('2');
  });
});

describe('orders', () => {
  const row = (columns: string, id = '1') => scene.rows(`SELECT ${columns} FROM ${ORDERS} WHERE order_id = '${id}'`);

  test('7: paid without a time is taken at its creation, and said', async () => {
    await open({
      intercept: ({ path, body }) =>
        path === '/orders' && JSON.stringify(body).includes('payed_at')
          ? {
              body: {
                data: [order(1, NOW - HOUR, { payed_at: null, created_at: '2025-01-15T13:00:00+03:00' })],
                paging: { perPage: 50, currentPage: 1, total: 1 },
              },
            }
          : undefined,
    });
    expect(await driftOf()).toContainEqual(expect.objectContaining({ kind: 'fallback', path: 'payed_at', count: 1 }));
    expect(await row("toString(sale_ts, 'Europe/Moscow') AS sold")).toEqual([{ sold: '2025-01-15 13:00:00' }]);
  });

  test('8: baskets are out by the times of their end, and a refunded amount of 0 says nothing', async () => {
    const gone = '2025-01-15T14:00:00+03:00';
    const baskets = [
      basket({ price: 100, quantity: 2, refunded_amount: 0 }),
      basket({ price: 7, deleted_at: gone }),
      basket({ price: 11, refunded_at: gone, refunded_amount: 11 }),
      basket({ price: 50 }),
    ];
    await open({ data: { orders: [order(1, NOW - HOUR, { baskets })] } });
    await load();
    expect(await row('tickets_sold, revenue')).toEqual([{ tickets_sold: 3, revenue: 250 }]);
  });

  test('19: identifiers beyond 2^53 and identifiers as text keep every digit, in the payload too', async () => {
    const text = JSON.stringify(order('TEXT-7', NOW - HOUR)).replace('"event_id":77', '"event_id":9007199254740993');
    await open({
      intercept: ({ path, body }) =>
        path === '/orders' && JSON.stringify(body).includes('payed_at')
          ? {
              body: `{"data":[${text},${JSON.stringify(order(5, NOW - HOUR)).replace('"id":5', '"id":9007199254740995')}],"paging":{"perPage":50,"currentPage":1,"total":2}}`,
            }
          : undefined,
    });
    await load();
    expect(
      await scene.rows(
        `SELECT order_id, event_id, JSONExtractRaw(payload_json, 'id') AS raw FROM ${ORDERS} ORDER BY order_id`,
      ),
    ).toEqual([
      { order_id: '9007199254740995', event_id: '77', raw: '9007199254740995' },
      { order_id: 'TEXT-7', event_id: '9007199254740993', raw: '"TEXT-7"' },
    ]);
  });

  test('20: an amount as text is exact; an empty one or one with a comma is rejected with the reason', async () => {
    const priced = (id: number, price: unknown) => order(id, NOW - HOUR, { baskets: [basket({ price, quantity: 3 })] });
    await open({
      data: { orders: [priced(1, '1250.50'), priced(2, ''), priced(3, '1 250,50'), priced(4, 0.1), priced(5, null)] },
    });
    const facts = await load();
    expect(await scene.rows(`SELECT order_id, revenue FROM ${ORDERS} ORDER BY order_id`)).toEqual([
      { order_id: '1', revenue: 3751.5 },
      { order_id: '4', revenue: 0.3 },
    ]);
    expect(facts.api?.rejected).toEqual([
      { resource: '/orders', reason: 'a basket with an empty amount', count: 1, examples: ['id 2'] },
      {
        resource: '/orders',
        reason: 'a basket with an amount that is not written like 1250.50',
        count: 1,
        examples: ['id 3'],
      },
      { resource: '/orders', reason: 'a basket with no amount', count: 1, examples: ['id 5'] },
    ]);
    expect(facts.api?.drift).toContainEqual(
      expect.objectContaining({ path: 'baskets[].price', found: 'a number as text', count: 1 }),
    );
  });

  test('21: fields that nobody knows are loaded with the record, and noted once with their count', async () => {
    const extra = { loyalty: { points: 5 }, 'v.petrova@example.test': 1 };
    await open({ data: { orders: [1, 2, 3].map((id) => order(id, NOW - HOUR, extra)) } });
    const drift = await driftOf();
    expect(drift.filter(({ kind }) => kind === 'added')).toEqual([
      {
        resource: '/orders',
        kind: 'added',
        path: 'loyalty',
        expected: 'no such field',
        found: 'an object',
        count: 3,
        example: 'page 1, data[0].loyalty',
      },
      {
        resource: '/orders',
        kind: 'added',
        path: '‹key›',
        expected: 'no such field',
        found: 'a whole number',
        count: 3,
        example: 'page 1, data[0].‹key›',
      },
    ]);
    expect(await row("JSONExtractInt(payload_json, 'loyalty', 'points') AS points")).toEqual([{ points: '5' }]);
  });

  test('22: utm missing, an empty list, a list, an object, nulls: text or nothing', async () => {
    const { utm: _utm, ...without } = order(1, NOW - HOUR);
    await open({
      data: {
        orders: [
          without,
          order(2, NOW - HOUR, { utm: [] }),
          order(3, NOW - HOUR, { utm: [{ utm_source: 'vk' }, { name: 'utm_term', value: ' rock ' }] }),
          order(4, NOW - HOUR, {
            utm: { utm_source: 'ya', medium: 'cpc', utm_campaign: null },
            analytics: { utm_source: 'later' },
          }),
          order(5, NOW - HOUR, { utm: { utm_source: null, utm_medium: '  ' } }),
        ],
      },
    });
    await load();
    expect(
      await scene.rows(
        `SELECT order_id AS id, utm_source AS s, utm_medium AS m, utm_campaign AS c, utm_term AS t FROM ${ORDERS} ORDER BY id`,
      ),
    ).toEqual([
      { id: '1', s: '', m: '', c: '', t: '' },
      { id: '2', s: '', m: '', c: '', t: '' },
      { id: '3', s: 'vk', m: '', c: '', t: 'rock' },
      { id: '4', s: 'later', m: 'cpc', c: '', t: '' },
      { id: '5', s: '', m: '', c: '', t: '' },
    ]);
  });

  test('24: roubles and euros of one day are never added, and the difference is said', async () => {
    await open({
      data: {
        orders: [
          order(1, NOW - HOUR),
          order(2, NOW - HOUR),
          order(3, NOW - HOUR, { currency_id: 'eur', baskets: [basket({ price: 20 })] }),
        ],
      },
    });
    const facts = await load();
    expect(await scene.rows('SELECT tickets_sold, revenue FROM fact_qtickets_sales_daily')).toEqual([
      { tickets_sold: 3, revenue: 3000 },
    ]);
    expect(
      await scene.rows(`SELECT currency, sum(revenue) AS sum FROM ${ORDERS} GROUP BY currency ORDER BY currency`),
    ).toEqual([
      { currency: 'EUR', sum: 20 },
      { currency: 'RUB', sum: 3000 },
    ]);
    expect(facts.api?.notes).toContain(
      '1 order in EUR: their tickets are in the daily facts, their money is not added to RUB',
    );
  });

  test('25: every way to write a time is the right instant and the right day in Moscow', async () => {
    const times: [string, string, string][] = [
      ['2025-01-14T23:59:59+03:00', '2025-01-14 20:59:59', '2025-01-14'],
      ['2025-01-14T21:00:00Z', '2025-01-14 21:00:00', '2025-01-15'],
      ['2025-01-15T05:00:00+10:00', '2025-01-14 19:00:00', '2025-01-14'],
      ['2025-01-15T10:00:00+0300', '2025-01-15 07:00:00', '2025-01-15'],
      ['2025-01-14 20:59:59', '2025-01-14 20:59:59', '2025-01-14'],
      // Four hours ahead of UTC until 26 October 2014.
      ['2014-10-24T20:30:00Z', '2014-10-24 20:30:00', '2014-10-25'],
      ['2014-10-26T20:30:00Z', '2014-10-26 20:30:00', '2014-10-26'],
    ];
    await open({ data: { orders: times.map(([payed_at], index) => order(index + 1, NOW, { payed_at })) } });
    const drift = await driftOf({ settings: { sinceHours: 100_000 } });
    expect(
      await scene.rows(
        `SELECT formatDateTime(sale_ts, '%Y-%m-%d %H:%i:%S', 'UTC') AS utc, toString(toDate(sale_ts, 'Europe/Moscow')) AS day FROM ${ORDERS} ORDER BY order_id`,
      ),
    ).toEqual(times.map(([, utc, day]) => ({ utc, day })));
    expect(
      await scene.rows(
        'SELECT toString(sales_date) AS day, sum(tickets_sold) AS n FROM fact_qtickets_sales_daily GROUP BY day ORDER BY day',
      ),
    ).toEqual([
      { day: '2014-10-25', n: '1' },
      { day: '2014-10-26', n: '1' },
      { day: '2025-01-14', n: '3' },
      { day: '2025-01-15', n: '2' },
    ]);
    expect(drift).toContainEqual(expect.objectContaining({ kind: 'zone', found: 'no offset: read as UTC', count: 1 }));
  });
});

describe('what a load can do without', () => {
  test('15: clients that are refused are left out, and the run is good', async () => {
    await open({
      data: {
        orders: [order(1, NOW - HOUR)],
        discounts: [{ id: 4, name: 'Студентам', type: 'P', active_from: null, active_to: null }],
      },
      intercept: ({ path }) =>
        path === '/clients'
          ? { status: 403, headers: { 'x-request-id': 'req-9' }, body: { error: 'Forbidden', status: 403 } }
          : undefined,
    });
    const facts = await load({ settings: { skip: all } });
    expect(facts).toMatchObject({ status: 'ok' });
    expect(facts.api?.skipped).toContainEqual({
      resource: 'clients',
      reason: 'http_403',
      details: 'GET /clients answered 403: Forbidden',
      request_id: 'req-9',
    });
    expect(api.of('/clients')).toHaveLength(1);
    expect(
      await scene.rows('SELECT discount_id, name, discount_type, discount_value FROM stg_qtickets_api_discounts_raw'),
    ).toEqual([{ discount_id: '4', name: 'Студентам', discount_type: 'P', discount_value: null }]);
    const metrics = JSON.parse(await scene.value('SELECT metrics FROM meta_job_runs'));
    expect(metrics).toMatchObject({
      orders: 1,
      sales_rows: 1,
      clients_rows: 0,
      discounts_rows: 1,
      lookback_hours: 24,
      backfill_mode: false,
    });
    expect(metrics.skipped_resources).toContainEqual(
      expect.objectContaining({ resource: 'clients', reason: 'http_403' }),
    );
  });

  test.each([
    ['JSON', { body: { error: 'Not found', status: 404 } }],
    ['HTML', { headers: { 'content-type': 'text/html' }, body: '<h1>404</h1>' }],
  ])('16: discounts that are not there (%s) are left out, and the run is good', async (_kind, reply) => {
    await open({
      data: { orders: [order(1, NOW - HOUR)] },
      intercept: ({ path }) => (path === '/discounts' ? { status: 404, ...reply } : undefined),
    });
    const facts = await load({ settings: { skip: all } });
    expect(facts.status).toBe('ok');
    expect(api.of('/discounts')).toHaveLength(1);
    expect(await scene.value('SELECT count() FROM stg_qtickets_api_discounts_raw')).toBe('0');
    expect(await scene.value(`SELECT count() FROM ${ORDERS}`)).toBe('1');
    expect(facts.api?.skipped).toContainEqual(expect.objectContaining({ resource: 'discounts', reason: 'http_404' }));
  });

  test('any other failure of them fails the run', async () => {
    await open({ intercept: ({ path }) => (path === '/discounts' ? { status: 500, body: '' } : undefined) });
    expect(await load({ settings: { skip: all } })).toMatchObject({ status: 'failed', error: { code: 'API_HTTP' } });
  });

  test('23: a promo code that is there twice is two rows, and its empty dates are NULL', async () => {
    const promo = (id: number, change = {}) => ({
      id,
      code: 'VESNA',
      discount_id: 1,
      type: 2,
      active_from: null,
      active_to: null,
      ...change,
    });
    await open({ data: { promoCodes: [promo(1), promo(2, { active_from: '2025-01-01T00:00:00+03:00' })] } });
    await load({ settings: { skip: all } });
    expect(
      await scene.rows(
        'SELECT promo_code_id, code, discount_type, toUnixTimestamp(valid_from) AS since, valid_to FROM stg_qtickets_api_promo_codes_raw ORDER BY promo_code_id',
      ),
    ).toEqual([
      { promo_code_id: '1', code: 'VESNA', discount_type: '2', since: null, valid_to: null },
      { promo_code_id: '2', code: 'VESNA', discount_type: '2', since: 1_735_678_800, valid_to: null },
    ]);
  });

  test('what is switched off is not asked, and noted', async () => {
    await open({ data: { events: [event(77, NOW + HOUR)] } });
    const facts = await load({ settings: { skip: { ...settingsFor('').skip, inventory: true } } });
    expect(facts.api?.skipped.map(({ resource, reason }) => [resource, reason])).toEqual([
      ['inventory', 'disabled_via_flag'],
      ['clients', 'disabled_via_flag'],
      ['price_shades', 'disabled_via_flag'],
      ['discounts', 'disabled_via_flag'],
      ['promo_codes', 'disabled_via_flag'],
      ['barcodes', 'disabled_via_flag'],
      ['partner_tickets', 'disabled_via_flag'],
    ]);
    expect(api.asked.map(({ path }) => path)).toEqual(['/events', '/orders', '/orders']);
  });

  test('clients, colours, barcodes and partner tickets lie in their tables', async () => {
    await open({
      data: {
        events: [event(77, NOW + HOUR)],
        seats: new Map([['771', seats([{ max: 1, free: 1 }])]]),
        clients: [
          {
            id: 9,
            email: 'Vera@Example.test',
            details: { name: 'Вера', surname: null, middlename: 'Ивановна', phone: '+7 900' },
          },
        ],
        colorThemes: [{ id: 3, color: '#ff0000' }],
        barcodes: new Map([['771', [{ barcode: '111', price: 5, seat_name: '1-1' }]]]),
        partnerTickets: {
          status: 'success',
          result: { id: 'T-1', paid: 1, external_order_id: 'A-1', external_id: 'E', barcode: '222', price: '12.5' },
        },
      },
    });
    const skip = { ...all, barcodes: false, partner_tickets: false };
    const partners = {
      baseUrl: api.url,
      token: 'fixture-token',
      findRequests: '[{"filter":{"external_order_id":"A-1"},"event_id":77,"show_id":771}]',
    };
    expect((await load({ settings: { skip, partners } })).status).toBe('ok');
    expect(
      await scene.rows(
        'SELECT client_id, email, phone, first_name, last_name, middle_name FROM stg_qtickets_api_clients_raw',
      ),
    ).toEqual([
      {
        client_id: '9',
        email: 'vera@example.test',
        phone: '+7 900',
        first_name: 'Вера',
        last_name: '',
        middle_name: 'Ивановна',
      },
    ]);
    expect(await scene.rows('SELECT shade_id, color FROM stg_qtickets_api_price_shades_raw')).toEqual([
      { shade_id: '3', color: '#ff0000' },
    ]);
    expect(await scene.rows('SELECT barcode, event_id, show_id FROM stg_qtickets_api_barcodes_raw')).toEqual([
      { barcode: '111', event_id: '77', show_id: '771' },
    ]);
    expect(
      await scene.rows(
        'SELECT ticket_id, event_id, show_id, external_order_id, paid, price FROM stg_qtickets_api_partner_tickets_raw',
      ),
    ).toEqual([{ ticket_id: 'T-1', event_id: '77', show_id: '771', external_order_id: 'A-1', paid: 1, price: 12.5 }]);
    expect(api.of('/tickets/find/77/771')[0]).toMatchObject({
      verb: 'GET',
      body: { filter: { external_order_id: 'A-1' } },
    });
  });
});
