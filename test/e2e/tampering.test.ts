import { chmodSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { archiveJson } from '../../src/archive/open.ts';
import { runJson } from '../../src/model/run.ts';
import { openPlace, type Place } from '../helpers/cli.ts';
import { type Listening, startStub } from '../helpers/http-stub.ts';
import { mustSkipServer, startTargetServer, type TargetServer } from '../helpers/target-server.ts';

/** Bytes that would move a terminal's cursor, colour it, retitle its window or feed its input. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;
const EVIL = '\u001b[2J\u001b]0;mine\u0007\u009b31m\u202e\r\b';

const skipped = mustSkipServer();
let server: TargetServer;
let place: Place;
beforeAll(async () => {
  if (!skipped) server = await startTargetServer();
});
afterAll(() => server?.stop());
beforeEach(async () => {
  place = await openPlace();
});
afterEach(() => place.close());

describe.skipIf(skipped)('two runs at once with one state folder', () => {
  beforeAll(() => server.sql('CREATE TABLE pairs (id UInt32, name String) ENGINE = MergeTree ORDER BY id'));
  afterAll(() => server.sql('DROP TABLE pairs'));

  test('neither touches the run of the other', async () => {
    const rows = (from: number) => `id,name\n${Array.from({ length: 20_000 }, (_, at) => `${from + at},x\n`).join('')}`;
    const files = [place.file('one.csv', rows(0)), place.file('two.csv', rows(1_000_000))];
    const common = ['--table', 'pairs', '--url', server.url, '--batch-rows', '2000'];
    const ends = await Promise.all(files.map((file) => place.start(['load', file, ...common]).ended));
    for (const { code, stdout, stderr } of ends) {
      expect(stderr).not.toMatch(/killed|had left|could not/);
      // Each sees the other's rows come, and may say that the counts do not agree; nothing else may fail.
      expect([0, 1], stdout + stderr).toContain(code);
    }
    const archives = place.archives();
    expect(archives).toHaveLength(2);
    for (const archive of archives) {
      expect(await place.verify(archive)).toMatchObject({ code: 0 });
      const { run, ingestion, checks } = await archiveJson(archive);
      expect(run.complete).toBe(true);
      expect(ingestion).toMatchObject({ status: 'ok', rows_sent: 20_000, rows_written: 20_000 });
      const bad = checks.filter(({ status }) => ['fail', 'error', 'timeout', 'canceled'].includes(status));
      expect(bad.filter(({ id }) => !['row-counts', 'reconciliation'].includes(id))).toEqual([]);
    }
    expect(await server.count('pairs')).toBe(40_000);
    expect(readdirSync(join(place.state, 'runs'))).toEqual([]);
    expect(readdirSync(join(place.state, 'scratch'))).toEqual([]);
  });
});

describe('standard output for programs', () => {
  const errors: [what: string, args: string[], code: number][] = [
    ['no input', ['load', 'nowhere.csv', '--table', 't'], 2],
    ['no table', ['load', 'rows.csv'], 2],
    ['an unknown bundle', ['preflight', '--bundle', 'nope'], 2],
    ['an unknown check', ['preflight', '--only', 'nope'], 2],
    ['a time that is none', ['collect', '--since', 'yesterday-ish'], 2],
    ['no archive', ['bundle', 'show', 'last'], 2],
    ['an archive that is none', ['bundle', 'verify', 'rows.csv'], 2],
    ['a target that is not there', ['probe', 't', '--url', 'http://127.0.0.1:1'], 2],
    ['a flag without its value', ['preflight', '--url'], 2],
    ['an unknown flag', ['preflight', '--no-such-flag'], 2],
    ['an unknown command', ['prefligth'], 2],
  ];
  test.for(errors)('--json is one JSON value and nothing else, also for %s', async ([, args, code]) => {
    place.file('rows.csv', 'id,name\n1,a\n');
    const ended = await place.run([...args, '--json']);
    expect(ended.code, ended.stdout + ended.stderr).toBe(code);
    expect(typeof JSON.parse(ended.stdout)).toBe('object');
    expect(ended.stderr).not.toMatch(/this is a bug|\n\s+at /);
  });

  test('--json of a run that fails is its run.json', async () => {
    const ended = await place.run(['preflight', '--json', '--url', 'http://127.0.0.1:1']);
    expect(ended).toMatchObject({ code: 1, stderr: '' });
    expect(runJson.parse(JSON.parse(ended.stdout))).toEqual(ended.run);
  });

  test('a reader that goes away early is no error, whatever is printed', async () => {
    for (const args of [['checks'], ['--help'], ['checks', '--json'], ['init', '--print']]) {
      const running = place.start(args);
      running.child.stdout?.once('data', () => running.child.stdout?.destroy());
      const { signal, stderr } = await running.ended;
      expect({ args, signal, stderr }).toEqual({ args, signal: undefined, stderr: '' });
    }
  });
});

describe('mistakes in flags and configuration are exit code 2, with a sentence and no stack', () => {
  const mistakes: [what: string, args: string[], config: string, says: RegExp][] = [
    ['an unknown flag', ['preflight', '--nope'], '', /unknown option '--nope'/],
    ['an unknown command', ['prefligth'], '', /unknown command 'prefligth'/],
    ['a misspelt key', ['preflight'], 'tabels: [a]\n', /tabels/],
    ['a wrong type', ['preflight'], 'concurrency: many\n', /concurrency/],
    ['YAML that is none', ['preflight'], 'a: [1\n', /chwitness\.yaml/],
    ['a password in the file', ['preflight'], 'target: { password: hidden-pw-123 }\n', /password/],
    ['a port out of range', ['preflight', '--url', 'http://127.0.0.1:99999'], '', /--url/],
    ['an unknown check', ['preflight'], 'checks: { nope: { severity: warn } }\n', /nope/],
    ['a check that is not there', ['preflight'], 'plugins: [./nowhere.mjs]\n', /nowhere/],
    ['an env-file that is not there', ['preflight'], 'env_file: [nowhere.env]\n', /nowhere\.env/],
    ['a config that is not there', ['preflight', '--config', 'nowhere.yaml'], '', /nowhere\.yaml/],
    ['a time without a unit', ['preflight', '--timeout', 'soon'], '', /timeout/],
    ['no concurrency at all', ['preflight', '--concurrency', '0'], '', /concurrency/],
    ['batches of no rows', ['load', 'x.csv', '--table', 't', '--batch-rows', '-5'], '', /batch-rows/],
  ];
  test.for(mistakes)('%s', async ([, args, config, says]) => {
    if (config !== '') place.file('chwitness.yaml', config);
    const { code, stdout, stderr, archives } = await place.run(args);
    expect({ code, stdout, archives }, stderr).toEqual({ code: 2, stdout: '', archives: [] });
    expect(stderr).toMatch(says);
    expect(stderr).not.toMatch(/this is a bug|\n\s+at |hidden-pw-123/);
  });

  test('a configuration that others may write is refused', async () => {
    chmodSync(place.file('chwitness.yaml', 'concurrency: 2\n'), 0o666);
    expect(await place.run(['preflight'])).toMatchObject({ code: 2, stderr: expect.stringMatching(/chwitness\.yaml/) });
  });

  test('a job named like a path out of the folder stays in it', async () => {
    expect((await place.run(['preflight', '--url', 'http://127.0.0.1:1', '--job', '../../etc/x'])).archives).toEqual([
      expect.stringMatching(/evidence\/[\w.-]+\.tar\.gz$/),
    ]);
  });
});

describe('control characters', () => {
  test('of a server’s answer reach no terminal, no report', async () => {
    const evil = await startStub((_, response) => {
      response.writeHead(500, { 'content-type': 'text/plain; charset=UTF-8' });
      response.end(`Code: 60. DB::Exception: Table ${EVIL} does not exist. (UNKNOWN_TABLE)`);
    });
    await withServer(evil, async () => {
      for (const args of [
        ['preflight'],
        ['preflight', '--json'],
        ['probe', 't'],
        ['load', place.file('r.csv', 'a\n1\n'), '--table', 't', '--force'],
      ]) {
        const { stdout, stderr } = await place.run(args, { env: { CLICKHOUSE_URL: evil.url } });
        expect({ args, found: CONTROL.exec(stdout + stderr)?.[0] }).toEqual({ args, found: undefined });
      }
      for (const command of [
        ['bundle', 'list'],
        ['bundle', 'show', 'last'],
        ['bundle', 'show', 'last', '--json'],
        ['bundle', 'verify', 'last'],
      ]) {
        const { stdout, stderr } = await place.run(command);
        expect({ command, found: CONTROL.exec(stdout + stderr)?.[0] }).toEqual({ command, found: undefined });
      }
    });
  });

  test('of file names, table names, jobs and flags reach no terminal', async () => {
    const file = place.file(`rows${EVIL}.csv`, 'id,name\n1,a\n');
    const url = ['--url', 'http://127.0.0.1:1'];
    for (const args of [
      ['load', file, '--table', `t${EVIL}`, ...url, '--job', `job${EVIL}`],
      ['load', file, '--create', ...url, '--force'],
      ['load', `nowhere${EVIL}.csv`, '--table', 't', ...url],
      ['probe', `t${EVIL}`, ...url],
      ['preflight', '--only', `check${EVIL}`],
      ['preflight', `--flag${EVIL}`],
      [`command${EVIL}`],
      ['preflight', '--url', `http://host${EVIL}:8123`],
      ['preflight', '--config', `config${EVIL}.yaml`],
      ['bundle', 'show', `archive${EVIL}`],
      ['collect', '--since', EVIL],
      ['preflight', '--fail-on', EVIL],
    ]) {
      const { stdout, stderr, code } = await place.run(args);
      expect({ args, found: CONTROL.exec(stdout + stderr)?.[0], ran: code !== 0 }).toEqual({
        args,
        found: undefined,
        ran: true,
      });
    }
  });

  test('no colour without a terminal, even where the environment asks for it', async () => {
    for (const env of [{ FORCE_COLOR: '1' }, { FORCE_COLOR: '1', NO_COLOR: '1' }, { CLICOLOR_FORCE: '1' }]) {
      const { stdout, stderr } = await place.run(['preflight', '--url', 'http://127.0.0.1:1'], { env });
      expect({ env, found: CONTROL.exec(stdout + stderr)?.[0] }).toEqual({ env, found: undefined });
    }
  });
});

async function withServer(stub: Listening, use: () => Promise<void>): Promise<void> {
  try {
    await use();
  } finally {
    await stub.close();
  }
}
