import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BUILT_CLI, ensureBuilt } from '../helpers/build.ts';
import { startCluster } from '../helpers/cluster.ts';
import { type CuttingProxy, startProxy } from '../helpers/cutting-proxy.ts';
import { freePort } from '../helpers/old-server.ts';
import { startTargetServer } from '../helpers/target-server.ts';

/** Where a load may be harmed, and what its table is. */
export interface Scene {
  name: string;
  /** Engine and what follows it of the table `t (id UInt32, p UInt8, note String)`. */
  engine: string;
  /** Options of the load. */
  options: readonly string[];
  /** Nothing may end as unknown. Elsewhere it may, and then nothing may be stored twice. */
  exact: boolean;
  /** Equal rows of one key are one row. */
  merges: boolean;
}

/** A running engine behind a proxy that cuts connections. */
export interface Ground {
  proxy: CuttingProxy;
  env: Readonly<Record<string, string>>;
  /** @throws with the server's text when it refuses */
  sql(statement: string): Promise<string>;
  /** Kills the engine and starts it again. */
  crash(): Promise<void>;
  close(): Promise<void>;
}

/** As long has a server run before anything is asked of its log, s. */
const OLD_ENOUGH_S = 4;

const PARTITIONED = 'PARTITION BY p ORDER BY id';

export const SCENES = {
  embedded: [
    {
      name: 'MergeTree with a deduplication window, embedded engine',
      engine: `MergeTree ${PARTITIONED} SETTINGS non_replicated_deduplication_window = 1000`,
      options: [],
      exact: true,
      merges: false,
    },
    {
      name: 'ReplacingMergeTree with a deduplication window, embedded engine',
      engine: `ReplacingMergeTree ${PARTITIONED} SETTINGS non_replicated_deduplication_window = 1000`,
      options: [],
      exact: true,
      merges: true,
    },
    {
      name: 'MergeTree with a window that has expired, embedded engine',
      engine: `MergeTree ${PARTITIONED} SETTINGS non_replicated_deduplication_window = 2`,
      options: [],
      exact: false,
      merges: false,
    },
  ],
  server: [
    {
      name: 'MergeTree staged with --atomic, 18.16',
      engine: `MergeTree ${PARTITIONED}`,
      options: ['--atomic'],
      exact: true,
      merges: false,
    },
    {
      name: 'MergeTree without any deduplication, 18.16',
      engine: `MergeTree ${PARTITIONED}`,
      options: [],
      exact: false,
      merges: false,
    },
    {
      name: 'ReplacingMergeTree staged with --atomic, 18.16',
      engine: `ReplacingMergeTree ${PARTITIONED}`,
      options: ['--atomic'],
      exact: true,
      merges: true,
    },
  ],
  replicated: [
    {
      name: 'ReplicatedMergeTree with ZooKeeper, 18.16',
      engine: `ReplicatedMergeTree('/campaign/{table}', '{replica}') ${PARTITIONED}`,
      options: [],
      // The second of two equal blocks is sent without deduplication: without an answer it is unknown.
      exact: false,
      merges: false,
    },
    {
      name: 'ReplicatedMergeTree with a window that has expired, 18.16',
      engine: `ReplicatedMergeTree('/campaign/{table}', '{replica}') ${PARTITIONED} SETTINGS replicated_deduplication_window = 2, cleanup_delay_period = 1`,
      options: [],
      exact: false,
      merges: false,
    },
  ],
} satisfies Record<string, Scene[]>;
export type GroundName = keyof typeof SCENES;

async function post(url: string, statement: string, headers: Record<string, string> = {}): Promise<string> {
  const answer = await fetch(url, { method: 'POST', body: statement, headers: { ...headers, connection: 'close' } });
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  return text;
}

/** The embedded engine as a user serves it, on data that outlive it. */
async function embedded(): Promise<Ground> {
  await ensureBuilt();
  const folder = mkdtempSync(join(tmpdir(), 'chwitness-campaign-'));
  const port = await freePort();
  const password = join(folder, 'password');
  writeFileSync(password, 'campaign\n', { mode: 0o600 });
  const headers = { 'X-ClickHouse-User': 'default', 'X-ClickHouse-Key': 'campaign' };
  const url = `http://127.0.0.1:${port}`;
  const start = () => {
    const args = [
      BUILT_CLI,
      'sandbox',
      '--port',
      String(port),
      '--data-dir',
      join(folder, 'data'),
      '--password-file',
      password,
    ];
    const child = spawn(process.execPath, args, {
      cwd: folder,
      stdio: 'ignore',
      env: { PATH: process.env.PATH, HOME: folder },
    });
    return { child, ended: new Promise<void>((done) => child.once('exit', () => done())) };
  };
  const answers = async () => {
    for (let attempt = 0; attempt < 300; attempt += 1) {
      const ok = await post(url, 'SELECT 1', headers).catch(() => undefined);
      if (ok !== undefined) return;
      await new Promise((done) => setTimeout(done, 100));
    }
    throw new Error('the embedded engine did not start');
  };
  let running = start();
  await answers();
  const kill = async () => {
    running.child.kill('SIGKILL');
    await running.ended;
  };
  const proxy = await startProxy(port);
  return {
    proxy,
    env: { CLICKHOUSE_URL: proxy.url, CLICKHOUSE_USER: 'default', CLICKHOUSE_PASSWORD: 'campaign' },
    sql: (statement) => post(url, statement, headers),
    async crash() {
      await kill();
      // Its child notices that its parent is gone, and lets go of the data.
      await new Promise((done) => setTimeout(done, 1500));
      running = start();
      await answers();
    },
    async close() {
      await proxy.close();
      await kill();
      await new Promise((done) => setTimeout(done, 1500));
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

async function server(): Promise<Ground> {
  const started = await startTargetServer();
  // Its log is believed of what came after its start for sure: several seconds, since it tells whole ones.
  while (Number(await post(started.url, 'SELECT uptime()')) < OLD_ENOUGH_S)
    await new Promise((done) => setTimeout(done, 250));
  const proxy = await startProxy(started.port);
  return {
    proxy,
    env: { CLICKHOUSE_URL: proxy.url },
    sql: (statement) => post(started.url, statement),
    crash: () => started.crash(),
    async close() {
      await proxy.close();
      await started.stop();
    },
  };
}

async function replicated(): Promise<Ground> {
  const { nodes, stop } = await startCluster({ zookeeper: true });
  const [node] = nodes;
  const proxy = await startProxy(node.port);
  return {
    proxy,
    env: { CLICKHOUSE_URL: proxy.url },
    sql: (statement) => post(node.url, statement),
    crash: () => node.crash(),
    async close() {
      await proxy.close();
      await stop();
    },
  };
}

export const GROUNDS: Record<GroundName, () => Promise<Ground>> = { embedded, server, replicated };
