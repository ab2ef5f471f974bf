import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openPlace, type Place } from '../helpers/cli.ts';
import type { Cut } from '../helpers/cutting-proxy.ts';
import type { Ground, Scene } from './scenes.ts';

export const HARMS = ['kill', 'crash', 'cut'] as const;
export type Harm = (typeof HARMS)[number];

export interface Result {
  /** Each row of the source is there exactly once; or unknown was said, and none is there twice. */
  verdict: 'exact' | 'unknown' | 'wrong';
  /** How the load was harmed, and what was found, for people. */
  story: string;
}

export const ROWS = 12_000;
export const BATCH = 500;
/** Rows from here on are a concurrent writer's. */
const OTHERS = 1_000_000_000;

/** mulberry32: the same seed, the same campaign. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Rows of several partitions, some of them twice, and the third batch equal to the second. */
export function rowsOf(random: () => number): string {
  const lines: string[] = [];
  for (let id = 0; id < ROWS; id += 1) {
    const of = random() < 0.05 ? Math.floor(random() * id) : id;
    lines.push(`{"id":${of},"p":${of % 4},"note":"row ${of} ${'x'.repeat(of % 200)}"}\n`);
  }
  return [...lines.slice(0, 2 * BATCH), ...lines.slice(BATCH, 2 * BATCH), ...lines.slice(3 * BATCH)].join('');
}

/** Loads into a fresh table, harms the load once, goes on with it until it ends, and compares by hash. */
export async function trial(ground: Ground, scene: Scene, harm: Harm, random: () => number): Promise<Result> {
  const place = await openPlace(ground.env);
  const table = `t_${Math.floor(random() * 1e9)}`;
  const writer = random() < 0.5 ? otherWriter(ground, table) : undefined;
  try {
    const rows = rowsOf(random);
    place.file('rows.ndjson', rows);
    const columns = '(id UInt32, p UInt8, note String)';
    await ground.sql(`CREATE TABLE default.${table} ${columns} ENGINE = ${scene.engine}`);
    await ground.sql(`CREATE TABLE default.${table}_source ${columns} ENGINE = Log`);
    await ground.sql(`INSERT INTO default.${table}_source FORMAT JSONEachRow\n${rows}`);
    writer?.begin();
    const told = await load(ground, place, scene, table, harm, random);
    await writer?.end();
    const compared = await compare(ground, scene, table);
    const unknown = told.unknown > 0;
    const verdict =
      compared.twice > 0 || (compared.missing > 0 && !(unknown && !scene.exact))
        ? 'wrong'
        : unknown
          ? 'unknown'
          : 'exact';
    return {
      verdict: unknown && scene.exact ? 'wrong' : told.ended ? verdict : 'wrong',
      story: `${told.story}; ${compared.missing} missing, ${compared.twice} too many, ${told.unknown} said to be unknown${told.ended ? '' : `; it did not end: ${told.last}`}`,
    };
  } finally {
    await writer?.end();
    for (const name of [table, `${table}_source`])
      await ground.sql(`DROP TABLE IF EXISTS default.${name}`).catch(() => undefined);
    await place.close();
  }
}

async function load(ground: Ground, place: Place, scene: Scene, table: string, harm: Harm, random: () => number) {
  const common = ['--only', 'target-reachable', '--json', '--retry-for', harm === 'crash' ? '1s' : '4s'];
  const fresh = [
    'load',
    'rows.ndjson',
    '--table',
    `default.${table}`,
    '--batch-rows',
    String(BATCH),
    ...scene.options,
    ...common,
  ];
  const loads = join(place.state, 'loads');
  const waiting = () =>
    (existsSync(loads) ? readdirSync(loads) : []).filter((name) => existsSync(join(loads, name, 'load.json')));
  let story = '';
  const running = place.start(fresh, { timeoutMs: 90_000 });
  if (harm === 'cut') {
    const cut = cutOf(random);
    for (let skipped = Math.floor(random() * 15); skipped > 0; skipped -= 1) ground.proxy.next(undefined);
    ground.proxy.next(cut);
    story = `cut ${cut.cut}`;
  } else {
    await running.until('the journal began', () => waiting().length > 0).catch(() => undefined);
    const ms = Math.floor(random() * 700);
    await sleep(ms);
    story = `${harm} ${ms} ms into the load`;
    if (harm === 'kill') running.child.kill('SIGKILL');
    else await ground.crash();
  }
  let ended = await running.ended;
  ground.proxy.calm();
  let unknown = 0;
  for (let attempt = 0; attempt < 5; attempt += 1) {
    if (ended.code === 0) return { story, unknown: 0, ended: true, last: '' };
    unknown = unknownOf(ended.stdout);
    const [id] = waiting();
    // Only what is unknown is left, and asking once more will tell no more.
    if (unknown > 0 && attempt > 0) return { story, unknown, ended: true, last: '' };
    ended = await place.start(id === undefined ? fresh : ['load', '--resume', id, ...common], { timeoutMs: 90_000 })
      .ended;
    story += id === undefined ? ', begun anew' : ', resumed';
  }
  unknown = unknownOf(ended.stdout);
  return {
    story,
    unknown,
    ended: ended.code === 0,
    last: `${ended.stdout.slice(0, 3000)}${ended.stderr.slice(-1500)}`,
  };
}

function unknownOf(stdout: string): number {
  return Number(/"rows_unknown": ?(\d+)/.exec(stdout)?.[1] ?? 0);
}

function cutOf(random: () => number): Cut {
  const which = random();
  if (which < 1 / 3) return { cut: 'before' };
  return which < 2 / 3 ? { cut: 'body', after: Math.floor(random() * 60_000) } : { cut: 'answer' };
}

/** Rows that are there less and more often than in the source. */
async function compare(ground: Ground, scene: Scene, table: string): Promise<{ missing: number; twice: number }> {
  const key = 'cityHash64(id, p, note) AS h';
  const [stored, source] = scene.merges
    ? [
        `SELECT DISTINCT ${key} FROM default.${table} WHERE id < ${OTHERS}`,
        `SELECT DISTINCT ${key} FROM default.${table}_source`,
      ]
    : [`SELECT ${key} FROM default.${table} WHERE id < ${OTHERS}`, `SELECT ${key} FROM default.${table}_source`];
  const answer = await ground.sql(
    `SELECT sum(if(s > t, s - t, 0)) AS missing, sum(if(t > s, t - s, 0)) AS twice FROM (SELECT h, sum(x) AS t, sum(y) AS s FROM
     (SELECT h, 1 AS x, 0 AS y FROM (${stored}) UNION ALL SELECT h, 0 AS x, 1 AS y FROM (${source})) GROUP BY h) FORMAT TabSeparated`,
  );
  const [missing = Number.NaN, twice = Number.NaN] = answer.trim().split('\t').map(Number);
  return { missing, twice };
}

/** Someone else who writes into the same table meanwhile. */
function otherWriter(ground: Ground, table: string) {
  let stopped = false;
  let writing: Promise<void> | undefined;
  return {
    begin() {
      writing = (async () => {
        for (let id = OTHERS; !stopped; id += 1) {
          // Whoever writes while the server is down fails: that is not what is tried here.
          await ground
            .sql(`INSERT INTO default.${table} FORMAT JSONEachRow\n{"id":${id},"p":${id % 4},"note":"other"}`)
            .catch(() => undefined);
          await sleep(60);
        }
      })();
    },
    async end() {
      stopped = true;
      await writing;
    },
  };
}
