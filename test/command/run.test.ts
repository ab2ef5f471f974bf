import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseArrivals } from '../../src/command/arrivals.ts';
import { type CommandRequest, runCommand } from '../../src/command/run.ts';
import { openStore, type Store } from '../../src/evidence/store.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { createRedactor } from '../../src/redact/redactor.ts';

const SECRET = 'pa55-word-of-the-test';
let folder: string;
let store: Store;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chwitness-command-'));
  store = await openStore(
    join(folder, 'bag'),
    createRedactor({ known: [{ label: 'CLICKHOUSE_PASSWORD', value: SECRET }] }),
  );
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const latin1 = (text: string) => Buffer.from(text).toString('latin1');
const kept = (name: string) => readFileSync(join(folder, 'bag', 'data', 'artifacts', 'command', name));

async function run(words: readonly string[], change: Partial<CommandRequest> = {}) {
  const shown: Record<string, string> = { stdout: '', stderr: '', output: '' };
  const end = await runCommand(
    {
      words,
      shell: false,
      merge: false,
      cwd: folder,
      env: { PATH: process.env.PATH },
      graceMs: 500,
      stop: new AbortController().signal,
      ...change,
    },
    {
      workDir: folder,
      live: (name) => store.live(`artifacts/command/${name}`, 'artifact'),
      show(stream, bytes) {
        shown[stream] += Buffer.from(bytes).toString('latin1');
        return undefined;
      },
      stdin: process.stdin,
      stdout: process.stdout,
      clock: systemClock,
    },
  );
  await store.close();
  return { end, shown };
}

const sh = (script: string, change: Partial<CommandRequest> = {}) => run(['sh', '-c', script], change);

describe('how it ends', () => {
  test('by itself, with a code of its own', async () => {
    const { end } = await sh('exit 3');
    expect(end).toMatchObject({ ended: 'by-itself', exit_code: 3, signals: [], left_behind: [] });
    expect(end.signal).toBeUndefined();
  });

  test('by a signal from elsewhere', async () => {
    const { end } = await sh('kill -KILL $$');
    expect(end).toMatchObject({ ended: 'by-itself', signal: 'SIGKILL', signals: [] });
    expect(end.exit_code).toBeUndefined();
  });

  test('after its time, by the polite signal', async () => {
    const { end } = await run(['sleep', '30'], { timeoutMs: 100 });
    expect(end).toMatchObject({ ended: 'timeout', signal: 'SIGTERM', signals: [{ signal: 'SIGTERM' }] });
  });

  test('after its time and the grace period, by the other', async () => {
    const { end } = await sh('trap "" TERM; while :; do sleep 0.1; done', { timeoutMs: 200, graceMs: 200 });
    expect(end).toMatchObject({
      ended: 'timeout',
      signal: 'SIGKILL',
      signals: [{ signal: 'SIGTERM' }, { signal: 'SIGKILL' }],
    });
  });

  test('when we are stopped, by the signal that stopped us, once, also for what it started', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('stopped by SIGINT')), 300);
    const { end } = await sh(
      `trap 'echo parent' INT; sh -c 'trap "echo child; exit 4" INT; while :; do sleep 0.05; done'; exit 5`,
      { stop: stop.signal, graceMs: 3000 },
    );
    expect(end).toMatchObject({ ended: 'interrupted', exit_code: 5, signals: [{ signal: 'SIGINT' }] });
    expect(kept('stdout.log').toString().trim().split('\n').sort()).toEqual(['child', 'parent']);
  });

  test('not at all, and says why', async () => {
    expect((await run(['no-such-command-here'])).end).toMatchObject({
      ended: 'not-started',
      not_started: { reason: 'not-found', message: 'no-such-command-here is not in PATH' },
      output: [],
    });
  });

  test('not at all, what stands there being no program', async () => {
    expect((await run(['/etc/passwd'])).end).toMatchObject({ not_started: { reason: 'not-executable' } });
    expect((await run(['true'], { cwd: '/no/such/folder' })).end).toMatchObject({
      not_started: { reason: 'no-folder' },
    });
  });
});

describe('what it prints', () => {
  test('is kept and shown byte for byte, whatever the bytes', async () => {
    const { end, shown } = await sh(String.raw`printf 'caf\351\0\033[31m\n\377\376 no end'; printf 'oops\r\n' >&2`);
    expect(kept('stdout.log').toString('latin1')).toBe('caf\xe9\0\x1b[31m\n\xff\xfe no end');
    expect(kept('stderr.log').toString('latin1')).toBe('oops\r\n');
    expect(shown).toEqual({
      stdout: kept('stdout.log').toString('latin1'),
      stderr: 'oops\r\n',
      output: '',
    });
    expect(end.output).toMatchObject([
      { stream: 'stdout', path: 'data/artifacts/command/stdout.log', bytes: 20, lines: 2 },
      { stream: 'stderr', path: 'data/artifacts/command/stderr.log', bytes: 6, lines: 1 },
    ]);
  });

  test('has its secrets hidden where it is kept and where it is shown, also one that comes in two parts', async () => {
    const { shown } = await sh(
      `printf 'the word is pa55-word'; sleep 0.2; printf '%s\n' -of-the-test; echo '${SECRET}' >&2`,
    );
    expect(shown).toMatchObject({ stdout: latin1('the word is ‹secret-1›\n'), stderr: latin1('‹secret-1›\n') });
    expect(kept('stdout.log').toString()).toBe('the word is ‹secret-1›\n');
  });

  test('is shown before it ends', async () => {
    const { shown, end } = await sh(`echo ready; read line </dev/null; sleep 0.4; echo done`);
    expect(shown.stdout).toBe('ready\ndone\n');
    const [first, last] = parseArrivals(kept('arrivals.tsv').toString());
    expect(first).toMatchObject({ stream: 'stdout', offset: 0, line: 1 });
    expect(last).toMatchObject({ stream: 'stdout', offset: 6, line: 2 });
    expect(Date.parse(last?.time ?? '') - Date.parse(first?.time ?? '')).toBeGreaterThanOrEqual(300);
    expect(end.arrivals).toBe('data/artifacts/command/arrivals.tsv');
  });

  test('through names of its outputs, as scripts open them', async () => {
    await sh('echo one >/dev/stdout; echo two >/dev/stderr; cat /dev/null | tee /dev/stderr >/proc/self/fd/1');
    expect([kept('stdout.log').toString(), kept('stderr.log').toString()]).toEqual(['one\n', 'two\n']);
  });

  test('in exact order across both where they are merged', async () => {
    await sh('i=0; while [ $i -lt 300 ]; do echo $i; i=$((i+1)); echo $i >&2; i=$((i+1)); done', { merge: true });
    expect(kept('output.log').toString()).toBe(`${Array.from({ length: 300 }, (_, i) => i).join('\n')}\n`);
  });

  test('is not waited for when only a process that it left behind could print it', async () => {
    const { end } = await sh('echo early; (sleep 5; echo late) & exit 0');
    expect(kept('stdout.log').toString()).toBe('early\n');
    expect(end.left_behind.join()).toMatch(/^(sh|sleep) \(\d+\)/);
    for (const pid of end.left_behind.join().matchAll(/\((\d+)\)/g)) process.kill(Number(pid[1]), 'SIGKILL');
  });

  test('on a terminal of its own, with its size', async () => {
    const { end } = await sh('test -t 0 && test -t 1 && test -t 2 && stty size; printf "\\033[1mbold"; exit 9', {
      terminal: { columns: 101, rows: 33 },
    });
    expect(end).toMatchObject({ streams: 'terminal', exit_code: 9 });
    expect(kept('output.log').toString()).toContain('33 101\r\n\x1b[1mbold');
  });
});
