import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cleanLeftovers } from '../../../src/evidence/scratch.ts';
import { packageRoot } from '../../../src/kernel/package.ts';
import { embeddedConfig } from '../../helpers/engine.ts';
import { type Case, type LoadBench, startBench } from '../../helpers/qtickets/bench.ts';
import { type FixtureApi, startFixtureApi } from '../../helpers/qtickets/fixture-api.ts';
import { basket, event, order, seats } from '../../helpers/qtickets/invent.ts';
import type { KillOrder } from '../../helpers/qtickets/kill-main.ts';

/** 15 January 2025, 15:00 in Moscow. */
const NOW = 1_736_942_400;
const HOUR = 3600;
const HOURS = 41;

let bench: LoadBench;
let api: FixtureApi;
let folder: string;
let expected: Record<string, unknown>;
beforeAll(async () => {
  bench = await startBench();
  folder = mkdtempSync(join(tmpdir(), 'chwitness-killed-'));
  api = await startFixtureApi({
    data: {
      events: [event(77, NOW + HOUR)],
      seats: new Map([['771', seats([{ max: 9, free: 4 }])]]),
      orders: Array.from({ length: 40 }, (_, index) =>
        order(index + 1, NOW - (index + 1) * HOUR + 60, {
          utm: index % 4 === 0 ? { utm_source: 'vk' } : [],
          baskets: [basket({ price: `${100 + index}.10` })],
        }),
      ),
    },
  });
  const undisturbed = await bench.open();
  await undisturbed.load(api, { now: NOW, settings: { sinceHours: HOURS } });
  expected = await sums(undisturbed);
});
afterAll(async () => {
  await api.close();
  await bench.close();
  rmSync(folder, { recursive: true, force: true });
});

const SUMS = {
  staged:
    'SELECT count() AS rows, sum(tickets_sold) AS tickets, round(sum(revenue), 2) AS money FROM stg_qtickets_api_orders_raw FINAL',
  daily:
    'SELECT count() AS rows, sum(tickets_sold) AS tickets, round(sum(revenue), 2) AS money FROM fact_qtickets_sales_daily',
  utm: 'SELECT count() AS rows, sum(tickets_sold) AS tickets, round(sum(revenue), 2) AS money FROM fact_qtickets_sales_utm_daily',
  latest: 'SELECT count() AS rows, sum(tickets_left) AS free FROM fact_qtickets_inventory_latest',
};

async function sums(scene: Case): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const [name, sql] of Object.entries(SUMS)) found[name] = await scene.rows(sql);
  return found;
}

/** Ten moments, in every phase: right after such a statement was answered. The last facts and the row of the run are among them. */
const MOMENTS = [
  /^INSERT INTO .*orders_raw/,
  /^INSERT INTO .*inventory_raw/,
  /^INSERT INTO .*dim_events/,
  /^CREATE TABLE .*_chwitness_/,
  /^INSERT INTO .*_chwitness_/,
  /^ALTER TABLE .*sales_daily. REPLACE PARTITION/,
  /^ALTER TABLE .*utm_daily. REPLACE PARTITION/,
  /^ALTER TABLE .*inventory_latest. REPLACE PARTITION/,
  /^DROP TABLE .*_chwitness_/,
  /^INSERT INTO .*meta_job_runs/,
];

/** Runs the load in a process of its own and kills it as soon as such a statement was sent. Tells whether it came to that. */
async function killAt(job: KillOrder, moment: RegExp): Promise<boolean> {
  const main = join(packageRoot, 'test', 'helpers', 'qtickets', 'kill-main.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', main, JSON.stringify(job)], {
    cwd: packageRoot,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((done) => child.once('close', () => done()));
  let seen = false;
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (more: string) => {
    text += more;
    if (seen || !text.split('\n').some((line) => moment.test(line))) return;
    seen = true;
    child.kill('SIGKILL');
  });
  await ended;
  return seen;
}

test.each(MOMENTS.map((moment, number) => ({ moment, number })))(
  'killed at moment $number ($moment) and run again, all sums are those of one undisturbed load, without FINAL in the facts',
  async ({ moment, number }) => {
    const scene = await bench.open();
    const database = scene.target.database;
    const job: KillOrder = {
      target: {
        ...embeddedConfig(),
        kind: 'server',
        url: bench.engine.url,
        user: bench.engine.user,
        password: bench.engine.password,
        database,
      },
      api: api.url,
      folder: join(folder, database),
      hours: HOURS,
      now: NOW,
      id: `killed${number}`,
    };
    expect(await killAt(job, moment)).toBe(true);
    // As the next start does before it loads.
    await cleanLeftovers(scene.target, join(job.folder, `${job.id}.jsonl`));
    const facts = await scene.load(api, { now: NOW + 1, settings: { sinceHours: HOURS } });
    expect(facts.status).toBe('ok');
    expect(await sums(scene)).toEqual(expected);
    // A row that was written just before the kill stands there once, beside that of the second run.
    const written = moment.source.includes('meta_job_runs') ? '2' : '1';
    expect(await scene.value('SELECT count() FROM meta_job_runs')).toBe(written);
    expect(
      await scene.rows(`SELECT name FROM system.tables WHERE database = '${database}' AND name LIKE '%chwitness%'`),
    ).toEqual([]);
  },
);
