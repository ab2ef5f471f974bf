/**
 * `chwitness load` beside `clickhouse-client < file` and `curl -T file`, on a real server that it starts and on the embedded
 * engine beside `INSERT … SELECT FROM file()`. Each round runs every contender once, in turn, into an emptied table; the
 * ratio is the median of the rounds' own ratios, so that what else the machine does meanwhile meets all of them.
 *   npm run build && npx tsx bench/load.ts [rows] [rounds] [server|embedded] [format,…]
 * chwitness runs as a user runs it (journal, hashes, tokens and checks on). Its load is the time from its first look at the
 * table to the last row's answer; start-up, checks and archive stand apart.
 */
import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { startEmbedded } from '../src/engine/embedded/child.ts';
import { startTargetServer } from '../test/helpers/target-server.ts';
import { type Loaded, loadByChwitness } from './load-run.ts';

const rows = Number(process.argv[2] ?? 1_000_000);
const rounds = Number(process.argv[3] ?? 5);
const FORMATS = { JSONEachRow: 'ndjson', CSV: 'csv', TabSeparated: 'tsv', Parquet: 'parquet' } as const;
type Format = keyof typeof FORMATS;
const places = process.argv[4] === undefined ? ['server', 'embedded'] : [process.argv[4]];
const formats = (process.argv[5]?.split(',') ?? Object.keys(FORMATS)) as Format[];

const TABLE = '(id UInt64, name String, amount Float64, note String, day Date) ENGINE = MergeTree ORDER BY id';
const ROWS = `SELECT number AS id, concat('customer ', toString(number % 9973)) AS name, toFloat64(number % 100000) / 100 AS amount,
 concat(repeat('lorem ipsum dolor sit amet ', 4), toString(number)) AS note, toDate('2024-01-01') + number % 300 AS day FROM numbers(${rows})`;

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const folder = await mkdtemp(join(tmpdir(), 'chwitness-bench-'));
const engine = await startEmbedded({ allowFiles: [folder] });
const askEngine = async (sql: string) => {
  const headers = { 'X-ClickHouse-User': engine.user, 'X-ClickHouse-Key': engine.password };
  const answer = await fetch(engine.url, { method: 'POST', body: sql, headers });
  if (!answer.ok) throw new Error(await answer.text());
  return answer;
};
const file = (format: Format) => join(folder, `rows.${FORMATS[format]}`);
for (const format of formats) {
  const { body } = await askEngine(`${ROWS} FORMAT ${format} SETTINGS output_format_json_quote_64bit_integers = 0`);
  if (body)
    await pipeline(Readable.fromWeb(body as import('node:stream/web').ReadableStream), createWriteStream(file(format)));
}

interface Contender {
  name: string;
  run(): Promise<Loaded>;
}

function timed(command: string, args: readonly string[], input?: string): Loaded {
  const started = performance.now();
  const line = input === undefined ? [command, args] : ['sh', ['-c', `exec "$0" "$@" < '${input}'`, command, ...args]];
  const { status, stderr } = spawnSync(line[0] as string, line[1] as string[], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command}: ${stderr}`);
  return { loadMs: performance.now() - started };
}

/** Runs the rounds; ratios are those of `of` to each of `to`. */
async function compare(contenders: readonly Contender[], empty: () => Promise<unknown>, count: () => Promise<number>) {
  const times = new Map<string, Loaded[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const at of contenders.keys()) {
      const contender = contenders[(at + round) % contenders.length];
      if (!contender) continue;
      await empty();
      const loaded = await contender.run();
      const stored = await count();
      if (stored !== rows) throw new Error(`${contender.name}: ${stored} rows of ${rows} stored`);
      // The first round warms caches up.
      if (round > 0) times.get(contender.name)?.push(loaded);
    }
  }
  return times;
}

function report(format: Format, place: string, times: Map<string, Loaded[]>, rivals: readonly string[]) {
  const bytes = statSync(file(format)).size;
  console.log(`\n${format}, ${rows} rows, ${(bytes / 1e6).toFixed(0)} MB, ${place}, median of ${rounds}`);
  for (const [name, loads] of times) {
    const ratios = rivals
      .filter((rival) => rival !== name)
      .map((rival) => {
        const ratio = median(loads.map(({ loadMs }, at) => loadMs / (times.get(rival)?.[at]?.loadMs ?? Number.NaN)));
        return `${ratio.toFixed(2)} of ${rival}`;
      });
    const apart =
      loads[0]?.restMs === undefined
        ? ''
        : `; checks, start-up and archive ${median(loads.map((load) => load.restMs ?? 0)).toFixed(0)} ms; ${Math.max(...loads.map((load) => load.rssMb ?? 0)).toFixed(0)} MB resident at most`;
    console.log(
      `  ${name.padEnd(42)} ${median(loads.map((load) => load.loadMs))
        .toFixed(0)
        .padStart(6)} ms  ${ratios.join(', ')}${apart}`,
    );
  }
}

/** On a connection of its own: one kept from before may be closed by the server just as it is used. */
function post(url: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method: 'POST', agent: false }, async (answer) => {
      let text = '';
      for await (const chunk of answer) text += chunk;
      if (answer.statusCode === 200) resolve(text);
      else reject(new Error(text));
    });
    asked.once('error', reject);
    asked.end(body);
  });
}

async function onServer(): Promise<void> {
  const server = await startTargetServer();
  try {
    const sql = (statement: string) => post(server.url, statement);
    await sql(`CREATE TABLE default.bench ${TABLE}`);
    // The old server reads no Parquet.
    for (const format of formats.filter((one) => one !== 'Parquet')) {
      const insert = `INSERT INTO default.bench FORMAT ${format}`;
      const query = encodeURIComponent(insert);
      const chwitness = (connections: number): Contender => ({
        name: `chwitness load, ${connections === 1 ? 'one connection' : `${connections} connections`}`,
        run: () =>
          loadByChwitness({ folder, file: file(format), format, table: 'default.bench', url: server.url, connections }),
      });
      const contenders: Contender[] = [
        {
          name: 'clickhouse-client < file',
          run: async () =>
            timed('clickhouse-client', ['--port', String(server.nativePort), '--query', insert], file(format)),
        },
        {
          name: 'curl -T file',
          run: async () => timed('curl', ['-sS', '--fail', '-T', file(format), `${server.url}/?query=${query}`]),
        },
        chwitness(1),
        chwitness(2),
      ];
      const times = await compare(
        contenders,
        () => sql('TRUNCATE TABLE default.bench'),
        async () => Number(await sql('SELECT count() FROM default.bench')),
      );
      report(format, 'clickhouse-server', times, ['clickhouse-client < file', 'curl -T file']);
    }
  } finally {
    await server.stop();
  }
}

async function onEmbedded(): Promise<void> {
  const child = fork(join(import.meta.dirname, 'file-child.ts'), [join(folder, 'beside')], {
    execArgv: process.execArgv,
  });
  const askChild = async (sql: string): Promise<string> => {
    child.send(sql);
    const [{ text, error }] = await once(child, 'message');
    if (error !== undefined) throw new Error(error);
    return text;
  };
  await askChild(`CREATE TABLE default.bench ${TABLE}`);
  await askEngine(`CREATE TABLE default.bench ${TABLE}`);
  try {
    for (const format of formats) {
      const insert = `INSERT INTO default.bench SELECT * FROM file('${file(format)}', '${format}', 'id UInt64, name String, amount Float64, note String, day Date')`;
      const contenders: Contender[] = [
        {
          name: 'INSERT … SELECT FROM file()',
          async run() {
            const started = performance.now();
            await askChild(insert);
            return { loadMs: performance.now() - started };
          },
        },
        {
          name: 'chwitness load',
          run: () =>
            loadByChwitness({
              folder,
              file: file(format),
              format,
              table: 'default.bench',
              url: engine.url,
              user: engine.user,
              password: engine.password,
              connections: 1,
            }),
        },
      ];
      const empty = async () => {
        await askChild('TRUNCATE TABLE default.bench');
        await (await askEngine('TRUNCATE TABLE default.bench')).text();
      };
      const counted = 'SELECT count() FROM default.bench FORMAT TabSeparated';
      // One of the two is empty.
      const count = async () => Number(await askChild(counted)) + Number(await (await askEngine(counted)).text());
      const times = await compare(contenders, empty, count);
      report(format, 'embedded engine', times, ['INSERT … SELECT FROM file()']);
    }
  } finally {
    child.kill();
  }
}

try {
  if (places.includes('server')) await onServer();
  if (places.includes('embedded')) await onEmbedded();
} finally {
  await engine.stop();
  await rm(folder, { recursive: true, force: true });
}
