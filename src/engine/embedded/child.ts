import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf, WitnessError } from '../../kernel/errors.ts';
import { type ChildAnswer, type ChildOptions, childAnswer } from './options.ts';

export interface EmbeddedOptions {
  /** Folder of the data (made with 0700); a throwaway one, removed at `stop()`, when absent. */
  dataDir?: string | undefined;
  /** Created when absent from the engine. Default `default`. */
  database?: string | undefined;
  /** Default 0: any free port. */
  port?: number | undefined;
  host?: '127.0.0.1' | undefined;
  /** The name clients log in with; inside the engine the user is always `default`. */
  user?: string | undefined;
  /** Default: random. */
  password?: string | undefined;
  /** Folders out of which `describe()` may read files. SQL never reaches them. */
  allowFiles?: readonly string[] | undefined;
  /** Default 30 s. */
  readyTimeoutMs?: number | undefined;
  /** Level of the engine's own log, from which system.text_log is filled. Default `debug`. */
  logLevel?: string | undefined;
  /** All that the user may do, as `GRANT … ON …`; default: what an owner of databases may. A log it may not read is not kept. */
  grants?: readonly string[] | undefined;
  /** Rows of `database.table` that it sees: conditions, as a row policy has them. */
  filters?: Readonly<Record<string, string>> | undefined;
  signal?: AbortSignal | undefined;
}

export interface EmbeddedEngine {
  /** `http://127.0.0.1:PORT`, without credentials. */
  url: string;
  user: string;
  password: string;
  pid: number;
  /** Ends the process and removes a throwaway folder. May be called more than once. */
  stop(): Promise<void>;
  /** Resolves when the process has ended, with a sentence that says why. */
  exited: Promise<string>;
  /** The columns that the engine infers from a sample, or from a file in one of `allowFiles`. @throws WitnessError with the engine's words */
  describe(
    format: string,
    sample: Uint8Array | string,
    settings?: Readonly<Record<string, string | number>>,
  ): Promise<{ name: string; type: string }[]>;
}

/** From the request to stop until the process is killed, ms: time to write the last log rows. */
const GRACE_MS = 2000;

/**
 * Starts chDB in a child process that speaks ClickHouse's HTTP interface on loopback. Credentials go over IPC, never through argv or the
 * environment; the child ends when this process does, however it ends.
 * @throws WitnessError when chDB is not there, the folder is in use, or the child does not get ready
 */
export async function startEmbedded(options: EmbeddedOptions = {}): Promise<EmbeddedEngine> {
  options.signal?.throwIfAborted();
  const throwaway = options.dataDir === undefined;
  const dataDir =
    options.dataDir === undefined ? await mkdtemp(join(tmpdir(), 'chwitness-engine-')) : resolve(options.dataDir);
  const settled: ChildOptions = {
    dataDir,
    throwaway,
    database: options.database ?? 'default',
    host: '127.0.0.1',
    port: options.port ?? 0,
    user: options.user ?? 'default',
    password: options.password ?? randomBytes(18).toString('base64url'),
    internalToken: randomBytes(24).toString('base64url'),
    allowFiles: [...(options.allowFiles ?? [])],
    logLevel: options.logLevel ?? 'debug',
    ...(options.grants === undefined ? {} : { grants: [...options.grants] }),
    filters: { ...options.filters },
  };
  const child = spawnChild();
  let asked = false;
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-4000);
  });
  const said = () =>
    complaint
      .split('\n')
      .filter((line) => line.trim() !== '')
      .at(-1)
      // The engine announces its log without a line end.
      ?.replace(/^Logging \w+ to .*?\.log/, '')
      .trim() ?? '';
  const exited = new Promise<string>((done) => {
    child.once('close', (code, signal) => {
      if (asked) return done('the embedded engine was stopped');
      const how = signal === null ? `with code ${code}` : `by signal ${signal}`;
      done(`the embedded engine ended ${how}${said() === '' ? '' : `: ${said()}`}`);
    });
  });
  let stopping: Promise<void> | undefined;
  const end = async () => {
    asked = true;
    if (child.connected) child.send({ stop: true }, () => {});
    const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
    if (child.exitCode === null && child.signalCode === null) await exited;
    clearTimeout(timer);
    if (throwaway) await rm(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  };
  const stop = () => {
    stopping ??= end();
    return stopping;
  };
  try {
    const port = await ready(child, settled, {
      exited,
      said,
      timeoutMs: options.readyTimeoutMs ?? 30_000,
      signal: options.signal,
    });
    const url = `http://127.0.0.1:${port}`;
    options.signal?.addEventListener('abort', () => void stop(), { once: true });
    return {
      url,
      user: settled.user,
      password: settled.password,
      pid: child.pid ?? 0,
      stop,
      exited,
      describe: (format, sample, settings = {}) => describe(url, settled.internalToken, format, sample, settings),
    };
  } catch (thrown) {
    child.kill('SIGKILL');
    await stop();
    throw thrown;
  }
}

function spawnChild(): ChildProcess {
  const fromSource = import.meta.url.endsWith('.ts');
  const file = fileURLToPath(new URL(fromSource ? './child-main.ts' : './child-main.js', import.meta.url));
  return fork(file, [], {
    execArgv: fromSource ? ['--import', import.meta.resolve('tsx')] : [],
    // Each statement under way occupies one of libuv's threads, and so do files and compression. The rest of the environment stays behind:
    // it may hold secrets, and the engine would read variables of its own out of it.
    env: { UV_THREADPOOL_SIZE: '24', ...pick(['PATH', 'HOME', 'TMPDIR', 'TZ', 'LANG', 'TSX_TSCONFIG_PATH']) },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    serialization: 'json',
  });
}

const pick = (names: readonly string[]) =>
  Object.fromEntries(names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));

function ready(
  child: ChildProcess,
  settled: ChildOptions,
  limits: { exited: Promise<string>; said: () => string; timeoutMs: number; signal: AbortSignal | undefined },
): Promise<number> {
  return new Promise((done, fail) => {
    const timer = setTimeout(
      () =>
        fail(
          problem(
            'ENGINE_NOT_READY',
            `the embedded engine was not ready within ${limits.timeoutMs / 1000} s`,
            settled.dataDir,
          ),
        ),
      limits.timeoutMs,
    );
    const settle = (act: () => void) => {
      clearTimeout(timer);
      act();
    };
    limits.signal?.addEventListener('abort', () => settle(() => fail(limits.signal?.reason)), { once: true });
    child.once('error', (error) =>
      settle(() => fail(problem('ENGINE_NOT_STARTED', `the embedded engine could not be started: ${error.message}`))),
    );
    let answered = false;
    void limits.exited.then((why) => {
      if (!answered) settle(() => fail(problem('ENGINE_NOT_STARTED', why, settled.dataDir)));
    });
    child.once('message', (message) => {
      answered = true;
      const answer = childAnswer.parse(message);
      if (answer.state === 'ready') return settle(() => done(answer.port));
      // The engine's own words come through standard error, which is read to its end when the process is gone.
      void limits.exited.then(() => settle(() => fail(refusal(answer, settled.dataDir, limits.said()))));
    });
    child.send(settled);
  });
}

function refusal(answer: ChildAnswer & { state: 'failed' }, dataDir: string, said: string): WitnessError {
  if (answer.reason === 'absent') {
    return new WitnessError({
      code: 'ENGINE_ABSENT',
      what: 'the embedded engine needs the optional package chdb, which exists for Linux (glibc) and macOS and could not be loaded here',
      next: 'name a server with --url instead, or install it with: npm install chdb@3.4',
      cause: new Error(answer.message),
    });
  }
  if (answer.reason === 'port') {
    const what = `the embedded engine cannot listen on the port that was asked for: ${answer.message}`;
    return problem('ENGINE_PORT_IN_USE', what, undefined, 'choose another port, or leave it out for a free one');
  }
  if (answer.reason === 'in-use' || /Cannot lock file .* Another server instance/.test(said)) {
    return problem(
      'ENGINE_FOLDER_IN_USE',
      `the folder ${dataDir} is in use by another embedded engine`,
      dataDir,
      'stop that one, or choose another folder',
    );
  }
  return problem(
    'ENGINE_NOT_STARTED',
    `the embedded engine could not be started: ${answer.message}${said === '' ? '' : ` (${said})`}`,
    dataDir,
  );
}

const problem = (code: string, what: string, where?: string, next?: string) =>
  new WitnessError({ code, what, where, next });

async function describe(
  url: string,
  token: string,
  format: string,
  sample: Uint8Array | string,
  settings: Readonly<Record<string, string | number>>,
): Promise<{ name: string; type: string }[]> {
  const query = new URLSearchParams({ format, ...(typeof sample === 'string' ? { path: resolve(sample) } : {}) });
  for (const [name, value] of Object.entries(settings)) query.set(name, String(value));
  try {
    const response = await fetch(`${url}/internal/describe?${query}`, {
      method: 'POST',
      headers: { 'x-chwitness-internal': token },
      ...(typeof sample === 'string' ? {} : { body: Buffer.from(sample) }),
    });
    if (!response.ok) throw new Error((await response.text()).trim());
    // The route answers with exactly this.
    return (await response.json()) as { name: string; type: string }[];
  } catch (thrown) {
    throw problem(
      'ENGINE_CANNOT_DESCRIBE',
      `the structure of the ${format} data could not be inferred: ${messageOf(thrown)}`,
    );
  }
}
