import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { archiveJson } from '../../src/archive/open.ts';
import { archiveBytes, archiveFile } from '../helpers/archive-file.ts';
import { openPlace, type Place, type Start, type Witnessed } from '../helpers/cli.ts';
import { type OldServer, oldServerMissing, startOldServer } from '../helpers/old-server.ts';
import { formsOf, leaksIn } from '../helpers/secret-forms.ts';

const missing = oldServerMissing();
if (missing !== undefined) {
  console.warn(missing);
  if (process.env.CHWITNESS_REQUIRE_ENGINES === '1') throw new Error(missing);
}

let server: OldServer;
let place: Place;

const ask = async (sql: string) => (await fetch(server.url, { method: 'POST', body: sql })).text();

/** Witnesses a command with the checks that tell of commands, and few others. */
function run(words: readonly string[], options: readonly string[] = [], start?: Start): Promise<Witnessed> {
  const checks = ['target-reachable', 'row-counts', 'command-outcome', 'command-statements'];
  const only = checks.flatMap((id) => ['--only', id]);
  const target = ['--url', server.url, '--table', 'shop.orders'];
  return place.run(['run', '--job', 'orders', ...target, ...only, ...options, '--', ...words], start);
}

const sh = (script: string, options?: readonly string[], start?: Start) => run(['sh', '-c', script], options, start);
const insert = (rows: number) =>
  `seq 1 ${rows} | curl -sS '${server.url}/?query=INSERT+INTO+shop.orders+FORMAT+TSV' --data-binary @-`;

async function kept({ archives: [archive = ''] }: Witnessed, name: string): Promise<string> {
  return (await archiveFile(archive, `data/artifacts/command/${name}`)).toString('latin1');
}

/** Verdicts by check, of the checks after. */
function verdicts({ run }: Witnessed): Record<string, string> {
  return Object.fromEntries(
    (run?.checks ?? []).flatMap(({ id, phase, status }) => (phase === 'after' ? [[id, status]] : [])),
  );
}

function exit({ code, run }: Witnessed) {
  return { code, kept: run?.run.exit_code, origin: run?.run.exit_code_origin };
}

describe.skipIf(missing !== undefined)('any command', () => {
  beforeAll(async () => {
    const started = await startOldServer();
    if (!started.server) throw new Error(started.reason);
    server = started.server;
    place = await openPlace();
    await ask('CREATE DATABASE shop');
    await ask('CREATE TABLE shop.orders (id UInt64) ENGINE = MergeTree ORDER BY id');
  });
  afterAll(async () => {
    await place?.close();
    await server?.stop();
  });

  test('that exits 0 and writes', async () => {
    const ended = await sh(`${insert(10)}; echo 'inserted 10 rows into shop.orders'`);
    expect(exit(ended), ended.stderr).toEqual({ code: 0, kept: 0, origin: 'command' });
    expect(ended.stdout).toBe('inserted 10 rows into shop.orders\n');
    expect(verdicts(ended)).toMatchObject({ 'command-outcome': 'pass', 'command-statements': 'pass' });
    expect(ended.run?.row_counts).toMatchObject([{ table: 'shop.orders', before: '0', after: '10' }]);
    expect(await place.verify(ended.archives[0] ?? '')).toMatchObject({ code: 0 });
  });

  test('that exits 0 and writes nothing', async () => {
    const ended = await sh('echo all is well');
    expect(exit(ended)).toEqual({ code: 1, kept: 1, origin: 'chwitness' });
    expect(verdicts(ended)).toMatchObject({ 'command-outcome': 'fail' });
    expect(ended.stderr).toContain('exit code 0, and nothing was written');
  });

  test('that exits 0 and wrote less than it says', async () => {
    const ended = await sh(`${insert(5)}; echo 'inserted 10 rows into shop.orders'`);
    expect(exit(ended)).toEqual({ code: 1, kept: 1, origin: 'chwitness' });
    expect(ended.run?.run.exit_code_reason).toContain('command-outcome');
  });

  test('that exits 0 and swallows an exception', async () => {
    const ended = await sh(`${insert(5)}; echo 'loader ERROR Unexpected ClickHouse error: 1'`);
    expect(exit(ended)).toEqual({ code: 1, kept: 1, origin: 'chwitness' });
  });

  test('that exits 0 and leaves no row in the table of job runs', async () => {
    await ask(
      'CREATE TABLE shop.job_runs (job String, status String, started_at DateTime, finished_at DateTime, rows_processed UInt64, message String) ENGINE = MergeTree ORDER BY job',
    );
    place.file('chwitness.yaml', 'checks: { job-runs: { options: { table: shop.job_runs, job: orders } } }\n');
    const ended = await sh(insert(5), ['--only', 'job-runs']);
    rmSync(`${place.folder}/chwitness.yaml`);
    expect(exit(ended)).toEqual({ code: 1, kept: 1, origin: 'chwitness' });
    expect(verdicts(ended)).toMatchObject({ 'command-outcome': 'pass', 'job-runs': 'fail' });
  });

  test('that exits 3', async () => {
    const ended = await sh('echo no >&2; exit 3');
    expect(exit(ended)).toEqual({ code: 3, kept: 3, origin: 'command' });
    expect(ended.run?.run.exit_code_reason).toBe('the command ended with exit code 3');
    expect(ended.stderr).toMatch(/^no$/m);
    expect(verdicts(ended)).toMatchObject({ 'command-outcome': 'skip' });
  });

  test('that a signal kills', async () => {
    const ended = await sh('kill -SEGV $$');
    expect(exit(ended)).toEqual({ code: 139, kept: 139, origin: 'command' });
    expect(ended.run?.ingestion.command).toMatchObject({ signal: 'SIGSEGV', ended: 'by-itself' });
  });

  test('that hangs', async () => {
    const ended = await run(['sleep', '60'], ['--timeout', '300ms']);
    expect(exit(ended)).toEqual({ code: 143, kept: 143, origin: 'command' });
    expect(ended.run?.run.exit_code_reason).toContain('did not end within its time');
  });

  test('that ignores SIGTERM', async () => {
    const script = 'trap "" TERM; echo here; while :; do sleep 0.1; done';
    const ended = await sh(script, ['--timeout', '300ms', '--grace', '300ms']);
    expect(exit(ended)).toEqual({ code: 137, kept: 137, origin: 'command' });
    expect(ended.run?.ingestion.command?.signals.map(({ signal }) => signal)).toEqual(['SIGTERM', 'SIGKILL']);
    expect(await kept(ended, 'stdout.log')).toBe('here\n');
  });

  test('that prints invalid UTF-8', async () => {
    const ended = await sh(String.raw`printf 'caf\351 \377\376\0 end'; ${insert(1)}`);
    expect(await kept(ended, 'stdout.log')).toBe('caf\xe9 \xff\xfe\0 end');
    expect(exit(ended).code).toBe(0);
  });

  test('that prints a secret of its env-file in each form', async () => {
    const secrets = { CLICKHOUSE_PASSWORD: 'p@ss"w\'o\\rd/+% 1a2b3cé', QTICKETS_TOKEN: 'tok_Zk9/+x7Qw==Lm' };
    place.file(
      '.env.api',
      Object.entries(secrets)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(''),
    );
    const text = Object.values(secrets).flatMap((secret) =>
      Object.entries(formsOf(secret)).map(([name, form]) => `${name}: ${form}\n`),
    );
    place.file('forms.txt', text.join(''));
    place.file(
      'show.sh',
      'cat forms.txt; cat forms.txt >&2; while IFS= read -r line; do printf %s "$line"; sleep 0.01; echo; done < forms.txt',
    );
    const env = { CLICKHOUSE_USER: 'default', CLICKHOUSE_PASSWORD: '' };
    const ended = await run(['sh', 'show.sh', '--env-file', '.env.api'], ['--user', 'default'], { env });
    const archive = await archiveBytes(ended.archives[0] ?? '');
    expect(leaksIn(archive, secrets)).toEqual([]);
    expect(leaksIn(Buffer.from(ended.stdout + ended.stderr), secrets)).toEqual([]);
    // All else stands there: each form by its name, twice on standard output.
    const names = (await kept(ended, 'stdout.log')).match(/^hex: /gm);
    expect(names).toHaveLength(4);
  });

  test('that forks and leaves a child', async () => {
    const ended = await sh(`${insert(1)}; (sleep 20; echo late) & echo early`);
    expect(exit(ended).code).toBe(0);
    expect(await kept(ended, 'stdout.log')).toBe('early\n');
    const left = ended.run?.ingestion.command?.left_behind ?? [];
    expect(left.join()).toMatch(/^(sh|sleep) \(\d+\)/);
    expect(ended.stderr).toContain('still running: ');
    for (const [, pid] of left.join().matchAll(/\((\d+)\)/g)) process.kill(Number(pid), 'SIGKILL');
  });

  test('that is not there, or may not be executed', async () => {
    const gone = await run(['no-such-loader']);
    expect(exit(gone)).toEqual({ code: 127, kept: 127, origin: 'chwitness' });
    expect(gone.run?.ingestion.command?.not_started).toMatchObject({ reason: 'not-found' });
    const path = place.file('loader.sh', 'echo no\n');
    const refused = await run([path]);
    expect(exit(refused)).toEqual({ code: 126, kept: 126, origin: 'chwitness' });
  });

  test('that reads standard input', async () => {
    const input = Array.from({ length: 50_000 }, (_, i) => `row ${i}\n`).join('');
    const ended = await sh('cat', [], { input });
    expect(ended.stdout).toBe(input);
    expect(await kept(ended, 'stdout.log')).toBe(input);
  });

  test('that asks for a terminal', async () => {
    const script = 'test -t 0 && test -t 1 || exit 7; stty size; exit 8';
    expect(exit(await sh(script)).code).toBe(7);
    const ended = await sh(script, ['--tty'], { env: { COLUMNS: '99', LINES: '31' } });
    expect(exit(ended)).toEqual({ code: 8, kept: 8, origin: 'command' });
    expect(await kept(ended, 'output.log')).toContain('31 99\r\n');
    expect(ended.stdout).toContain('31 99');
  });

  test('through a shell, where asked', async () => {
    const ended = await run(['echo one | cat; exit 4'], ['--shell']);
    expect(exit(ended).code).toBe(4);
    expect(await kept(ended, 'stdout.log')).toBe('one\n');
  });

  test('is not started when a blocking check before it does not pass, unless forced', async () => {
    const dead = ['run', '--job', 'orders', '--url', 'http://127.0.0.1:1', '--only', 'target-reachable'];
    const ended = await place.run([...dead, '--', 'touch', 'started']);
    expect(exit(ended)).toEqual({ code: 121, kept: 121, origin: 'chwitness' });
    expect(ended.run?.run.exit_code_reason).toBe('the command was not started: target-reachable (before)');
    expect(ended.run?.ingestion).toMatchObject({
      kind: 'command',
      status: 'not-started',
      command: { line: 'touch started' },
    });
    expect(existsSync(`${place.folder}/started`)).toBe(false);
    const forced = await place.run([...dead, '--force', '--', 'touch', 'started']);
    expect(exit(forced)).toEqual({ code: 1, kept: 1, origin: 'chwitness' });
    expect(existsSync(`${place.folder}/started`)).toBe(true);
  });

  test('that takes the evidence away while it runs goes on, and it is said that there is no archive', async () => {
    const ended = await sh(`echo one; rm -rf '${place.state}'; echo two`);
    expect({ code: ended.code, stdout: ended.stdout }).toEqual({ code: 3, stdout: 'one\ntwo\n' });
    expect(ended.stderr).toContain('was removed while it ran; there is no archive of it');
    expect(ended.stderr).not.toContain('bug');
  });

  test('what could not run has a code of its own', async () => {
    expect((await place.run(['run'])).code).toBe(120);
    expect((await run(['true'], ['--bundle', 'none'])).code).toBe(120);
    expect((await run(['true'], ['--timeout', 'soon'])).code).toBe(120);
  });

  test('gets Ctrl-C once, and the checks after it and the archive still come', async () => {
    const script =
      'trap "echo caught; stop=1" INT; echo ready; while [ -z "$stop" ]; do sleep 0.1; done; sleep 0.3; exit 5';
    const words = [
      'run',
      '--job',
      'orders',
      '--url',
      server.url,
      '--only',
      'target-reachable',
      '--',
      'sh',
      '-c',
      script,
    ];
    const before = place.archives().length;
    const running = place.start([...words]);
    await running.until('the command ran', ({ stdout }) => stdout.includes('ready'));
    running.child.kill('SIGINT');
    await running.until('it was caught', ({ stdout }) => stdout.includes('caught'));
    const ended = await running.ended;
    expect({ code: ended.code, stdout: ended.stdout }).toEqual({ code: 5, stdout: 'ready\ncaught\n' });
    expect(place.archives()).toHaveLength(before + 1);
    expect(ended.stderr).toContain('checks after');
    expect(ended.stderr).toContain('was interrupted (SIGINT)');
  });

  test('is given up at a second Ctrl-C at once, and nothing of it goes on', async () => {
    const script = 'trap "" INT; echo "ready $$"; while :; do sleep 0.1; done';
    const running = place.start([
      'run',
      '--job',
      'orders',
      '--url',
      server.url,
      '--only',
      'target-reachable',
      '--',
      'sh',
      '-c',
      script,
    ]);
    await running.until('the command ran', ({ stdout }) => stdout.includes('ready'));
    running.child.kill('SIGINT');
    await running.until('it was told', ({ stderr }) => stderr.includes('SIGINT received'));
    running.child.kill('SIGINT');
    const { code, stdout } = await running.ended;
    expect(code).toBe(130);
    const pid = /ready (\d+)/.exec(stdout)?.[1];
    await expect
      .poll(() => existsSync(`/proc/${pid}/cmdline`) && readFileSync(`/proc/${pid}/cmdline`).length > 0)
      .toBe(false);
  });

  /** Megabytes of output; the whole gigabyte of a campaign takes minutes to pack. */
  const SIZE = process.env.CHWITNESS_CAMPAIGN === '1' ? 1000 : 40;

  test.each([
    ['many lines', `seq 1 400000000 | head -c ${SIZE}000000`],
    ['one line without an end', `seq 1 400000000 | tr -d '\\n' | head -c ${SIZE}000000`],
  ])(`that prints ${SIZE} MB in %s, in bounded memory`, { timeout: 900_000 }, async (_, script) => {
    const running = place.start(
      [
        'run',
        '--job',
        'big',
        '--url',
        server.url,
        '--only',
        'target-reachable',
        '--quiet',
        '--shell',
        '--',
        `${script}; exit 3`,
      ],
      { timeoutMs: 850_000, discard: true },
    );
    let most = 0;
    const watch = setInterval(() => {
      try {
        most = Math.max(
          most,
          Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${running.pid}/status`, 'utf8'))?.[1] ?? 0),
        );
      } catch {
        // Ended.
      }
    }, 50);
    const { code } = await running.ended;
    clearInterval(watch);
    expect(code).toBe(3);
    const hash = createHash('sha256');
    for await (const chunk of spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] }).stdout)
      hash.update(chunk);
    // This start also packs what the test before had killed.
    const archive = place.archives().findLast((path) => basename(path).startsWith('big-')) ?? '';
    const file = (await archiveJson(archive)).files.find(({ path }) => path.endsWith('command/stdout.log'));
    expect(file).toMatchObject({ bytes: SIZE * 1_000_000, sha256: hash.digest('hex') });
    expect(most / 1024, 'peak resident size, MiB').toBeLessThan(250);
    expect(most).toBeGreaterThan(0);
  });
});
