import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { archiveJson } from '../../src/archive/open.ts';
import type { RunJson } from '../../src/model/run.ts';
import { BUILT_CLI, ensureBuilt } from './build.ts';

/** What one run of the built CLI left. */
export interface Ended {
  /** Undefined when a signal ended it. */
  code: number | undefined;
  signal: NodeJS.Signals | undefined;
  stdout: string;
  stderr: string;
}

export interface Witnessed extends Ended {
  /** Archives that were not there before, oldest first. */
  archives: string[];
  /** `run.json` of the newest of them. */
  run: RunJson | undefined;
}

export interface Running {
  child: ChildProcess;
  pid: number;
  /** Rejects once the time is over, having killed it. */
  ended: Promise<Ended>;
  /** Waits for something that the run shows or does; rejects when the run ends first, or after 30 s. */
  until(what: string, is: (so: { stdout: string; stderr: string }) => unknown): Promise<void>;
}

export interface Start {
  env?: Readonly<Record<string, string>>;
  /** Longest life, ms; default 60 s. */
  timeoutMs?: number;
  /** Bytes for its standard input; without them it is empty. */
  input?: string | Uint8Array;
  /** Leaves its standard input open, for the test to write to. */
  openInput?: boolean;
  /** Reads its standard output and keeps nothing of it. */
  discard?: boolean;
  /** Flags for node itself. */
  node?: readonly string[];
}

/** A folder of its own to run the CLI in, and an environment with nothing of the tester's in it. */
export interface Place {
  folder: string;
  out: string;
  state: string;
  /** Where it and its children put temporary files. */
  tmp: string;
  /** Writes a file below the folder and tells its path. */
  file(name: string, content: string | Uint8Array): string;
  start(args: readonly string[], start?: Start): Running;
  /** Runs it to its end. */
  run(args: readonly string[], start?: Start): Promise<Witnessed>;
  /** All archives, oldest first. */
  archives(): string[];
  /** `bundle verify` of an archive. */
  verify(archive: string): Promise<Ended>;
  /** Kills what still runs and removes the folder. */
  close(): Promise<void>;
}

/** Makes the folder, after building the CLI where a source is newer than it. */
export async function openPlace(base: Readonly<Record<string, string>> = {}): Promise<Place> {
  await ensureBuilt();
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'chwitness-cli-')));
  const [out, state, tmp] = [join(folder, 'evidence'), join(folder, '.chwitness'), join(folder, 'tmp')];
  mkdirSync(tmp);
  const alive = new Set<Running>();

  const start: Place['start'] = (
    args,
    { env = {}, timeoutMs = 60_000, input, openInput = false, discard = false, node = [] } = {},
  ) => {
    const child = spawn(process.execPath, [...node, BUILT_CLI, ...args], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder, TMPDIR: tmp, LANG: 'C.UTF-8', ...base, ...env },
      stdio: [input === undefined && !openInput ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    const texts = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]?.setEncoding('utf8').on('data', (text: string) => {
        if (!discard || name === 'stderr') texts[name] += text;
      });
    }
    child.stdin?.on('error', () => undefined);
    if (!openInput) child.stdin?.end(input);
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, timeoutMs);
    const closed = new Promise<Ended>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        clearTimeout(timer);
        alive.delete(running);
        if (timedOut)
          reject(new Error(`${args.join(' ')}: no end within ${timeoutMs} ms\n${texts.stdout}\n${texts.stderr}`));
        else resolve({ code: code ?? undefined, signal: signal ?? undefined, ...texts });
      });
    });
    // Whoever only waits for a line of it must not be ended by its end.
    closed.catch(() => undefined);
    const running: Running = {
      child,
      pid: child.pid ?? 0,
      ended: closed,
      async until(what, is) {
        const deadline = performance.now() + 30_000;
        while (!is(texts)) {
          const ended = child.exitCode !== null || child.signalCode !== null;
          if (ended || performance.now() > deadline)
            throw new Error(`${ended ? 'it ended' : '30 s went by'} before ${what}\n${texts.stdout}\n${texts.stderr}`);
          await sleep(10);
        }
      },
    };
    alive.add(running);
    return running;
  };

  const archives = () =>
    (existsSync(out) ? readdirSync(out) : [])
      .filter((name) => /\.(tar\.gz|zip)$/.test(name) && !name.startsWith('.'))
      .sort((a, b) => (stampOf(a) < stampOf(b) ? -1 : 1))
      .map((name) => join(out, name));

  return {
    folder,
    out,
    state,
    tmp,
    file(name, content) {
      const path = join(folder, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
      return path;
    },
    start,
    async run(args, options) {
      const before = new Set(archives());
      const ended = await start(args, options).ended;
      const added = archives().filter((path) => !before.has(path));
      const newest = added.at(-1);
      return { ...ended, archives: added, run: newest === undefined ? undefined : await archiveJson(newest) };
    },
    archives,
    verify: (archive) => start(['bundle', 'verify', archive]).ended,
    async close() {
      for (const { child } of alive) child.kill('SIGKILL');
      await Promise.allSettled([...alive].map(({ ended }) => ended));
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** The part of an archive's name that orders archives of different jobs by time. */
function stampOf(name: string): string {
  return /\d{8}T\d{6}Z/.exec(name)?.[0] ?? name;
}
