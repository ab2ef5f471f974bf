import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { EngineError } from '../../../src/engine/errors.ts';
import type { Target } from '../../../src/engine/target.ts';
import { type Case, type LoadBench, startBench } from '../../helpers/qtickets/bench.ts';
import { type FixtureApi, startFixtureApi } from '../../helpers/qtickets/fixture-api.ts';
import { at, basket, event, order, seats } from '../../helpers/qtickets/invent.ts';

/** 15 January 2025, 15:00 in Moscow. */
const NOW = 1_736_942_400;
const HOUR = 3600;

let bench: LoadBench;
let api: FixtureApi;
beforeAll(async () => {
  bench = await startBench();
});
afterAll(() => bench.close());
afterEach(() => api.close());

/** Forty orders, one an hour, over three days and two events; some with a partner's tag, one in euros. */
const orders = () =>
  Array.from({ length: 40 }, (_, index) =>
    order(index + 1, NOW - (index + 1) * HOUR + 60, {
      event_id: index % 3 === 0 ? 78 : 77,
      utm: index % 4 === 0 ? { utm_source: 'vk' } : [],
      currency_id: index === 5 ? 'EUR' : 'RUB',
      baskets: [basket({ price: `${100 + index}.10`, quantity: 1 + (index % 2) })],
    }),
  );

async function open(): Promise<Case> {
  const events = [event(77, NOW + HOUR), event(78, NOW + HOUR)];
  const places = new Map([
    ['771', seats([{ max: 9, free: 4 }])],
    ['781', seats([{ max: 5, free: 0 }])],
  ]);
  api = await startFixtureApi({ data: { orders: orders(), events, seats: places } });
  return bench.open();
}

const load = (scene: Case, hours: number, now = NOW, change: Parameters<Case['load']>[1] = {}) =>
  scene.load(api, { now, ...change, settings: { sinceHours: hours, ...change.settings } });

/** All that a reader may sum: staging with FINAL, facts without. */
async function sums(scene: Case): Promise<unknown> {
  const staged = 'FROM stg_qtickets_api_orders_raw FINAL';
  return {
    staged: await scene.rows(
      `SELECT count() AS rows, sum(tickets_sold) AS tickets, round(sum(revenue), 2) AS money ${staged}`,
    ),
    daily: await scene.rows(
      'SELECT sales_date, event_id, city, count() AS rows, sum(tickets_sold) AS tickets, sum(revenue) AS money FROM fact_qtickets_sales_daily GROUP BY sales_date, event_id, city ORDER BY sales_date, event_id, city',
    ),
    utm: await scene.rows(
      'SELECT sales_date, event_id, utm_source, count() AS rows, sum(tickets_sold) AS tickets, sum(revenue) AS money FROM fact_qtickets_sales_utm_daily GROUP BY sales_date, event_id, utm_source ORDER BY sales_date, event_id, utm_source',
    ),
    latest: await scene.rows(
      'SELECT event_id, count() AS rows, sum(tickets_left) AS free FROM fact_qtickets_inventory_latest GROUP BY event_id ORDER BY event_id',
    ),
  };
}

describe('the same, however often and in whatever pieces it is loaded', () => {
  test('a window loaded twice changes nothing, with FINAL in staging and without it in the facts', async () => {
    const scene = await open();
    await load(scene, 48);
    const once = await sums(scene);
    await load(scene, 48, NOW);
    expect(await sums(scene)).toEqual(once);
  });

  test('two windows that overlap, and three that do not, are one load of their union', async () => {
    const whole = await open();
    await load(whole, 41);
    const union = await sums(whole);
    for (const windows of [
      [
        [30, NOW - 20 * HOUR],
        [25, NOW],
      ],
      [
        [14, NOW - 27 * HOUR],
        [14, NOW - 13 * HOUR],
        [13, NOW],
      ],
      [
        [13, NOW],
        [14, NOW - 27 * HOUR],
        [14, NOW - 13 * HOUR],
      ],
    ] as const) {
      const scene = await bench.open();
      for (const [hours, now] of windows) await load(scene, hours, now);
      // Places are as of the last window, wherever its end lies.
      expect({ ...((await sums(scene)) as object), latest: 0 }).toEqual({ ...(union as object), latest: 0 });
    }
  });

  test('a window that holds the afternoon does not replace the day', async () => {
    const scene = await open();
    await load(scene, 41);
    const day = "SELECT sum(tickets_sold) AS n FROM fact_qtickets_sales_daily WHERE sales_date = '2025-01-15'";
    const before = await scene.rows(day);
    await load(scene, 2);
    expect(await scene.rows(day)).toEqual(before);
  });

  test('days that no order of the window is of stay as they are, also when another loader wrote them', async () => {
    const scene = await open();
    await scene.target.command("INSERT INTO fact_qtickets_sales_daily SELECT '2020-05-05', 'old', 'псков', 9, 900, 1");
    await load(scene, 3);
    expect(
      await scene.rows("SELECT tickets_sold, revenue FROM fact_qtickets_sales_daily WHERE event_id = 'old'"),
    ).toEqual([{ tickets_sold: 9, revenue: 900 }]);
  });

  test('a window that begins in the middle of a day reads the day from its midnight, unless its earlier part is staged', async () => {
    const scene = await open();
    const since = () => /"value":"([^"]+)"/.exec(JSON.stringify(api.of('/orders').at(-1)?.body))?.[1];
    await load(scene, 3);
    expect(since()).toBe('2025-01-15T00:00:00+03:00');
    await load(scene, 3, NOW + 60);
    expect(since()).toBe('2025-01-15T12:01:00+03:00');
    const whole = await bench.open();
    await load(whole, 41);
    const today =
      "SELECT event_id, sum(tickets_sold) AS n FROM fact_qtickets_sales_daily WHERE sales_date = '2025-01-15' GROUP BY event_id ORDER BY event_id";
    expect(await scene.rows(today)).toEqual(await whole.rows(today));
  });

  test('an order sold before all that is staged, and changed now, does not pass for the sales of its day', async () => {
    const scene = await open();
    await scene.target.command(
      "INSERT INTO fact_qtickets_sales_daily SELECT '2024-12-01', '77', 'москва', 90, 90000, 1",
    );
    api.data.orders.push(order(900, NOW - 45 * 24 * HOUR, { updated_at: at(NOW - 60) }));
    await load(scene, 3);
    expect(await scene.value("SELECT count() FROM stg_qtickets_api_orders_raw WHERE order_id = '900'")).toBe('0');
    expect(
      await scene.rows("SELECT tickets_sold FROM fact_qtickets_sales_daily WHERE sales_date = '2024-12-01'"),
    ).toEqual([{ tickets_sold: 90 }]);
  });

  test('duplicates that an earlier loader left in the facts of a day are gone once the day is loaded', async () => {
    const scene = await open();
    await load(scene, 41);
    const once = await sums(scene);
    for (const ver of [1, 2])
      await scene.target.command(
        `INSERT INTO fact_qtickets_sales_daily SELECT '2025-01-15', '77', 'москва', 500, 5, ${ver}`,
      );
    await load(scene, 41);
    expect(await sums(scene)).toEqual(once);
  });
});

describe('what changes later', () => {
  test('a refund after the window of its sale takes its money out of the day of the sale', async () => {
    const scene = await open();
    await load(scene, 41);
    const gone = at(NOW + HOUR);
    const sold = api.data.orders[30];
    const baskets = [basket({ price: '130.10', refunded_at: gone, refunded_amount: 130.1 })];
    api.data.orders[30] = { ...sold, updated_at: gone, baskets };
    const facts = await load(scene, 3, NOW + 2 * HOUR);
    expect(facts.status).toBe('ok');
    expect(
      await scene.rows("SELECT tickets_sold, revenue FROM stg_qtickets_api_orders_raw FINAL WHERE order_id = '31'"),
    ).toEqual([{ tickets_sold: 0, revenue: 0 }]);
    const fresh = await bench.open();
    await load(fresh, 43, NOW + 2 * HOUR);
    expect(((await sums(scene)) as { daily: unknown }).daily).toEqual(
      ((await sums(fresh)) as { daily: unknown }).daily,
    );
  });

  test('a cancelled order, unpaid again and without its time, counts zero from then on', async () => {
    const scene = await open();
    await load(scene, 41);
    const gone = at(NOW + HOUR);
    api.data.orders[30] = { ...api.data.orders[30], payed: false, payed_at: null, deleted_at: gone, updated_at: gone };
    const facts = await load(scene, 3, NOW + 2 * HOUR);
    expect(facts.api?.notes).toContain('1 order taken back: sold once, no sale any more, zero from now on');
    expect(
      await scene.rows(
        "SELECT tickets_sold, revenue, JSONExtractBool(payload_json, 'payed') AS payed FROM stg_qtickets_api_orders_raw FINAL WHERE order_id = '31'",
      ),
    ).toEqual([{ tickets_sold: 0, revenue: 0, payed: 0 }]);
    // Sold first, and cancelled within one and the same window: it was never stored, so there is nothing to take back.
    const fresh = await bench.open();
    await load(fresh, 43, NOW + 2 * HOUR);
    const tickets =
      'SELECT sales_date, event_id, sum(tickets_sold) AS n FROM fact_qtickets_sales_daily GROUP BY sales_date, event_id HAVING n > 0 ORDER BY sales_date, event_id';
    expect(await scene.rows(tickets)).toEqual(await fresh.rows(tickets));
  });

  test('an order that moves to another day leaves the one where it was the only one', async () => {
    const scene = await open();
    api.data.orders.push(order(900, NOW - 200 * HOUR));
    await load(scene, 300);
    expect(await scene.value("SELECT count() FROM fact_qtickets_sales_daily WHERE sales_date = '2025-01-07'")).toBe(
      '1',
    );
    api.data.orders[40] = order(900, NOW - HOUR);
    await load(scene, 3);
    expect(await scene.value("SELECT count() FROM fact_qtickets_sales_daily WHERE sales_date = '2025-01-07'")).toBe(
      '0',
    );
  });

  test('orders staged under the earlier loader’s key count once in the facts', async () => {
    const scene = await open();
    await load(scene, 41, NOW, { settings: { keys: 'compat' } });
    api.data.orders[0] = { ...api.data.orders[0], baskets: [basket({ price: 1 })], updated_at: at(NOW) };
    await load(scene, 41, NOW + 1, { settings: { keys: 'compat' } });
    expect(await scene.value("SELECT count() FROM stg_qtickets_api_orders_raw FINAL WHERE order_id = '1'")).toBe('2');
    const fresh = await bench.open();
    await load(fresh, 41, NOW + 1);
    expect(((await sums(scene)) as { daily: unknown }).daily).toEqual(
      ((await sums(fresh)) as { daily: unknown }).daily,
    );
  });
});

describe('the row of the run', () => {
  /** A target that refuses INSERTs into the table of job runs. */
  function refusing(target: Target): Target {
    return {
      ...target,
      async insert(table, ...rest) {
        if (table.table === 'meta_job_runs')
          throw new EngineError({
            failure: 'server',
            code: 497,
            message: 'loader: Not enough privileges (ACCESS_DENIED)',
          });
        return target.insert(table, ...rest);
      },
    };
  }

  test('one that cannot be written is in the archive, said, and written by the next run that can', async () => {
    const scene = await open();
    const facts = await load(scene, 3, NOW, { target: refusing(scene.target) });
    expect(facts).toMatchObject({
      status: 'ok',
      api: { job_run: { outcome: 'pending', because: expect.stringContaining('ACCESS_DENIED') } },
    });
    expect(scene.notices.join()).toContain('Monitoring will not see this run');
    await load(scene, 3, NOW + 60, { target: refusing(scene.target) });
    expect(await scene.value('SELECT count() FROM meta_job_runs')).toBe('0');
    const next = await load(scene, 3, NOW + 120);
    expect(next.api?.job_run).toMatchObject({ outcome: 'written', caught_up: 2 });
    expect(
      await scene.rows('SELECT toUnixTimestamp(started_at) AS at, status FROM meta_job_runs ORDER BY started_at'),
    ).toEqual([
      { at: NOW, status: 'ok' },
      { at: NOW + 60, status: 'ok' },
      { at: NOW + 120, status: 'ok' },
    ]);
  });

  test('one whose answer was lost is not written twice', async () => {
    const scene = await open();
    const lossy: Target = {
      ...scene.target,
      async insert(table, ...rest) {
        const answer = await scene.target.insert(table, ...rest);
        if (table.table === 'meta_job_runs') throw new EngineError({ failure: 'reset', message: 'socket hang up' });
        return answer;
      },
    };
    expect((await load(scene, 3, NOW, { target: lossy })).api?.job_run.outcome).toBe('pending');
    expect((await load(scene, 3, NOW + 60)).api?.job_run.outcome).toBe('written');
    expect(await scene.value('SELECT count() FROM meta_job_runs')).toBe('2');
  });

  test('the first successful run reads 30 days, the second its usual window; failed runs are none', async () => {
    const scene = await open();
    const settings = { sinceHours: 2, backfillHours: 720 };
    api.data.orders.push(order(900, NOW - 600 * HOUR));
    const failing = await startFixtureApi({ intercept: () => ({ status: 403, body: {} }) });
    expect((await scene.load(failing, { now: NOW - 60, settings })).status).toBe('failed');
    await failing.close();
    expect((await load(scene, 2, NOW, { settings })).api).toMatchObject({
      window: { hours: 720, backfill: true },
      records: { orders: 41 },
    });
    expect((await load(scene, 2, NOW + 60, { settings })).api).toMatchObject({ window: { hours: 2, backfill: false } });
  });
});

describe('without writing', () => {
  test('a dry run reads all, writes nothing and says what it would write', async () => {
    const scene = await open();
    const facts = await load(scene, 41, NOW, { settings: { dryRun: true } });
    expect(facts).toMatchObject({
      status: 'ok',
      rows_sent: 0,
      rows_written: 0,
      api: { dry_run: true, job_run: { outcome: 'not-written' } },
    });
    expect(facts.tables.map(({ table, notes }) => [table.table, notes?.[0]])).toEqual([
      ['stg_qtickets_api_orders_raw', '40 rows would be written (dry run)'],
      ['stg_qtickets_api_inventory_raw', '2 rows would be written (dry run)'],
      ['dim_events', '2 rows would be written (dry run)'],
    ]);
    const filled = await scene.rows(
      'SELECT name FROM system.tables WHERE database = currentDatabase() AND total_rows > 0',
    );
    expect(filled).toEqual([]);
    expect(api.asked.length).toBeGreaterThan(3);
  });

  test('a rehearsal that fails keeps every byte from the target', async () => {
    const scene = await open();
    await scene.target.command('ALTER TABLE stg_qtickets_api_orders_raw MODIFY COLUMN event_id UInt8');
    api.data.orders[3] = { ...api.data.orders[3], event_id: 'text' };
    const facts = await load(scene, 41, NOW, { rehearse: true });
    expect(facts).toMatchObject({ status: 'failed', rows_sent: 0 });
    expect(await scene.value('SELECT count() FROM stg_qtickets_api_orders_raw')).toBe('0');
    expect(await scene.rows('SELECT status FROM meta_job_runs')).toEqual([{ status: 'error' }]);
  });

  test('a rehearsal that goes well says so, and the load follows', async () => {
    const scene = await open();
    const facts = await load(scene, 41, NOW, { rehearse: true });
    expect(facts.api?.notes[0]).toMatch(/^rehearsed in the embedded engine with the target’s own DDL: \d+ rows/);
    expect(await scene.value('SELECT count() FROM stg_qtickets_api_orders_raw FINAL')).toBe('40');
  });
});

test('a user who may make no table gets facts by insert and merge, and that is said', async () => {
  const scene = await open();
  const bound: Target = {
    ...scene.target,
    async command(sql, options) {
      if (/^CREATE/.test(sql))
        throw new EngineError({ failure: 'server', code: 497, message: 'Not enough privileges (ACCESS_DENIED)' });
      return scene.target.command(sql, options);
    },
  };
  await load(scene, 41);
  const once = await sums(scene);
  const facts = await load(scene, 41, NOW, { target: bound });
  expect(facts.api?.notes.join()).toContain('fact_qtickets_sales_daily was not rebuilt in one step but merged');
  expect(await sums(scene)).toEqual(once);
});
