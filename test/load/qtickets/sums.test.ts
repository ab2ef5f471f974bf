import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Case, type LoadBench, startBench } from '../../helpers/qtickets/bench.ts';
import { type FixtureApi, startFixtureApi } from '../../helpers/qtickets/fixture-api.ts';
import { cancelled, orderOf, refunded, type Season } from '../../helpers/qtickets/many.ts';

/** 15 January 2025, 15:00 in Moscow. */
const NOW = 1_736_942_400;
const HOUR = 3600;
/** More with CHWITNESS_TEST_ORDERS=100000: the same orders and as many again. */
const COUNT = Number(process.env.CHWITNESS_TEST_ORDERS ?? 5000);
const season: Season = { seed: 7, count: COUNT, from: NOW - 20 * 86_400, to: NOW, events: 12 };

type Fields = Record<string, unknown>;
/** What became of the index-th order: of each hundred some are cancelled before anyone reads them, some later, some refunded later. */
const EARLY = (index: number) => index % 100 === 13;
const LATE = (index: number) => [29, 57, 83].includes(index % 100);
const BACK = (index: number) => [3, 61].includes(index % 100);

/** All of it changed half an hour after the first load. */
let later = false;
function orderAt(index: number): Fields {
  const sold = orderOf(season, index);
  if (EARLY(index)) return cancelled(sold, NOW - 9 * HOUR);
  if (later && LATE(index)) return cancelled(sold, NOW + HOUR / 2);
  return later && BACK(index) ? refunded(sold, NOW + HOUR / 2) : sold;
}

let bench: LoadBench;
let scene: Case;
let api: FixtureApi;
beforeAll(async () => {
  bench = await startBench();
  scene = await bench.open();
  const lists = new Map<string, number[]>();
  /** Indexes of the orders whose time in this column lies between the two bounds. */
  const found = (where: { column: string; value: string }[]) => {
    const key = JSON.stringify([later, where]);
    const column = where.at(-1)?.column ?? '';
    const [from, to] = where.slice(-2).map(({ value }) => Date.parse(value));
    const all = lists.get(key) ?? [];
    if (!lists.has(key)) {
      for (let index = 0; index < COUNT; index += 1) {
        const time = Date.parse(String(orderAt(index)[column]));
        if (time >= Number(from) && time < Number(to)) all.push(index);
      }
      lists.set(key, all);
    }
    return all;
  };
  api = await startFixtureApi({
    intercept: ({ path, body }) => {
      if (path !== '/orders') return undefined;
      const [perPage, currentPage] = [Number(body.perPage), Number(body.page)];
      const all = found(body.where as { column: string; value: string }[]);
      const data = all.slice((currentPage - 1) * perPage, currentPage * perPage).map(orderAt);
      return { body: { data, paging: { perPage, currentPage, total: all.length } } };
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
    FROM (SELECT payload_json FROM stg_qtickets_api_orders_raw FINAL WHERE JSONExtractBool(payload_json, 'payed'))
)
GROUP BY day, event, currency
HAVING tickets > 0
ORDER BY day, event, currency`;

interface Sum {
  day: string;
  event: string;
  currency: string;
  tickets: string;
  kopecks: string;
}

const told = (rows: readonly Sum[]) =>
  rows.map(({ day, event, currency, tickets, kopecks }) => [day, event, currency, Number(tickets), kopecks].join(' '));

async function compare(): Promise<Sum[]> {
  const expected = await scene.rows<Sum>(FROM_PAYLOADS);
  expect(expected.length).toBeGreaterThan(200);
  const staged = await scene.rows<Sum>(
    `SELECT toString(toDate(sale_ts, 'Europe/Moscow')) AS day, event_id AS event, currency, sum(tickets_sold) AS tickets,
        toString(sum(toInt64(round(revenue * 100)))) AS kopecks
     FROM stg_qtickets_api_orders_raw FINAL GROUP BY day, event, currency HAVING tickets > 0 ORDER BY day, event, currency`,
  );
  expect(told(staged)).toEqual(told(expected));

  // The facts: money of one currency, tickets of all, a plain sum without FINAL.
  const daily = new Map<string, { tickets: number; kopecks: bigint }>();
  for (const { day, event, currency, tickets, kopecks } of expected) {
    const entry = daily.get(`${day} ${event}`) ?? { tickets: 0, kopecks: 0n };
    entry.tickets += Number(tickets);
    if (currency === 'RUB') entry.kopecks += BigInt(kopecks);
    daily.set(`${day} ${event}`, entry);
  }
  const wanted = [...daily].map(([key, { tickets, kopecks }]) => `${key} ${tickets} ${kopecks}`).sort();
  for (const table of ['fact_qtickets_sales_daily', 'fact_qtickets_sales_utm_daily']) {
    const rows = await scene.rows<{ key: string; tickets: string; kopecks: string }>(
      `SELECT concat(toString(sales_date), ' ', event_id) AS key, sum(tickets_sold) AS tickets, toString(toInt64(round(sum(revenue) * 100))) AS kopecks FROM ${table} GROUP BY key HAVING tickets > 0 ORDER BY key`,
    );
    const sums = rows.map(({ key, tickets, kopecks }) => `${key} ${Number(tickets)} ${kopecks}`);
    expect(sums.sort(), table).toEqual(wanted);
  }
  return expected;
}

const within = (test: (index: number) => boolean) =>
  Array.from({ length: COUNT }, (_, index) => index).filter(test).length;
const total = (sums: readonly Sum[], currency: string) =>
  sums.reduce((sum, one) => sum + (one.currency === currency ? BigInt(one.kopecks) : 0n), 0n);

describe(`the sums of ${COUNT} orders by day, event and currency are those of their payloads, to the kopeck`, () => {
  let sums: Sum[];
  test('as they were sold, some of them cancelled before they were read', async () => {
    const facts = await scene.load(api, { now: NOW, settings: { sinceHours: 500 } });
    expect(facts).toMatchObject({ status: 'ok', api: { left_out: { unpaid: within(EARLY) }, rejected: [] } });
    expect(await scene.value('SELECT count() FROM stg_qtickets_api_orders_raw FINAL')).toBe(
      String(COUNT - within(EARLY)),
    );
    expect(
      Number(
        await scene.value(
          'SELECT countIf(toUnixTimestamp(sale_ts) % 86400 = 75600) FROM stg_qtickets_api_orders_raw FINAL',
        ),
      ),
    ).toBeGreaterThan(COUNT / 100);
    sums = await compare();
    expect(new Set(sums.map(({ currency }) => currency))).toEqual(new Set(['RUB', 'EUR', 'KZT']));
  });

  test('after some were cancelled and some refunded, days after their sale', async () => {
    later = true;
    const facts = await scene.load(api, { now: NOW + HOUR, settings: { sinceHours: 2 } });
    expect(facts).toMatchObject({ status: 'ok', api: { left_out: { unpaid: within(LATE) }, rejected: [] } });
    expect(facts.api?.notes.join()).toContain('taken back: sold once, no sale any more, zero from now on');
    const now = await compare();
    for (const currency of ['RUB', 'EUR', 'KZT']) expect(total(now, currency)).toBeLessThan(total(sums, currency));
  });
});
