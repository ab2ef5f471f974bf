import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type EmbeddedEngine, startEmbedded } from '../../src/engine/embedded/child.ts';
import { packageRoot } from '../../src/kernel/package.ts';
import { archiveFile } from '../helpers/archive-file.ts';
import { openPlace, type Place } from '../helpers/cli.ts';

/** Connects, asks for the structure, fails in the client with a bare number, three times; its exit code says nothing of it. */
const LOADER = readFileSync(join(packageRoot, 'test', 'fixtures', 'swallowing-loader.mjs'), 'utf8');

let engine: EmbeddedEngine;
let place: Place;

describe('a loader that swallows an exception of its client', () => {
  beforeAll(async () => {
    engine = await startEmbedded({ password: 'of-the-sandbox-1' });
    place = await openPlace();
    place.file('loader.mjs', LOADER);
    const headers = { 'X-ClickHouse-User': engine.user, 'X-ClickHouse-Key': engine.password };
    for (const sql of [
      'CREATE DATABASE zakaz',
      'CREATE TABLE zakaz.orders (id UInt64) ENGINE = MergeTree ORDER BY id',
      'CREATE TABLE zakaz.meta_job_runs (job String, status String, started_at DateTime, finished_at DateTime, rows_processed UInt64, message String) ENGINE = MergeTree ORDER BY job',
      'CREATE TABLE zakaz.stg_inventory_raw (snapshot_ts DateTime, event_id String) ENGINE = MergeTree ORDER BY snapshot_ts',
    ])
      expect(await (await fetch(engine.url, { method: 'POST', body: sql, headers })).text()).toBe('');
  });
  afterAll(async () => {
    await place?.close();
    await engine?.stop();
  });

  test('leaves its log, the control and its reads without an INSERT', async () => {
    place.file(
      '.env.api',
      `CLICKHOUSE_URL=${engine.url}\nCLICKHOUSE_USER=${engine.user}\nCLICKHOUSE_PASSWORD=${engine.password}\n`,
    );
    const checks = ['row-counts', 'query-log', 'command-outcome', 'command-statements'].flatMap((id) => ['--only', id]);
    const words = [process.execPath, 'loader.mjs', '--env-file', '.env.api'];
    const ended = await place.run([
      'run',
      '--job',
      'api',
      '--table',
      'zakaz.stg_inventory_raw',
      ...checks,
      '--',
      ...words,
    ]);
    // The target is the one of the command's own env-file.
    expect(ended.run?.run.target.url).toBe(engine.url);
    expect({ code: ended.code, origin: ended.run?.run.exit_code_origin }, ended.stderr).toEqual({
      code: 1,
      origin: 'chwitness',
    });
    const [archive = ''] = ended.archives;
    const log = (await archiveFile(archive, 'data/artifacts/command/stdout.log')).toString();
    expect(log.match(/ERROR Unexpected ClickHouse error: 1$/gm)).toHaveLength(3);
    expect(log).toMatch(/^\[api\] Failed to write to ClickHouse: 1 \| metrics=/m);
    const { facts } = JSON.parse((await archiveFile(archive, 'data/facts/after/command-statements.json')).toString());
    expect(facts.writers.control).toMatchObject({ covers: 'window', query_log: { outcome: 'seen' } });
    const kinds = facts.writers.groups.map(
      ({ kind, finished }: { kind: string; finished: number }) => `${finished} ${kind}`,
    );
    expect(kinds).toEqual(['3 DESCRIBE']);
    expect(ended.stderr).toContain('exit code 0, and nothing was written');
    expect(ended.stderr).toContain('no INSERT into zakaz.stg_inventory_raw reached');
  });

  const insert = (rows: number) =>
    `seq 1 ${rows} | curl -sS -u "$CLICKHOUSE_USER:$CLICKHOUSE_PASSWORD" "$CLICKHOUSE_URL/?query=INSERT+INTO+zakaz.orders+FORMAT+TSV" --data-binary @-`;
  const RECORDED = 'checks: { job-runs: { options: { table: zakaz.meta_job_runs, job: api } } }\n';

  test.each([
    [
      'fewer rows are stored than its log claims',
      `${insert(5)}; echo 'inserted 10 rows into zakaz.orders'`,
      'command-outcome',
    ],
    ['an exception stands in its log', `${insert(5)}; echo 'loader ERROR Unexpected error: 1'`, 'command-outcome'],
    [
      'its row in the table of job runs is missing',
      `${insert(5)}; echo 'inserted 5 rows into zakaz.orders'`,
      'job-runs',
    ],
  ])('exit code 0 is none where %s', async (_, script, check) => {
    place.file('chwitness.yaml', RECORDED);
    const checks = ['row-counts', 'job-runs', 'command-outcome', 'command-statements'];
    const only = checks.filter((id) => id !== 'job-runs' || check === id).flatMap((id) => ['--only', id]);
    const env = { CLICKHOUSE_URL: engine.url, CLICKHOUSE_USER: engine.user, CLICKHOUSE_PASSWORD: engine.password };
    // No table is named: it stands in the statements of the window and in the log.
    const ended = await place.run(['run', '--job', 'api', ...only, '--', 'sh', '-c', script], { env });
    expect({ code: ended.code, origin: ended.run?.run.exit_code_origin }, ended.stderr).toEqual({
      code: 1,
      origin: 'chwitness',
    });
    const failed = ended.run?.checks.filter(({ status }) => status === 'fail').map(({ id }) => id);
    expect(failed, ended.stderr).toEqual([check]);
  });
});
