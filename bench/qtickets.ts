/**
 * `chwitness load qtickets` over real HTTP: peak resident size of the chwitness process for few and for many orders, and its
 * throughput beside what it costs to parse the API's own answers with `JSON.parse`, measured in the same round. Linux.
 *   npm run build && npx tsx bench/qtickets.ts [server|sandbox] [orders …]        default: server 5000 500000
 * The API is a process of its own that invents orders as they are asked for. Each order is read twice, as the load reads
 * them: once by the time of its sale, once by the time of its last change.
 * `server` needs clickhouse-server (apt-get install clickhouse-server); `sandbox` is the embedded engine.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';
import { packageRoot } from '../src/kernel/package.ts';
import { startOldServer } from '../test/helpers/old-server.ts';
import { event, seats } from '../test/helpers/qtickets/invent.ts';
import { orderOf, type Season } from '../test/helpers/qtickets/many.ts';
import { startServer } from './demo/parts.ts';

const CLI = join(packageRoot, 'dist', 'src', 'cli.js');
const PER_PAGE = 200;
const EVENTS = 12;
const HOURS = 720;

function seasonOf(count: number): Season {
  const now = Math.floor(Date.now() / 1000);
  return { seed: 7, count, from: now - 700 * 3600, to: now - 600, events: EVENTS };
}

/** The API: `fork`ed with the number of orders, it tells its port. */
function api(count: number): void {
  const season = seasonOf(count);
  const events = Array.from({ length: EVENTS }, (_, index) => event(1000 + index, season.to + 7 * 86_400));
  const answer = (path: string, body: { page?: number; perPage?: number }): unknown => {
    if (path.endsWith('/seats')) return seats([{ max: 100, free: 7 }]);
    const { page: currentPage = 1, perPage = PER_PAGE } = body;
    const from = (currentPage - 1) * perPage;
    const total = path === '/orders' ? count : events.length;
    const data =
      path === '/orders'
        ? Array.from({ length: Math.max(0, Math.min(perPage, total - from)) }, (_, at) => orderOf(season, from + at))
        : events.slice(from, from + perPage);
    return { data, paging: { perPage, currentPage, total } };
  };
  const server = createServer(async (asked, reply) => {
    let text = '';
    for await (const chunk of asked) text += chunk;
    reply.setHeader('content-type', 'application/json');
    reply.end(JSON.stringify(answer(asked.url ?? '', text === '' ? {} : JSON.parse(text))));
  });
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
  process.once('disconnect', () => process.exit());
}

function peakOf(pid: number | string): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

function childrenOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean),
    );
  } catch {
    return [];
  }
}

/** Peaks in kB of a process and of the largest process below it, for as long as it lives. */
async function watched(child: ChildProcess): Promise<{ code: number | null; own: number; below: number }> {
  const pid = child.pid ?? 0;
  let [own, below] = [0, 0];
  const timer = setInterval(() => {
    own = Math.max(own, peakOf(pid));
    for (const other of childrenOf(pid)) below = Math.max(below, peakOf(other));
  }, 50);
  const code = await new Promise<number | null>((done) => child.once('close', done));
  clearInterval(timer);
  return { code, own, below };
}

/** Every answer that the load of as many orders gets, fetched and parsed here: ms of `JSON.parse` alone, and bytes. */
async function parseAll(url: string, count: number): Promise<{ parse: number; all: number; bytes: number }> {
  const started = performance.now();
  let [parse, bytes] = [0, 0];
  for (let pass = 0; pass < 2; pass += 1)
    for (let page = 1; (page - 1) * PER_PAGE < count; page += 1) {
      const reply = await request(`${url}/orders`, {
        method: 'GET',
        body: JSON.stringify({ page, perPage: PER_PAGE }),
      });
      const text = await reply.body.text();
      const before = performance.now();
      JSON.parse(text);
      parse += performance.now() - before;
      bytes += Buffer.byteLength(text);
    }
  return { parse, all: performance.now() - started, bytes };
}

interface Ground {
  env: Record<string, string>;
  ask(sql: string): Promise<string>;
  stop(): Promise<void>;
}

async function ground(kind: string, folder: string): Promise<Ground> {
  const headersOf = (password: string) => ({ 'X-ClickHouse-User': 'default', 'X-ClickHouse-Key': password });
  const of = (url: string, password: string, stop: () => Promise<void>): Ground => ({
    env: { CLICKHOUSE_URL: url, CLICKHOUSE_USER: 'default', CLICKHOUSE_PASSWORD: password },
    ask: async (sql) => (await fetch(url, { method: 'POST', body: sql, headers: headersOf(password) })).text(),
    stop,
  });
  if (kind === 'sandbox') {
    const { url, password, stop } = await startServer(folder);
    return of(url, password, stop);
  }
  const { server, reason } = await startOldServer();
  if (server === undefined) throw new Error(reason);
  return of(server.url, '', () => server.stop());
}

async function round(where: Ground, folder: string, count: number): Promise<void> {
  const child = fork(fileURLToPath(import.meta.url), ['--api', String(count)], { execArgv: process.execArgv });
  try {
    const port = await new Promise<number>((done) => child.once('message', (said) => done(Number(said))));
    const url = `http://127.0.0.1:${port}`;
    const database = `bench_${count}`;
    const env = {
      PATH: process.env.PATH,
      HOME: folder,
      ...where.env,
      CLICKHOUSE_DATABASE: database,
      QTICKETS_TOKEN: 'nobody-has-this-token',
      QTICKETS_BASE_URL: url,
      QTICKETS_SINCE_HOURS: String(HOURS),
    };
    await where.ask(`CREATE DATABASE ${database}`);
    for (const name of ['CLIENTS', 'PRICE_SHADES', 'DISCOUNTS', 'PROMO_CODES', 'BARCODES'])
      Object.assign(env, { [`QTICKETS_SKIP_${name}`]: 'true' });
    const load = spawn(process.execPath, [CLI, 'load', 'qtickets', '--create', '--json', '--quiet'], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    load.stdout.setEncoding('utf8').on('data', (more: string) => {
      text += more;
    });
    const { code, own, below } = await watched(load);
    const { ingestion } = JSON.parse(text.slice(text.indexOf('{')));
    if (code !== 0) throw new Error(`exit code ${code}: ${JSON.stringify(ingestion.error)}`);
    const stored = (await where.ask(`SELECT count() FROM ${database}.stg_qtickets_api_orders_raw`)).trim();
    const parsed = await parseAll(url, count);
    await where.ask(`DROP DATABASE ${database}`);
    const seconds = ingestion.duration_ms / 1000;
    console.log(
      `${count} orders: ${stored} rows stored, ${ingestion.api.requests} requests, load ${seconds.toFixed(1)} s, ${Math.round(count / seconds)} orders/s; ` +
        `peak of chwitness ${(own / 1024).toFixed(0)} MiB${below === 0 ? '' : `, of the throwaway engine below it ${(below / 1024).toFixed(0)} MiB`}`,
    );
    console.log(
      `${count} orders: JSON.parse of the same answers (${(parsed.bytes / 1e6).toFixed(0)} MB) ${(parsed.parse / 1000).toFixed(1)} s, ` +
        `fetching and parsing them one by one ${(parsed.all / 1000).toFixed(1)} s: the load takes ${(ingestion.duration_ms / parsed.parse).toFixed(1)} times the parsing, ${(ingestion.duration_ms / parsed.all).toFixed(2)} times the fetching`,
    );
  } finally {
    child.disconnect();
  }
}

async function main(argv: readonly string[]): Promise<void> {
  const kind = argv.includes('sandbox') ? 'sandbox' : 'server';
  const counts = argv.map(Number).filter((count) => count > 0);
  const folder = await mkdtemp(join(tmpdir(), 'chwitness-bench-'));
  const where = await ground(kind, folder);
  try {
    for (const count of counts.length === 0 ? [5000, 500_000] : counts) await round(where, folder, count);
  } finally {
    await where.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

if (process.argv[2] === '--api') api(Number(process.argv[3]));
else await main(process.argv.slice(2));
