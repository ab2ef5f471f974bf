import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Case, type LoadBench, startBench } from '../../helpers/qtickets/bench.ts';
import { type FixtureApi, startFixtureApi } from '../../helpers/qtickets/fixture-api.ts';
import { orderOf, type Season } from '../../helpers/qtickets/many.ts';

/** 15 January 2025, 15:00 in Moscow. */
const NOW = 1_736_942_400;
/** More with CHWITNESS_TEST_ORDERS=100000: the same orders and as many again. */
const COUNT = Number(process.env.CHWITNESS_TEST_ORDERS ?? 5000);
const season: Season = { seed: 7, count: COUNT, from: NOW - 20 * 86_400, to: NOW, events: 12 };

let bench: LoadBench;
let scene: Case;
let api: FixtureApi;
beforeAll(async () => {
  bench = await startBench();
  scene = await bench.open();
  api = await startFixtureApi({
    intercept: ({ path, body }) => {
      if (path !== '/orders') return undefined;
      const perPage = Number(body.perPage);
      const currentPage = Number(body.page);
      const total = JSON.stringify(body.where).includes('payed_at') ? COUNT : 0;
      const from = (currentPage - 1) * perPage;
      const data = Array.from({ length: Math.max(0, Math.min(perPage, total - from)) }, (_, index) =>
        orderOf(season, from + index),
      );
      return { body: { data, paging: { perPage, currentPage, total } } };
    },
  });
});
afterAll(async () => {
  await api.close();
  await bench.close();
});

/** Sums by day, event and currency, read from the payloads alone: exact decimals, none of our own transformation. */
const FROM_PAYLOADS = `
SELECT day, event, currency, sum(tickets) AS tickets, toString(sum(kopecks)) AS kopecks
FROM
(
    SELECT
        toString(toDate(parseDateTimeBestEffort(JSONExtractString(payload_json, 'payed_at'), 'UTC'), 'Europe/Moscow')) AS day,
        JSONExtractRaw(payload_json, 'event_id') AS event,
        JSONExtractString(payload_json, 'currency_id') AS currency,
        arrayFilter(b -> JSONExtractRaw(b, 'deleted_at') = 'null' AND JSONExtractRaw(b, 'refunded_at') = 'null', JSONExtractArrayRaw(payload_json, 'baskets')) AS live,
        arraySum(arrayMap(b -> JSONExtractInt(b, 'quantity'), live)) AS tickets,
        arraySum(arrayMap(b -> toInt64(toDecimal64(replaceAll(JSONExtractRaw(b, 'price'), '"', ''), 2) * 100) * JSONExtractInt(b, 'quantity'), live)) AS kopecks
    FROM stg_qtickets_api_orders_raw FINAL
)
GROUP BY day, event, currency
ORDER BY day, event, currency`;

test(`the sums of ${COUNT} orders by day, event and currency are those of their payloads, to the kopeck`, async () => {
  const facts = await scene.load(api, { now: NOW, settings: { sinceHours: 500 } });
  expect(facts).toMatchObject({ status: 'ok', api: { records: { orders: COUNT }, rejected: [] } });

  const expected = await scene.rows<{ day: string; event: string; currency: string; tickets: string; kopecks: string }>(
    FROM_PAYLOADS,
  );
  expect(expected.length).toBeGreaterThan(200);
  const staged = await scene.rows(
    `SELECT toString(toDate(sale_ts, 'Europe/Moscow')) AS day, event_id AS event, currency, sum(tickets_sold) AS tickets,
        toString(sum(toInt64(round(revenue * 100)))) AS kopecks
     FROM stg_qtickets_api_orders_raw FINAL GROUP BY day, event, currency ORDER BY day, event, currency`,
  );
  expect(staged.map((row) => ({ ...row, tickets: Number(row.tickets) }))).toEqual(
    expected.map((row) => ({ ...row, tickets: Number(row.tickets) })),
  );

  // The facts: money of one currency, tickets of all, a plain sum without FINAL.
  const daily = new Map<string, { tickets: number; kopecks: bigint }>();
  for (const { day, event, currency, tickets, kopecks } of expected) {
    const entry = daily.get(`${day} ${event}`) ?? { tickets: 0, kopecks: 0n };
    entry.tickets += Number(tickets);
    if (currency === 'RUB') entry.kopecks += BigInt(kopecks);
    daily.set(`${day} ${event}`, entry);
  }
  for (const table of ['fact_qtickets_sales_daily', 'fact_qtickets_sales_utm_daily']) {
    const rows = await scene.rows<{ key: string; tickets: string; kopecks: string }>(
      `SELECT concat(toString(sales_date), ' ', event_id) AS key, sum(tickets_sold) AS tickets, toString(toInt64(round(sum(revenue) * 100))) AS kopecks FROM ${table} GROUP BY key ORDER BY key`,
    );
    expect(
      Object.fromEntries(rows.map(({ key, tickets, kopecks }) => [key, [Number(tickets), kopecks]])),
      table,
    ).toEqual(Object.fromEntries([...daily].map(([key, { tickets, kopecks }]) => [key, [tickets, String(kopecks)]])));
  }
});
