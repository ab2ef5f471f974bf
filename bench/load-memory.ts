/**
 * Memory of `chwitness load` while NDJSON from standard input goes over HTTP into a real server: peak resident size of the
 * chwitness process alone, from /proc (Linux).
 *   npm run build && CLICKHOUSE_URL=http://127.0.0.1:8123 npx tsx bench/load-memory.ts [GB]
 * Makes and drops the table `default.chwitness_bench`.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../src/kernel/package.ts';

const url = process.env.CLICKHOUSE_URL;
if (!url) throw new Error('name a server with CLICKHOUSE_URL');
const total = Number(process.argv[2] ?? 2) * 1e9;
const ask = async (sql: string) => (await fetch(url, { method: 'POST', body: sql })).text();
await ask('DROP TABLE IF EXISTS default.chwitness_bench');
await ask(
  'CREATE TABLE default.chwitness_bench (id UInt64, name String, amount Float64, note String) ENGINE = MergeTree ORDER BY id',
);

const folder = await mkdtemp(join(tmpdir(), 'chwitness-bench-'));
const child = spawn(
  process.execPath,
  [
    join(packageRoot, 'dist', 'src', 'cli.js'),
    'load',
    '-',
    '--table',
    'default.chwitness_bench',
    '--format',
    'JSONEachRow',
    '--quiet',
  ],
  {
    cwd: folder,
    stdio: ['pipe', 'ignore', 'inherit'],
  },
);
let peak = 0;
const timer = setInterval(() => {
  try {
    peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0));
  } catch {}
}, 100);
const started = performance.now();
const exited = new Promise<number | null>((done) => child.once('exit', done));
let rows = 0;
let bytes = 0;
while (bytes < total && child.exitCode === null) {
  let block = '';
  for (let i = 0; i < 5000; i += 1, rows += 1)
    block += `{"id":${rows},"name":"customer ${rows % 9973}","amount":${(rows % 100_000) / 100},"note":"${'lorem ipsum dolor sit amet '.repeat(6)}${rows}"}\n`;
  bytes += block.length;
  if (!child.stdin.write(block)) await new Promise((done) => child.stdin.once('drain', done));
}
child.stdin.end();
const code = await exited;
clearInterval(timer);
const seconds = (performance.now() - started) / 1000;
const stored = (await ask('SELECT count() FROM default.chwitness_bench')).trim();
await ask('DROP TABLE IF EXISTS default.chwitness_bench');
await rm(folder, { recursive: true, force: true });
console.log(
  `${(bytes / 1e9).toFixed(2)} GB, ${rows} rows sent, ${stored} stored, exit code ${code}, ${seconds.toFixed(1)} s`,
);
console.log(`peak resident size of chwitness: ${(peak / 1024).toFixed(0)} MiB`);
