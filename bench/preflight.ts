/**
 * `chwitness preflight` with all its checks, as a whole process: against a local ClickHouse 18.16, against a sandbox, and beside
 * `chwitness --version` in turn, so that what the process itself costs can be told.
 *   npm run build && npx tsx bench/preflight.ts [runs]
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbedded } from '../src/engine/embedded/child.ts';
import { packageRoot } from '../src/kernel/package.ts';
import { startOldServer } from '../test/helpers/old-server.ts';

const runs = Number(process.argv[2] ?? 11);
const cli = join(packageRoot, 'dist', 'src', 'cli.js');
const folder = mkdtempSync(join(tmpdir(), 'chwitness-bench-'));
const TABLES = [
  'CREATE DATABASE shop',
  'CREATE TABLE shop.orders (id UInt64, day Date, at DateTime, name String) ENGINE = MergeTree PARTITION BY day ORDER BY id',
  'CREATE TABLE shop.prices (id UInt64, at DateTime, v UInt64) ENGINE = ReplacingMergeTree(v) ORDER BY id',
];

interface Place {
  url: string;
  user: string;
  password: string;
}

async function furnish({ url, user, password }: Place): Promise<void> {
  for (const body of TABLES) {
    const headers = { 'X-ClickHouse-User': user, 'X-ClickHouse-Key': password };
    const answer = await fetch(url, { method: 'POST', body, headers });
    if (!answer.ok) throw new Error(await answer.text());
  }
}

function time(args: readonly string[], password = ''): number {
  const started = performance.now();
  const env = { PATH: process.env.PATH ?? '', HOME: folder, CLICKHOUSE_PASSWORD: password };
  const { status, stderr } = spawnSync(process.execPath, [cli, ...args], { cwd: folder, env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`chwitness ${args.join(' ')} ended with ${status}: ${stderr}`);
  return performance.now() - started;
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

async function measure(name: string, place: Place): Promise<void> {
  await furnish(place);
  const args = ['preflight', '--quiet', '--table', 'shop.orders', '--table', 'shop.prices', '--url', place.url];
  const pairs = Array.from({ length: runs + 1 }, () => ({
    whole: time([...args, '--user', place.user], place.password),
    alone: time(['--version']),
  })).slice(1);
  const whole = pairs.map((pair) => pair.whole);
  console.log(
    `${name}  preflight median ${median(whole).toFixed(0)} ms, slowest ${Math.max(...whole).toFixed(0)} ms of ${runs}; ` +
      `chwitness --version median ${median(pairs.map((pair) => pair.alone)).toFixed(0)} ms`,
  );
}

const { server, reason } = await startOldServer();
try {
  if (server) await measure('ClickHouse 18.16', { url: server.url, user: 'default', password: '' });
  else console.log(reason);
} finally {
  await server?.stop();
}
const sandbox = await startEmbedded();
try {
  await measure('sandbox         ', sandbox);
} finally {
  await sandbox.stop();
  rmSync(folder, { recursive: true, force: true });
}
