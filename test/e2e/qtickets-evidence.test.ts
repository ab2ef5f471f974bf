import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleFile } from '../../src/commands/bundle.ts';
import { GROUNDS, type Ground } from '../campaign/scenes.ts';
import { openPlace, type Place, type Witnessed } from '../helpers/cli.ts';
import { CURL_IMAGE, type DockerBench, mustSkipDocker, openDockerBench } from '../helpers/docker.ts';
import { startContainerServer } from '../helpers/docker-server.ts';
import { type FixtureApi, startFixtureApi } from '../helpers/qtickets/fixture-api.ts';
import { event, order, seats } from '../helpers/qtickets/invent.ts';
import { mustSkipServer } from '../helpers/target-server.ts';

type Phase = 'before' | 'after';

/** A file that the incident's tasks made by hand: the file that stands for it in one archive, and what must be in it. */
interface Evidence {
  byHand: string;
  file: string;
  holds: Record<Phase, RegExp | undefined>;
  /** Check whose skip says why the file is not there; what it says. */
  without?: { check: string; reason: RegExp };
}

const both = (pattern: RegExp) => ({ before: pattern, after: pattern });

const HOST: Evidence = {
  byHand: 'http_check_host.txt',
  file: 'data/artifacts/PHASE/http-host/exchange.txt',
  holds: both(/> SELECT 1\n< HTTP 200\n[\s\S]*\n1\n/),
};
const TABLES: Evidence[] = [
  {
    byHand: 'manual_insert.log',
    file: 'data/facts/before/manual-insert.json',
    holds: { before: /stg_qtickets_api_orders_raw/, after: undefined },
  },
  {
    byHand: 'orders_check.txt',
    file: 'data/facts/PHASE/freshness.json',
    holds: { before: /stg_qtickets_api_orders_raw/, after: /stg_qtickets_api_orders_raw[\s\S]*sale_ts/ },
  },
  {
    byHand: 'inventory_check.txt',
    file: 'data/facts/PHASE/freshness.json',
    holds: both(/stg_qtickets_api_inventory_raw/),
  },
  {
    byHand: 'the counts of both',
    file: 'data/facts/PHASE/row-counts.json',
    holds: both(/stg_qtickets_api_inventory_raw/),
  },
  {
    byHand: 'meta_job_runs.txt',
    file: 'data/facts/PHASE/job-runs.json',
    holds: { before: /meta_job_runs/, after: /"status": ?"ok"/ },
  },
  {
    byHand: 'qtickets_run.log: what was asked of the API',
    file: 'data/requests.jsonl',
    holds: { before: undefined, after: /"verb":"GET","path":"\/orders"/ },
  },
  {
    byHand: 'qtickets_run.log: what was sent to ClickHouse',
    file: 'data/batches.jsonl',
    holds: { before: undefined, after: /"state":"acknowledged"/ },
  },
  { byHand: 'the report', file: 'report.md', holds: { before: undefined, after: /qtickets\\?_api/ } },
];
const QUERY_LOG: Evidence = {
  byHand: 'clickhouse_query_log.txt',
  file: 'data/artifacts/PHASE/query-log/query_log.jsonl',
  holds: { before: /./, after: /INSERT INTO/ },
};

const now = Math.floor(Date.now() / 1000);
const openApi = () =>
  startFixtureApi({
    data: {
      events: [event(77, now + 86_400)],
      orders: [1, 2, 3].map((id) => order(id, now - 600 * id)),
      seats: new Map([['771', seats([{ max: 9, free: 4 }])]]),
    },
  });

const envFile = (api: FixtureApi, url: string, user: string, password: string) =>
  [
    'QTICKETS_TOKEN=fixture-token',
    `QTICKETS_BASE_URL=${api.url}`,
    'QTICKETS_SINCE_HOURS=24',
    'ORG_NAME=demo',
    `CLICKHOUSE_HOST=${new URL(url).hostname}`,
    `CLICKHOUSE_PORT=${new URL(url).port}`,
    'CLICKHOUSE_DB=zakaz',
    `CLICKHOUSE_USER=${user}`,
    `CLICKHOUSE_PASSWORD=${password}`,
    'TZ=Europe/Moscow',
    'REPORT_TZ=Europe/Moscow',
    'JOB_NAME=qtickets_api',
    'DRY_RUN=false',
    '',
  ].join('\n');

/** Looks each file up in the archive, before and after, with its content; or the sentence that says why it is not there. */
async function found(loaded: Witnessed, table: readonly Evidence[]): Promise<string[]> {
  const archive = loaded.archives[0] ?? '';
  const files = new Set(loaded.run?.files.map(({ path }) => path));
  const wrong: string[] = [];
  const report = (await text(Readable.from(bundleFile(archive, 'report.md')))).replaceAll('\\', '');
  for (const { byHand, file, holds, without } of table)
    for (const phase of ['before', 'after'] as const) {
      const pattern = holds[phase];
      if (pattern === undefined) continue;
      const path = file.replace('PHASE', phase);
      if (without) {
        const check = loaded.run?.checks.find((one) => one.phase === phase && one.id === without.check);
        if (check?.status !== 'skip' || !without.reason.test(check.message))
          wrong.push(`${byHand} ${phase}: ${without.check} is ${check?.status}: ${check?.message}`);
        continue;
      }
      if (!files.has(path) && path !== 'report.md') wrong.push(`${byHand} ${phase}: no ${path}`);
      else if (!pattern.test(await text(Readable.from(bundleFile(archive, path)))))
        wrong.push(`${byHand} ${phase}: ${path} does not hold ${pattern}`);
      else if (path !== 'report.md' && !report.includes(path)) wrong.push(`the report does not list ${path}`);
    }
  return wrong;
}

describe('one load from the API into the sandbox', () => {
  let ground: Ground;
  let api: FixtureApi;
  let place: Place;
  afterAll(async () => {
    await place?.close();
    await api?.close();
    await ground?.close();
  });

  test('leaves every file that was made by hand in one archive; what only a real server has is named with the reason', async () => {
    ground = await GROUNDS.embedded();
    api = await openApi();
    place = await openPlace();
    const { CLICKHOUSE_URL = '', CLICKHOUSE_USER = '', CLICKHOUSE_PASSWORD = '' } = ground.env;
    place.file('q.env', envFile(api, CLICKHOUSE_URL, CLICKHOUSE_USER, CLICKHOUSE_PASSWORD));
    const loaded = await place.run(['load', 'qtickets', '--env-file', 'q.env', '--create'], { timeoutMs: 110_000 });
    expect(loaded.code, loaded.stdout + loaded.stderr).toBe(0);
    const docker: Evidence = {
      byHand: 'http_check_docker.txt',
      file: '',
      holds: both(/./),
      without: { check: 'http-docker', reason: /nothing names a Docker network or container/ },
    };
    const log: Evidence = {
      byHand: 'clickhouse-server.log, clickhouse-server.err.log',
      file: '',
      holds: both(/./),
      without: { check: 'server-log', reason: /nothing names the log of the server/ },
    };
    const textLog: Evidence = {
      byHand: 'clickhouse_text_log.txt',
      file: 'data/artifacts/PHASE/text-log/text_log.jsonl',
      holds: both(/"level"/),
    };
    expect(await found(loaded, [HOST, docker, log, textLog, QUERY_LOG, ...TABLES])).toEqual([]);
  });
});

/** Another test file may hold Docker for minutes. */
const PATIENCE = 400_000;

describe.skipIf(mustSkipDocker() || mustSkipServer())(
  'one load from the API into a real server in the container ch-zakaz',
  () => {
    let bench: DockerBench;
    let api: FixtureApi;
    let place: Place;
    let loaded: Witnessed;
    beforeAll(async () => {
      bench = await openDockerBench();
      bench.network('clickhouse_default');
      const server = await startContainerServer(bench, { name: 'ch-zakaz', network: 'clickhouse_default' });
      api = await openApi();
      place = await openPlace();
      place.file('q.env', envFile(api, server.url, 'guarded', 'old-server-pw'));
      place.file(
        'chwitness.yaml',
        `checks:\n  http-docker: { options: { network: clickhouse_default, image: "${CURL_IMAGE}" } }\n`,
      );
      loaded = await place.run(['load', 'qtickets', '--env-file', 'q.env', '--create'], { timeoutMs: 110_000 });
      server.close();
    }, PATIENCE);
    afterAll(async () => {
      await place?.close();
      await api?.close();
      bench?.close();
    });

    test('leaves every file that was made by hand in one archive; text_log, which this server has not, is named with the reason', async () => {
      expect(loaded.code, loaded.stdout + loaded.stderr).toBe(0);
      const docker: Evidence = {
        byHand: 'http_check_docker.txt',
        file: 'data/artifacts/PHASE/http-docker/exchange.txt',
        holds: both(/> POST SELECT 1\n< HTTP 200\n1\n/),
      };
      const logs: Evidence[] = ['clickhouse-server.log', 'clickhouse-server.err.log'].map((name) => ({
        byHand: name,
        file: `data/artifacts/PHASE/server-log/${name}`,
        holds: name.includes('err') ? both(/^/) : both(/executeQuery/),
      }));
      const textLog: Evidence = {
        byHand: 'clickhouse_text_log.txt',
        file: '',
        holds: both(/./),
        without: { check: 'text-log', reason: /system\.text_log does not exist on this server/ },
      };
      expect(await found(loaded, [HOST, docker, ...logs, textLog, QUERY_LOG, ...TABLES])).toEqual([]);
    });
  },
);
