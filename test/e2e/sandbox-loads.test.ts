import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunJson } from '../../src/model/run.ts';
import { openPlace, type Place, type Running } from '../helpers/cli.ts';

const weather = fileURLToPath(new URL('../../node_modules/vega-datasets/data/seattle-weather.csv', import.meta.url));
const CREATE = `CREATE TABLE shop.weather (date Date, precipitation Float64, temp_max Float64, temp_min Float64, wind Float64,
  weather LowCardinality(String), warm UInt8 MATERIALIZED temp_max > 20, source String DEFAULT 'csv') ENGINE = MergeTree ORDER BY date`;
const SUMMARY = `SELECT count(), sum(cityHash64(*)), sum(warm), countIf(source = 'csv'), min(date), max(date) FROM shop.weather`;

let place: Place;
let sandbox: { running: Running; url: string; curlConfig: string; passwordFile: string };

async function startSandbox(...flags: string[]): Promise<typeof sandbox> {
  const running = place.start(['sandbox', ...flags], { timeoutMs: 100_000 });
  let text = '';
  await running.until('its address', ({ stdout, stderr }) => {
    text = stdout + stderr;
    return /chwitness preflight .*\n/.test(text);
  });
  const find = (pattern: RegExp) => pattern.exec(text)?.[1] ?? '';
  return {
    running,
    url: find(/(http:\/\/127\.0\.0\.1:\d+)/),
    curlConfig: find(/curl -K (\S+)/),
    passwordFile: find(/--password-file (\S+)/),
  };
}
async function stopSandbox(one: typeof sandbox): Promise<void> {
  one.running.child.kill('SIGINT');
  expect((await one.running.ended).code).toBe(0);
}
/** What a user types: curl and nothing else. */
function curl(one: typeof sandbox, ...args: string[]) {
  const [last = '', ...before] = args.toReversed();
  const run = spawnSync('curl', ['-sS', '-K', one.curlConfig, ...before.toReversed(), one.url + last], {
    encoding: 'utf8',
  });
  return { code: run.status, text: run.stdout, complaint: run.stderr };
}
const query = (one: typeof sandbox, statement: string) => curl(one, '--data-binary', statement, '/').text;
function prepare(one: typeof sandbox): void {
  expect(query(one, 'CREATE DATABASE IF NOT EXISTS shop')).toBe('');
  expect(query(one, CREATE)).toBe('');
}
const INSERT = `/?query=${encodeURIComponent('INSERT INTO shop.weather FORMAT CSVWithNames')}`;

/** What a run found, without what is different for every run. */
const verdicts = (run: RunJson | undefined) => ({
  ingestion: run?.ingestion && {
    status: run.ingestion.status,
    sent: run.ingestion.rows_sent,
    written: run.ingestion.rows_written,
    bytes: run.ingestion.bytes,
  },
  // The way to the target is no part of the embedded one, which listens for its run alone.
  checks: run?.checks
    .filter(({ id }) => id !== 'http-host')
    .map(({ id, phase, status }) => `${phase} ${id} ${status}`)
    .toSorted(),
  findings: run?.findings.map(({ cause, side, confidence }) => `${cause} ${side} ${confidence}`),
});

beforeAll(async () => {
  place = await openPlace();
  sandbox = await startSandbox();
});
afterAll(() => place?.close());

const throughSandbox = () => ['--url', sandbox.url, '--password-file', sandbox.passwordFile];

test('the same CSV by curl, by load into the sandbox and by load into the embedded target: same rows, same verdicts', async () => {
  prepare(sandbox);
  const sent = curl(sandbox, '--data-binary', `@${weather}`, '-D', join(place.folder, 'headers'), INSERT);
  expect(sent).toEqual({ code: 0, text: '', complaint: '' });
  expect(readFileSync(join(place.folder, 'headers'), 'utf8')).toMatch(/X-ClickHouse-Summary: .*"written_rows":"1461"/i);
  const byCurl = query(sandbox, SUMMARY);
  expect(byCurl).toMatch(/^1461\t/);

  query(sandbox, 'DROP TABLE shop.weather');
  prepare(sandbox);
  const intoSandbox = await place.run(['load', weather, '--table', 'shop.weather', ...throughSandbox()]);
  expect(intoSandbox.code, intoSandbox.stdout + intoSandbox.stderr).toBe(0);
  expect(query(sandbox, SUMMARY)).toBe(byCurl);

  // A sandbox with a folder leaves there what the embedded target goes on with.
  const data = join(place.folder, 'data');
  const before = await startSandbox('--data-dir', data);
  prepare(before);
  await stopSandbox(before);
  const embedded = await place.run(['load', weather, '--table', 'shop.weather', '--embedded', data]);
  expect(embedded.code, embedded.stdout + embedded.stderr).toBe(0);
  const after = await startSandbox('--data-dir', data);
  expect(query(after, SUMMARY)).toBe(byCurl);
  expect(query(after, "SELECT count() > 0 FROM system.query_log WHERE query LIKE 'INSERT INTO%weather%'")).toBe('1\n');
  await stopSandbox(after);

  expect(verdicts(embedded.run)).toEqual(verdicts(intoSandbox.run));
  expect(intoSandbox.run?.ingestion).toMatchObject({ status: 'ok', rows_sent: 1461, rows_written: 1461 });
});

test('the same bad row ends all three the same way', async () => {
  const bad = place.file('bad.csv', `${readFileSync(weather, 'utf8').trimEnd()}\n2016-01-01,much,1,1,1,sun\n`);
  query(sandbox, 'TRUNCATE TABLE shop.weather');
  const intoSandbox = await place.run(['load', bad, '--table', 'shop.weather', ...throughSandbox()]);
  expect(intoSandbox.code).toBe(1);
  const byLoad = query(sandbox, SUMMARY);

  // After the load, so that its error does not stand in the logs of the load's window.
  query(sandbox, 'TRUNCATE TABLE shop.weather');
  const sent = curl(sandbox, '--fail-with-body', '--data-binary', `@${bad}`, INSERT);
  expect(sent.code).toBe(22);
  expect(sent.text).toMatch(/^Code: 72\. DB::Exception: [\s\S]*\(at row 1462\)/);
  expect(query(sandbox, SUMMARY)).toBe(byLoad);

  const data = join(place.folder, 'bad-data');
  const before = await startSandbox('--data-dir', data);
  prepare(before);
  await stopSandbox(before);
  const embedded = await place.run(['load', bad, '--table', 'shop.weather', '--embedded', data]);
  expect(embedded.code).toBe(1);
  expect(verdicts(embedded.run)).toEqual(verdicts(intoSandbox.run));
  expect(intoSandbox.run?.ingestion?.error).toMatchObject({ code: 72 });
});

test('a wrong password is refused alike by curl and by chwitness', async () => {
  const wrong = place.file('wrong', 'not the password\n');
  const direct = spawnSync('curl', ['-sS', '-u', 'default:wrong', '--data-binary', 'SELECT 1', sandbox.url], {
    encoding: 'utf8',
  });
  expect(direct.stdout).toMatch(/^Code: 516\. DB::Exception: default: Authentication failed/);
  const tried = await place.run(['preflight', '--url', sandbox.url, '--password-file', wrong]);
  expect(tried.code).not.toBe(0);
  expect(tried.stdout + tried.stderr).toContain('516');
});

test('Ctrl-C ends it with nothing left in the temporary folder', async () => {
  const { passwordFile } = sandbox;
  const password = readFileSync(passwordFile, 'utf8').trim();
  await stopSandbox(sandbox);
  const left = spawnSync('find', [place.tmp, '-name', 'chwitness-*'], { encoding: 'utf8' }).stdout;
  expect(left).toBe('');
  // Neither archives nor the state folder know the sandbox's password.
  const grep = spawnSync('grep', ['-rlaF', '-e', password, place.folder], { encoding: 'utf8' });
  expect(grep.stdout).toBe('');
});
