import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { archiveJson } from '../../src/archive/open.ts';
import { verify } from '../../src/archive/verify.ts';
import { type EmbeddedEngine, startEmbedded } from '../../src/engine/embedded/child.ts';
import { CLI, jsonOf, runCli, until } from '../helpers/run-cli.ts';

let folder = '';
let engine: EmbeddedEngine;
let silent: Server;
const open = (path: string) => join(folder, path);
const runs = () => (existsSync(open('.chwitness/runs')) ? readdirSync(open('.chwitness/runs')) : []);

async function ask(sql: string): Promise<string> {
  const headers = { 'X-ClickHouse-User': engine.user, 'X-ClickHouse-Key': engine.password };
  const answer = await fetch(engine.url, { method: 'POST', headers, body: sql });
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.text()).trim();
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chwitness-misfortunes-'));
  engine = await startEmbedded();
  await ask('CREATE TABLE default.orders (id UInt64, name String) ENGINE = MergeTree ORDER BY id');
  silent = createServer(() => undefined).listen(0, '127.0.0.1');
  await new Promise((done) => silent.once('listening', done));
  const row = (id: number) => `${id},"name ${id}"\n`;
  const rows = Array.from({ length: 20_000 }, (_, id) => row(id)).join('');
  await Promise.all([
    writeFile(open('good.csv'), `id,name\n${row(1)}${row(2)}`),
    writeFile(open('empty.csv'), ''),
    writeFile(open('header.csv'), 'id,name\n'),
    writeFile(open('cut.csv.gz'), gzipSync(`id,name\n${rows}`).subarray(0, 20_000)),
    writeFile(open('not.parquet'), 'PAR0 this is no Parquet at all'),
    writeFile(open('more.ndjson'), '{"id":1,"name":"a","colour":"red"}\n'),
  ]);
});
afterAll(async () => {
  silent?.closeAllConnections();
  silent?.close();
  await engine?.stop();
  await rm(folder, { recursive: true, force: true });
});

const toEngine = () => ({
  CLICKHOUSE_URL: engine.url,
  CLICKHOUSE_USER: engine.user,
  CLICKHOUSE_PASSWORD: engine.password,
});
const load = (input: string) => ['load', open(input), '--table', 'default.orders'];

interface Case {
  what: string;
  args: () => string[];
  env?: () => Record<string, string>;
  says: RegExp;
  cause?: string;
}

const CASES: Case[] = [
  {
    what: 'a wrong password',
    args: () => load('good.csv'),
    env: () => ({ ...toEngine(), CLICKHOUSE_PASSWORD: 'not-the-password' }),
    says: /does not let default in|Authentication failed/,
    cause: 'auth_wrong_password',
  },
  {
    what: 'a port where nobody listens',
    args: () => load('good.csv'),
    env: () => ({ CLICKHOUSE_URL: 'http://127.0.0.1:9' }),
    says: /connection was refused/,
    cause: 'connection_refused',
  },
  {
    what: 'a host name nobody knows',
    args: () => load('good.csv'),
    env: () => ({ CLICKHOUSE_URL: 'http://no-such-host.invalid:8123' }),
    says: /not known to the name service/,
    cause: 'dns_unresolvable',
  },
  { what: 'an empty file', args: () => load('empty.csv'), env: toEngine, says: /empty: 0 bytes/, cause: 'input_empty' },
  {
    what: 'a header and no rows',
    args: () => load('header.csv'),
    env: toEngine,
    says: /without rows/,
    cause: 'input_empty',
  },
  {
    what: 'a gzip cut off',
    args: () => load('cut.csv.gz'),
    env: toEngine,
    says: /middle of its gzip stream/,
    cause: 'gzip_file_damaged',
  },
  {
    what: 'a Parquet that is none',
    args: () => load('not.parquet'),
    env: toEngine,
    says: /not\.parquet is not Parquet/,
    cause: 'client_sent_wrong_format',
  },
  {
    what: 'a server that never answers',
    args: () => [...load('good.csv'), '--timeout', '1s', '--skip', 'clock-offset'],
    env: () => ({ CLICKHOUSE_URL: `http://127.0.0.1:${(silent.address() as AddressInfo).port}` }),
    says: /no answer|did not answer|within/i,
    cause: 'client_timeout_shorter_than_query',
  },
];

describe('each misfortune ends with exit code 1, a sentence and an archive', () => {
  test.each(CASES)('$what', async ({ args, env, says, cause }) => {
    const result = await runCli(args(), { cwd: folder, env: env?.() ?? {} });
    expect(result.stdout).toMatch(says);
    expect(result.code).toBe(1);
    const archive = result.archive ?? '';
    expect(await verify(archive)).toMatchObject({ ok: true, problems: [] });
    const { run, findings } = await archiveJson(archive);
    expect(run.exit_code).toBe(1);
    if (cause !== undefined) expect(findings.map((finding) => finding.cause)).toContain(cause);
  });

  test('a column too many is the server’s error where it is not told to skip it', async () => {
    const result = await runCli([...load('more.ndjson'), '--setting', 'input_format_skip_unknown_fields=0'], {
      cwd: folder,
      env: toEngine(),
    });
    expect(result.stdout).toMatch(/unknown_field_in_input/);
    expect(result.code).toBe(1);
  });
});

describe('what cannot run at all is exit code 2, and says what to do', () => {
  test.each([
    ['an input that is not there', ['load', 'nothing-here.csv', '--table', 'default.orders'], /nothing-here\.csv/],
    ['an unknown option', ['load', 'x.csv', '--tabel', 'x'], /unknown option '--tabel'/],
    ['an unknown check', ['preflight', '--only', 'no-such-check'], /There is no check "no-such-check"/],
    ['a load without a table', ['load', 'good.csv'], /No table is named/],
    ['a password in --url', ['preflight', '--url', 'http://me:hidden-pw-123@127.0.0.1:8123'], /--url/],
  ])('%s', async (_, args, says) => {
    const result = await runCli(args, { cwd: folder });
    expect(result.stderr).toMatch(says);
    expect(result.stderr).not.toContain('hidden-pw-123');
    expect(result.stderr).not.toMatch(/this is a bug|\n\s+at /);
    expect(result.code).toBe(2);
  });
});

describe('Ctrl-C', () => {
  const endless = async () => {
    await writeFile(
      open('big.ndjson'),
      Array.from({ length: 400_000 }, (_, id) => `{"id":${id},"name":"${'x'.repeat(80)}"}\n`).join(''),
    );
    await ask('CREATE TABLE IF NOT EXISTS default.stopped (id UInt64, name String) ENGINE = MergeTree ORDER BY id');
    return ['load', open('big.ndjson'), '--table', 'default.stopped', '--batch-rows', '500'];
  };

  test('once stops the load; the checks after it and a whole archive still come, and the counts agree', async () => {
    const args = await endless();
    const result = await runCli([...args, '--only', 'row-counts'], {
      cwd: folder,
      env: toEngine(),
      async meanwhile({ kill }) {
        await until(() => runs().length > 0);
        for (;;) {
          if (Number(await ask('SELECT count() FROM default.stopped')) > 0) break;
          await new Promise((done) => setTimeout(done, 20));
        }
        kill('SIGINT');
      },
    });
    expect(result.code).toBe(1);
    const { run, ingestion, checks } = await archiveJson(result.archive ?? '');
    expect(run.exit_code_reason).toContain('stopped');
    expect(ingestion.status).toBe('canceled');
    expect(ingestion.rows_written).toBeGreaterThan(0);
    expect(ingestion.rows_written).toBeLessThan(400_000);
    expect(checks.filter((check) => check.phase === 'after').map((check) => check.id)).toEqual(['row-counts']);
    const stored = Number(await ask('SELECT count() FROM default.stopped'));
    // The batch under way may or may not have been stored.
    expect(stored - ingestion.rows_written).toBeGreaterThanOrEqual(0);
    expect(stored - ingestion.rows_written).toBeLessThanOrEqual(1000);
  });

  test('kill -9 leaves a run that the next start packs, marked incomplete, and nothing else', async () => {
    const args = await endless();
    const killed = await runCli([...args, '--only', 'row-counts'], {
      cwd: folder,
      env: toEngine(),
      async meanwhile({ kill, output }) {
        await until(() => /checks before/.test(output()));
        await until(() => runs().length > 0);
        await new Promise((done) => setTimeout(done, 300));
        kill('SIGKILL');
      },
    });
    expect(killed.signal).toBe('SIGKILL');
    const next = await runCli(['preflight', '--only', 'target-reachable'], { cwd: folder, env: toEngine() });
    const path = /What it had kept is in (\S+), marked incomplete/.exec(next.stderr)?.[1] ?? '';
    expect(await verify(path)).toMatchObject({ ok: true });
    const { run } = await archiveJson(path);
    expect(run).toMatchObject({ complete: false, exit_code: 1 });
    expect(run.incomplete_because.join()).toContain('killed');
    expect(runs()).toEqual([]);
    const again = await runCli(['preflight', '--only', 'target-reachable'], { cwd: folder, env: toEngine() });
    expect(again.stderr).not.toContain('killed');
  });
});

describe('standard output', () => {
  test('--json is one value and nothing else, also for an error', async () => {
    const fine = await runCli(['preflight', '--json', '--only', 'target-reachable'], { cwd: folder, env: toEngine() });
    expect(jsonOf(fine).checks.map((check) => check.status)).toEqual(['pass']);
    const broken = await runCli(['preflight', '--json', '--bundle', 'nope'], { cwd: folder, env: toEngine() });
    expect(JSON.parse(broken.stdout)).toMatchObject({ error: { code: 'BUNDLE_UNKNOWN' } });
    expect(broken.code).toBe(2);
  });

  test('no escape byte reaches a pipe', async () => {
    const result = await runCli(load('good.csv'), { cwd: folder, env: toEngine() });
    expect(result.stdout + result.stderr).not.toContain('\u001b');
    expect(result.code).toBe(0);
  });

  test('a reader that goes away early is no error', () => {
    const result = spawnSync('sh', ['-c', `"${process.execPath}" "${CLI}" checks | head -1`], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(result.stderr).toBe('');
    expect(result.stdout).toMatch(/^[a-z-]+ {2}.*· built in$/m);
  });
});

const mountable = process.platform === 'linux' && process.getuid?.() === 0;
if (!mountable) console.warn('skipped: a full disk needs root, to mount a small tmpfs');

describe.skipIf(!mountable)('a full disk', () => {
  test.each([
    ['of the archives', '--out'],
    ['of the run', '--state-dir'],
  ])('%s is exit code 3 and a sentence', async (_, option) => {
    const disk = open(`disk${option}`);
    await mkdir(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]);
    try {
      spawnSync('sh', [
        '-c',
        `head -c 60k /dev/zero > "${disk}/filler"; head -c 8k /dev/zero >> "${disk}/filler"; true`,
      ]);
      const result = await runCli([...load('good.csv'), option, disk], { cwd: folder, env: toEngine() });
      expect(result.stderr).toMatch(/space|full|room/i);
      expect(result.stderr).not.toMatch(/this is a bug/);
      expect(result.code).toBe(3);
      expect(readdirSync(disk).filter((name) => /\.(gz|zip|partial)$/.test(name))).toEqual([]);
    } finally {
      execFileSync('umount', [disk]);
    }
    expect(existsSync(join(disk, 'filler'))).toBe(false);
  });
});
