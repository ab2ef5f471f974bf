import { setTimeout as sleep } from 'node:timers/promises';
import { moscowMidnight } from '../../../src/source/qtickets/times.ts';
import { openPlace, type Place } from '../cli.ts';
import { type StatementProxy, startStatementProxy } from '../statement-proxy.ts';
import { TOKEN } from './bench.ts';
import { type FixtureApi, startFixtureApi } from './fixture-api.ts';
import { at, event, seats } from './invent.ts';
import { orderOf, type Season } from './many.ts';

/** A running server, and a way to ask it past everything. */
export interface Server {
  url: string;
  env: Readonly<Record<string, string>>;
  /** @throws with the server's text when it refuses */
  sql(statement: string): Promise<string>;
}

/**
 * Where the kills fall. `first`: nothing is there yet. `changed`: a good load came before, and since then orders were sold, refunded,
 * cancelled and moved to another day. `afternoon`: the window begins within a day of which nothing is staged, after good runs of another loader.
 */
export const STATES = ['first', 'changed', 'afternoon'] as const;
export type State = (typeof STATES)[number];

export interface Kill {
  state: State;
  /** Loads that are killed, one after the other, before one is left to its end. */
  times: number;
}

const HOUR = 3600;
const EVENTS = [1000, 1001, 1002];

/** Hours back to a time of day that is not about to become another day in Moscow. */
function hoursBack(now: number, from: number): number {
  const hourOfDay = (hours: number) => (((now - hours * HOUR + 3 * HOUR) % 86_400) + 86_400) % 86_400;
  let hours = from;
  while (hourOfDay(hours) < HOUR || hourOfDay(hours) > 23 * HOUR) hours += 1;
  return hours;
}

/** What a reader may ask: staging with FINAL, facts without. The times of the runs themselves are left out. */
const SUMS = [
  'SELECT count(), sum(tickets_sold), toInt64(round(sum(revenue) * 100)) FROM stg_qtickets_api_orders_raw FINAL',
  'SELECT sales_date, event_id, city, count(), sum(tickets_sold), toInt64(round(sum(revenue) * 100)) FROM fact_qtickets_sales_daily GROUP BY sales_date, event_id, city ORDER BY sales_date, event_id, city',
  'SELECT sales_date, event_id, utm_source, utm_campaign, count(), sum(tickets_sold), toInt64(round(sum(revenue) * 100)) FROM fact_qtickets_sales_utm_daily GROUP BY sales_date, event_id, utm_source, utm_campaign ORDER BY sales_date, event_id, utm_source, utm_campaign',
  'SELECT event_id, count(), sum(tickets_left) FROM fact_qtickets_inventory_latest GROUP BY event_id ORDER BY event_id',
  'SELECT event_id, event_name, start_date FROM dim_events FINAL ORDER BY event_id',
];

export interface Bench {
  /** One trial in a database of its own: the sums afterwards, beside those of the same loads left in peace. */
  trial(kill: Kill, random: () => number): Promise<{ story: string; found: string; expected: string; runs: string }>;
  close(): Promise<void>;
}

interface Scene {
  database: string;
  place: Place;
  start(): ReturnType<Place['start']>;
  sums(): Promise<string>;
}

/** The API, the proxy and the invented season that all trials on one server share. */
export async function openKillBench(server: Server, count: number): Promise<Bench> {
  const begun = Math.floor(Date.now() / 1000);
  const window = { wide: hoursBack(begun, 42), afternoon: hoursBack(begun, 5) };
  const season: Season = { seed: 11, count, from: begun - 40 * HOUR, to: begun - 2 * HOUR, events: EVENTS.length };
  const before = Array.from({ length: count }, (_, index) => orderOf(season, index));
  const changed = at(begun - HOUR);
  const after = [
    ...before.map((order, index) => {
      if (index % 37 === 0) return { ...order, payed: false, payed_at: null, deleted_at: changed, updated_at: changed };
      if (index % 41 === 0) return { ...order, payed_at: at(begun - HOUR), updated_at: changed };
      return index % 43 === 0 ? { ...order, event_id: 1000, updated_at: changed } : order;
    }),
    ...Array.from({ length: Math.ceil(count / 10) }, (_, index) =>
      orderOf({ ...season, count: count + Math.ceil(count / 10), to: begun - HOUR }, count + index),
    ),
  ];
  const dayBegan = moscowMidnight(begun - window.afternoon * HOUR);
  // Newest first: what a kill leaves staged of the day lies on both sides of the window's beginning.
  const day = Array.from({ length: count }, (_, index) =>
    orderOf({ ...season, from: begun - 2 * HOUR, to: dayBegan + 60 }, index),
  );
  const api: FixtureApi = await startFixtureApi({
    data: {
      events: EVENTS.map((id) => event(id, begun + 24 * HOUR)),
      seats: new Map(EVENTS.map((id) => [String(id * 10 + 1), seats([{ max: 9, free: id % 5 }])])),
    },
  });
  const proxy: StatementProxy = await startStatementProxy(server.url);
  const expected = new Map<State, { sums: string; statements: number; ms: number }>();
  let number = 0;

  async function open(hours: number): Promise<Scene> {
    number += 1;
    const database = `killed_${begun}_${number}`;
    await server.sql(`CREATE DATABASE ${database}`);
    const place = await openPlace({
      ...server.env,
      CLICKHOUSE_URL: proxy.url,
      CLICKHOUSE_DATABASE: database,
      QTICKETS_TOKEN: TOKEN,
      QTICKETS_BASE_URL: api.url,
      QTICKETS_SINCE_HOURS: String(hours),
      QTICKETS_INITIAL_BACKFILL_HOURS: '0',
      ...Object.fromEntries(
        ['CLIENTS', 'PRICE_SHADES', 'DISCOUNTS', 'PROMO_CODES', 'BARCODES', 'PARTNER_TICKETS'].map((name) => [
          `QTICKETS_SKIP_${name}`,
          'true',
        ]),
      ),
    });
    const made = await place.run(['schema', 'apply', 'qtickets', '--yes']);
    if (made.code !== 0) throw new Error(`the tables could not be made:\n${made.stdout}\n${made.stderr}`);
    return {
      database,
      place,
      start: () => place.start(['load', 'qtickets', '--only', 'target-reachable', '--quiet'], { timeoutMs: 90_000 }),
      async sums() {
        const found = [];
        for (const sql of SUMS) found.push(await server.sql(sql.replace(/FROM (\w+)/g, `FROM ${database}.$1`)));
        return found.join('--\n');
      },
    };
  }

  async function whole(scene: Scene): Promise<void> {
    const { code, stdout, stderr } = await scene.start().ended;
    if (code !== 0) throw new Error(`the load ended with ${code}:\n${stdout}\n${stderr}`);
  }

  /** A database as it stands before the loads that are killed. */
  async function prepared(state: State): Promise<Scene> {
    const scene = await open(state === 'afternoon' ? window.afternoon : window.wide);
    api.data.orders = state === 'afternoon' ? day : before;
    if (state === 'changed') {
      await whole(scene);
      api.data.orders = after;
    }
    if (state === 'afternoon')
      await server.sql(
        `INSERT INTO ${scene.database}.meta_job_runs (job, run_id, started_at, finished_at, status, rows_processed, message, metrics) SELECT 'qtickets_api', toUUID('00000000-0000-4000-8000-000000000001'), toDateTime(${begun - 1800}), toDateTime(${begun - 1700}), 'ok', 5, '', '{}'`,
      );
    return scene;
  }

  async function close(scene: Scene): Promise<void> {
    await scene.place.close();
    await server.sql(`DROP DATABASE ${scene.database}`).catch(() => undefined);
  }

  /** The same loads, left in peace: their sums, and how many statements and ms the last one takes from its first request on. */
  async function undisturbed(state: State) {
    const known = expected.get(state);
    if (known) return known;
    const scene = await prepared(state);
    const from = api.asked.length;
    let statements = 0;
    proxy.watch(({ moment }) => {
      if (moment === 'sent' && api.asked.length > from) statements += 1;
    });
    await whole(scene);
    const ms = performance.now() - (api.asked[from]?.at ?? 0);
    const result = { sums: await scene.sums(), statements, ms };
    await close(scene);
    expected.set(state, result);
    return result;
  }

  /** Kills one load: half of the time at an instant, else in the middle of a statement or right after it. */
  async function kill(scene: Scene, random: () => number, { statements, ms }: { statements: number; ms: number }) {
    const from = api.asked.length;
    const byTime = random() < 0.5;
    const [which, moment] = [Math.floor(random() * statements), random() < 0.6 ? 'sent' : 'answered'];
    const [delay, pause] = [random() * ms, random() < 0.5 ? 0 : Math.floor(random() * 15)];
    let last = 'before its first statement';
    let seen = -1;
    const running = scene.start();
    const end = () => running.child.kill('SIGKILL');
    proxy.watch((passing) => {
      if (api.asked.length === from) return;
      if (passing.moment === 'sent') seen += 1;
      last = `${passing.moment} ${passing.text}`;
      if (!byTime && seen === which && passing.moment === moment) {
        if (pause === 0) end();
        else setTimeout(end, pause);
      }
    });
    if (byTime) {
      const wait = async () => {
        while (api.asked.length === from && running.child.exitCode === null) await sleep(5);
        await sleep(delay);
        end();
      };
      await Promise.race([wait(), running.ended]);
    }
    const { signal } = await running.ended;
    return `${signal === 'SIGKILL' ? 'killed' : 'ended'} after ${last.slice(0, 90)}`;
  }

  return {
    async trial({ state, times }, random) {
      const goal = await undisturbed(state);
      const scene = await prepared(state);
      const told: string[] = [];
      try {
        for (let time = 0; time < times; time += 1) told.push(await kill(scene, random, goal));
        proxy.watch(() => undefined);
        await whole(scene);
        const found = await scene.sums();
        const runs = await server.sql(
          `SELECT status, count() FROM ${scene.database}.meta_job_runs GROUP BY status ORDER BY status`,
        );
        const left = await server.sql(
          `SELECT name FROM system.tables WHERE database = '${scene.database}' AND name LIKE '%chwitness%'`,
        );
        return { story: `${state}: ${told.join('; ')}`, found: found + left, expected: goal.sums, runs };
      } finally {
        await close(scene);
      }
    },
    async close() {
      await proxy.close();
      await api.close();
    },
  };
}
