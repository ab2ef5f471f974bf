import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Case, type LoadBench, startBench } from '../../helpers/qtickets/bench.ts';
import { type FixtureApi, startFixtureApi } from '../../helpers/qtickets/fixture-api.ts';
import { order } from '../../helpers/qtickets/invent.ts';

/** 15 January 2025, 15:00 in Moscow; the day began 15 hours ago. */
const NOW = 1_736_942_400;
const HOUR = 3600;
/** More than are stored together, so that a failure leaves a part of them. */
const COUNT = 2400;

let bench: LoadBench;
let api: FixtureApi;
let refuse = false;
beforeAll(async () => {
  bench = await startBench();
});
afterAll(() => bench.close());
afterEach(() => api.close());

/** Orders of one day, the newest with the lowest id, behind an API that refuses its last pages while `refuse` is set. */
async function open(): Promise<Case> {
  api = await startFixtureApi({
    data: { orders: Array.from({ length: COUNT }, (_, index) => order(index + 1, NOW - 60 - index * 20)) },
    intercept: ({ path, body }) =>
      refuse && path === '/orders' && Number(body.page) >= COUNT / 200 - 1 ? { status: 401, body: {} } : undefined,
  });
  return bench.open();
}

const load = (scene: Case, hours: number, now: number) => scene.load(api, { now, settings: { sinceHours: hours } });
const DAY =
  "SELECT count() AS rows, sum(tickets_sold) AS tickets FROM fact_qtickets_sales_daily WHERE sales_date = '2025-01-15'";

async function failed(scene: Case, hours: number): Promise<void> {
  refuse = true;
  expect(await load(scene, hours, NOW)).toMatchObject({ status: 'failed', error: { code: 'API_REFUSED' } });
  refuse = false;
  expect(Number(await scene.value('SELECT count() FROM stg_qtickets_api_orders_raw'))).toBeGreaterThan(1999);
}

test('what a failed run had staged of a day does not pass for the day: the next run reads from its midnight again', async () => {
  const scene = await open();
  await failed(scene, 3);
  const facts = await load(scene, 3, NOW + 60);
  expect(facts).toMatchObject({ status: 'ok', api: { window: { from: '2025-01-14T21:00:00.000Z' } } });
  expect(await scene.rows(DAY)).toEqual([{ rows: '1', tickets: String(COUNT) }]);
});

test('a long window that failed is read again by the next short one, which says so', async () => {
  const scene = await open();
  await failed(scene, 30);
  const facts = await load(scene, 1, NOW + 60);
  expect(facts.api?.notes).toContain(
    'an earlier run did not end: its window is read again, from 2025-01-13T21:00:00.000Z on',
  );
  expect(await scene.value('SELECT count() FROM stg_qtickets_api_orders_raw FINAL')).toBe(String(COUNT));
  const next = await load(scene, 1, NOW + 120);
  expect(next.api?.notes).toEqual([]);
  expect(next.api?.window.from).toBe('2025-01-15T11:02:00.000Z');
  expect(await scene.rows(DAY)).toEqual([{ rows: '1', tickets: String(COUNT) }]);
});

test('a part that is staged while no good run says from where on is not taken for the whole', async () => {
  const scene = await open();
  await scene.target.command(
    `INSERT INTO meta_job_runs (job, started_at, finished_at, status, metrics) SELECT 'qtickets_api', toDateTime(${NOW - HOUR}), toDateTime(${NOW}), 'ok', '{"lookback_hours":24}'`,
  );
  await scene.target.command(
    `INSERT INTO stg_qtickets_api_orders_raw (order_id, event_id, sale_ts, tickets_sold, currency, _dedup_key) SELECT '1', '77', toDateTime(${NOW - 10 * HOUR}), 1, 'RUB', 'a'`,
  );
  const facts = await load(scene, 3, NOW);
  expect(facts.api?.window.from).toBe('2025-01-14T21:00:00.000Z');
  expect(await scene.rows(DAY)).toEqual([{ rows: '1', tickets: String(COUNT) }]);
});
