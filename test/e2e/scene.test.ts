import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleFile } from '../../src/commands/bundle.ts';
import { openPlace, type Place, type Witnessed } from '../helpers/cli.ts';
import { CURL_IMAGE, type DockerBench, mustSkipDocker, openDockerBench } from '../helpers/docker.ts';
import { type ContainerServer, startContainerServer } from '../helpers/docker-server.ts';
import { mustSkipServer } from '../helpers/target-server.ts';

const PASSWORD = 'old-server-pw';
const ORDERS = Array.from(
  { length: 10 },
  (_, n) => `{"event_id":"e${n}","sale_ts":"2025-10-29 1${n}:00:00","amount":${n}}`,
);
const TABLES = [
  'CREATE DATABASE zakaz',
  'CREATE TABLE zakaz.stg_qtickets_api_orders_raw (event_id String, sale_ts DateTime, amount UInt32) ENGINE = MergeTree ORDER BY (event_id, sale_ts)',
  'CREATE TABLE zakaz.stg_qtickets_api_inventory_raw (snapshot_ts DateTime, event_id String) ENGINE = MergeTree ORDER BY event_id',
  'CREATE TABLE zakaz.meta_job_runs (job String, status String, started_at DateTime, finished_at DateTime, rows_processed UInt64, message String) ENGINE = MergeTree ORDER BY started_at',
]; // biome-ignore format: a table a line

/** Another test file may hold Docker for minutes. */
const PATIENCE = 400_000;

const skipped = mustSkipDocker() || mustSkipServer();

describe.skipIf(skipped)('a server in the container ch-zakaz, a loader in the network clickhouse_default', () => {
  let bench: DockerBench;
  let server: ContainerServer;
  let place: Place;
  let loaded: Witnessed;

  beforeAll(async () => {
    bench = await openDockerBench();
    bench.network('clickhouse_default');
    server = await startContainerServer(bench, { name: 'ch-zakaz', network: 'clickhouse_default' });
    for (const statement of TABLES) await server.sql(statement);
    // What happened before this run is in the same logs, and none of its business.
    await server.sql('SELECT nothing FROM nowhere').catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    place = await openPlace();
    place.file(
      'chwitness.yaml',
      [
        `target: { url: "${server.url}", user: guarded, database: zakaz }`,
        'job: qtickets_api',
        'job_runs: { table: meta_job_runs, job: qtickets_api }',
        'checks:',
        `  http-docker: { options: { network: clickhouse_default, image: "${CURL_IMAGE}" } }`,
        '  freshness: { options: { columns: { zakaz.stg_qtickets_api_inventory_raw: snapshot_ts } } }',
        '',
      ].join('\n'),
    );
    place.file('orders.ndjson', `${ORDERS.join('\n')}\n`);
    loaded = await place.run(['load', 'orders.ndjson', '--table', 'stg_qtickets_api_orders_raw'], {
      env: { CLICKHOUSE_PASSWORD: PASSWORD },
    });
  }, PATIENCE);
  afterAll(async () => {
    await place?.close();
    server?.close();
    bench?.close();
  });

  const kept = (path: string) => text(Readable.from(bundleFile(loaded.archives[0] ?? '', path)));
  const said = (phase: string, id: string) => {
    const found = loaded.run?.checks.find((one) => one.phase === phase && one.id === id);
    return `${found?.status}: ${found?.message} | ${found?.because.map((line) => line.text).join(' | ')}`;
  };

  test('one load leaves every piece of evidence, before and after, and the report lists it', async () => {
    expect(loaded.code).toBe(0);
    const wanted = [
      'artifacts/PHASE/http-host/exchange.txt',
      'artifacts/PHASE/http-docker/exchange.txt',
      'artifacts/PHASE/server-log/clickhouse-server.log',
      'artifacts/PHASE/server-log/clickhouse-server.err.log',
      'artifacts/PHASE/query-log/query_log.jsonl',
      'facts/PHASE/text-log.json',
      'facts/PHASE/row-counts.json',
      'facts/PHASE/freshness.json',
      'facts/PHASE/job-runs.json',
    ].flatMap((path) => ['before', 'after'].map((phase) => `data/${path.replace('PHASE', phase)}`));
    const files = loaded.run?.files.map(({ path }) => path) ?? [];
    for (const path of wanted) expect(files).toContain(path);
    const report = await kept('report.md');
    const page = await kept('report.html');
    for (const path of wanted) {
      expect(report.replaceAll('\\', '')).toContain(path);
      expect(page).toContain(path);
    }
  });

  test('the answer of the host and of Docker stand side by side', async () => {
    expect(await kept('data/artifacts/before/http-host/exchange.txt')).toMatch(/> SELECT 1\n< HTTP 200\n[\s\S]*\n1\n/);
    expect(await kept('data/artifacts/after/http-docker/exchange.txt')).toMatch(/> POST SELECT 1\n< HTTP 200\n1\n/);
    expect(said('after', 'http-docker')).toMatch(
      /from the network clickhouse_default, with curl: works, http:\/\/ch-zakaz:8123/,
    );
  });

  test('orders arrived, inventory is empty, the job wrote no run, and text_log is said to be missing', () => {
    expect(said('after', 'row-counts')).toMatch(/^pass: .*orders_raw: 10 rows sent and stored/);
    expect(said('after', 'freshness')).toMatch(/orders_raw\.sale_ts: newest 2025-10-29 .*inventory_raw is empty/);
    expect(said('after', 'job-runs')).toMatch(/meta_job_runs is empty/);
    expect(said('after', 'text-log')).toMatch(/^skip: .*system\.text_log does not exist on this server/);
    expect(said('after', 'query-log')).toMatch(/^pass: .*1 INSERT into the tables in question, 10 rows written/);
    expect(said('before', 'query-log')).toMatch(/^pass: \d+ rows of the log kept as it stands before the load/);
  });

  test('the server’s log is in UTC beside its own time, and the failure before the run is not this run’s', async () => {
    const log = await kept('data/artifacts/after/server-log/clickhouse-server.log');
    expect(log).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \| \d{4}\.\d\d\.\d\d /m);
    expect(log).toMatch(/\{chwitness-[^}]*-load-[^}]*\} <Debug> executeQuery: .*INSERT INTO/);
    expect(said('after', 'server-log')).toMatch(/^pass: .*none of them Error or worse \(finest level: Trace\)/);
    expect(said('after', 'server-log')).toMatch(/outside the window, not of this run/);
  });

  test('no password is anywhere in it', async () => {
    for (const { path } of loaded.run?.files ?? []) expect(await kept(path)).not.toContain(PASSWORD);
  });
});
