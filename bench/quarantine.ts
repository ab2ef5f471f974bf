/**
 * What quarantine costs: 1 000 000 rows with 137 bad ones of nine kinds against the same rows all good, in turns, on a real old server and
 * on the embedded engine. Checks that the reject file holds exactly the planted rows with their numbers, columns and reasons.
 *   npm run build && npx tsx bench/quarantine.ts [rows] [rounds]
 * Needs clickhouse-server (apt-get install clickhouse-server); makes everything in a temporary folder.
 */
import { spawn } from 'node:child_process';
import { createWriteStream, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../src/kernel/package.ts';
import { startOldServer } from '../test/helpers/old-server.ts';

const ROWS = Number(process.argv[2] ?? 1_000_000);
const ROUNDS = Number(process.argv[3] ?? 3);
const BAD = 137;

const DDL = `CREATE TABLE default.bench_rows (id UInt64, name String, amount Decimal(10, 2), qty Int32, at DateTime, day Date,
  status Enum8('new' = 1, 'paid' = 2), tags Array(UInt32), code FixedString(3), note String) ENGINE = MergeTree ORDER BY id`;

/** Nine kinds: how each spoils a row, and what must be said of it. */
const KINDS: [(row: string) => string, string | undefined, string[]][] = [
  [(row) => row.slice(0, -30), undefined, ['row_truncated']],
  [(row) => row.replace(/"qty":\d+/, '"qty":"a few"'), 'qty', ['value_not_parsable_for_type']],
  [(row) => row.replace(/"qty":\d+/, '"qty":4294967297'), 'qty', ['integer_overflow_silent']],
  [(row) => row.replace(/"day":"[^"]+"/, '"day":"2025-02-30"'), 'day', ['datetime_overflow_wraps']],
  [
    (row) => row.replace(/"qty":\d+/, '"qty":null'),
    'qty',
    ['null_or_nan_replaced_by_default', 'null_into_non_nullable'],
  ],
  [(row) => row.replace('"paid"', '"gone"'), 'status', ['enum_value_unknown']],
  [(row) => row.replace('[1,2]', '"1,2"'), 'tags', ['array_literal_syntax']],
  [(row) => row.replace('"abc"', '"abcd"'), 'code', ['string_too_long_for_fixedstring']],
  [(row) => row.replace('"note"', '"notes"'), 'notes', ['unknown_field_in_input']],
];

const goodRow = (id: number): string =>
  `{"id":${id},"name":"customer ${id % 9973}","amount":${(id % 100_000) / 100},"qty":${id % 1000},"at":"2025-10-${String(1 + (id % 28)).padStart(2, '0')} 12:00:00","day":"2025-10-29","status":"paid","tags":[1,2],"code":"abc","note":"lorem ipsum dolor sit amet"}`;

/** Row number (1-based) → kind. Spread over the file, two of them side by side. */
const planted = new Map<number, number>();
for (let at = 0; at < BAD; at += 1)
  planted.set(at === 1 ? 102 : 101 + Math.floor((at * (ROWS - 200)) / BAD), at % KINDS.length);

async function write(path: string, bad: boolean): Promise<number> {
  const file = createWriteStream(path);
  let bytes = 0;
  for (let from = 1; from <= ROWS; from += 10_000) {
    let block = '';
    for (let row = from; row < from + 10_000 && row <= ROWS; row += 1) {
      const kind = bad ? planted.get(row) : undefined;
      block += `${kind === undefined ? goodRow(row) : KINDS[kind]?.[0](goodRow(row))}\n`;
    }
    bytes += block.length;
    if (!file.write(block)) await new Promise<void>((done) => file.once('drain', () => done()));
  }
  await new Promise<void>((done) => file.end(() => done()));
  return bytes;
}

interface Ran {
  wall: number;
  load: number;
  written: number;
  rejected: number;
  peak: number;
}

async function chwitness(folder: string, args: readonly string[]): Promise<Ran> {
  const started = performance.now();
  const cli = join(packageRoot, 'dist', 'src', 'cli.js');
  const child = spawn(process.execPath, [cli, 'load', ...args, '--only', 'row-counts', '--json', '--quiet'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH, HOME: folder },
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (more: string) => {
    text += more;
  });
  let peak = 0;
  const timer = setInterval(() => {
    try {
      peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0));
    } catch {}
  }, 100);
  const code = await new Promise((done) => child.once('close', done));
  clearInterval(timer);
  const { ingestion } = JSON.parse(text);
  if (code !== 0) throw new Error(`exit code ${code}: ${JSON.stringify(ingestion.error ?? text.slice(0, 2000))}`);
  return {
    wall: performance.now() - started,
    load: ingestion.duration_ms,
    written: ingestion.rows_written,
    rejected: ingestion.rejection?.rows ?? 0,
    peak: peak / 1024,
  };
}

function judge(path: string): string {
  const about: { row: number; column?: string; reason: string }[] = readFileSync(`${path}.reasons.jsonl`, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const rows = readFileSync(path, 'utf8').trimEnd().split('\n');
  const wrong = about.filter(({ row, column, reason }, at) => {
    const [spoil, where, reasons] = KINDS[planted.get(row) ?? -1] ?? [];
    return !spoil || rows[at] !== spoil(goodRow(row)) || column !== where || !reasons?.includes(reason);
  });
  const found = new Set(about.map(({ row }) => row));
  const missed = [...planted.keys()].filter((row) => !found.has(row));
  if (wrong.length > 0) console.log('wrong:', wrong.slice(0, 5));
  if (missed.length > 0) console.log('missed:', missed.slice(0, 5));
  return `${about.length} rows in the reject file, ${wrong.length} of them wrong, ${missed.length} planted rows missing`;
}

const folder = await mkdtemp(join(tmpdir(), 'chwitness-bench-'));
const { server, reason } = await startOldServer();
try {
  if (server === undefined) console.log(`no server: ${reason}`);
  const bytes = await write(join(folder, 'clean.ndjson'), false);
  await write(join(folder, 'bad.ndjson'), true);
  console.log(`${ROWS} rows, ${(bytes / 1e6).toFixed(0)} MB, ${planted.size} bad of ${KINDS.length} kinds`);
  const embedded = join(folder, 'engine');
  const places: [string, string[]][] = [
    ...(server === undefined ? [] : [['server 18.16', ['--url', server.url]] as [string, string[]]]),
    ['embedded engine', ['--embedded', embedded]],
  ];
  await rm(join(folder, 'sql'), { recursive: true, force: true });
  for (const [name, target] of places) {
    if (server !== undefined && name.startsWith('server')) await fetch(server.url, { method: 'POST', body: DDL });
    else await makeEmbedded(embedded);
    const clean: Ran[] = [];
    const kept: Ran[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const rejects = join(folder, `rejects-${name.replaceAll(' ', '-')}-${round}.ndjson`);
      const common = ['--table', 'default.bench_rows', ...target];
      clean.push(await chwitness(folder, ['clean.ndjson', ...common]));
      kept.push(
        await chwitness(folder, ['bad.ndjson', ...common, '--on-error', 'quarantine', '--reject-file', rejects]),
      );
      if (round === 0) console.log(`${name}: ${judge(rejects)}`);
    }
    const best = (runs: readonly Ran[], of: 'load' | 'wall') => Math.min(...runs.map((run) => run[of]));
    for (const of of ['load', 'wall'] as const) {
      const [a, b] = [best(clean, of), best(kept, of)];
      console.log(
        `${name}, ${of}: clean ${(a / 1000).toFixed(2)} s, quarantine ${(b / 1000).toFixed(2)} s, ${(b / a).toFixed(2)} times`,
      );
    }
    const [first] = kept;
    console.log(
      `${name}: ${first?.written} stored, ${first?.rejected} rejected, peak of chwitness ${Math.max(...kept.map(({ peak }) => peak)).toFixed(0)} MiB (clean ${Math.max(...clean.map(({ peak }) => peak)).toFixed(0)} MiB)`,
    );
  }
} finally {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
}

async function makeEmbedded(dataDir: string): Promise<void> {
  const { startEmbedded } = await import('../src/engine/embedded/child.ts');
  const engine = await startEmbedded({ dataDir });
  const login = { 'X-ClickHouse-User': engine.user, 'X-ClickHouse-Key': engine.password };
  const answer = await fetch(engine.url, { method: 'POST', body: DDL, headers: login });
  if (!answer.ok) throw new Error(await answer.text());
  await engine.stop();
}
