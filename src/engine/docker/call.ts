import { execa } from 'execa';
import { formatDuration } from '../../kernel/format.ts';
import { DockerError, type Wanted } from './errors.ts';

export interface CallOptions {
  /** For sentences on what is missing. */
  wanted?: Omit<Wanted, 'command'> | undefined;
  /** Standard input, the only way for credentials; without it there is none. */
  input?: string | Uint8Array | undefined;
  /** Longest time, ms; default 10 s. */
  timeoutMs?: number | undefined;
  /** Most bytes kept of either stream; more ends the command; default 1 MiB. */
  maxBytes?: number | undefined;
  signal?: AbortSignal | undefined;
  /** Default: our own. */
  cwd?: string | undefined;
  /** Beside our own. */
  env?: NodeJS.ProcessEnv | undefined;
}

/** How a command ended. */
export interface CallResult {
  code: number;
  stdout: Buffer;
  stderr: string;
  /** More came than was kept. */
  cut: boolean;
  ms: number;
}

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 1024 * 1024;

/**
 * Runs the docker command. A code other than 0 is a result, too.
 * @throws DockerError when it cannot be started, has no end within its time, or is stopped
 */
export async function call(command: string, args: readonly string[], options: CallOptions = {}): Promise<CallResult> {
  const { input, signal, timeoutMs = TIMEOUT_MS, maxBytes = MAX_BYTES } = options;
  if (signal?.aborted) throw new DockerError('canceled', `${command} was not called any more`);
  const result = await execa(command, args, {
    ...(input === undefined ? { stdin: 'ignore' } : { input }),
    ...(signal === undefined ? {} : { cancelSignal: signal }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...options.env, LC_ALL: 'C' },
    encoding: 'buffer',
    timeout: timeoutMs,
    maxBuffer: maxBytes,
    forceKillAfterDelay: 500,
    stripFinalNewline: false,
    reject: false,
    // The command's own children must not outlive a killed one through the pipes that they hold.
    cleanup: true,
  });
  const stderr = Buffer.from(result.stderr).toString('utf8');
  if (result.timedOut)
    throw new DockerError('timeout', `${command} ${args[0] ?? ''} had no end within ${formatDuration(timeoutMs)}`, [
      `Try "${command} ${args[0] ?? 'ps'}" by hand; a hanging engine is restarted with systemctl restart docker`,
    ]);
  if (result.isCanceled) throw new DockerError('canceled', `${command} ${args[0] ?? ''} was stopped`);
  if (result.exitCode === undefined && !result.isMaxBuffer && result.signal === undefined)
    throw notStarted(command, result.cause);
  return {
    code: result.exitCode ?? (result.isMaxBuffer ? 0 : 128),
    stdout: Buffer.from(result.stdout),
    stderr,
    cut: result.isMaxBuffer,
    ms: Math.round(result.durationMs),
  };
}

function notStarted(command: string, cause: unknown): DockerError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (code === 'ENOENT')
    return new DockerError(
      'no-command',
      `there is no command "${command}" on this machine`,
      ['Install Docker, or name another command that takes its arguments: docker.command, CHWITNESS_DOCKER'],
      cause,
    );
  return new DockerError(
    'no-command',
    `the command "${command}" cannot be started (${code || 'unknown reason'})`,
    ['Check its permissions'],
    cause,
  );
}
