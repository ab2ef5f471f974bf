import { execa } from 'execa';
import type { Clock } from '../kernel/clock.ts';
import type { CommandFacts, CommandLog, NotStarted, OutputStream } from '../model/command.ts';
import type { LiveFile } from '../model/live.ts';
import { ARRIVALS_HEADER, Sequence } from './arrivals.ts';
import { whyNotStartable } from './find.ts';
import { invocationOf, type Terminal } from './invocation.ts';
import { leftBehind } from './left-behind.ts';
import { createLogReader } from './log-reader.ts';
import { type Captured, capture } from './output.ts';
import { makePipes, type Pipe } from './pipes.ts';
import { passSignals } from './signals.ts';
import { leaderInside, passKeys, passSize } from './terminal.ts';

export interface CommandRequest {
  /** The command and its arguments; under `shell` a line for /bin/sh. */
  words: readonly string[];
  shell: boolean;
  /** One pipe for both outputs: their order is exact, which of them a line was on is lost. */
  merge: boolean;
  /** Give it a terminal. */
  terminal?: Terminal | undefined;
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Asked to stop after this time. */
  timeoutMs?: number | undefined;
  /** From asking it to stop to killing it. */
  graceMs: number;
  stop: AbortSignal;
}

export interface CommandTools {
  /** Folder of our own for pipes. */
  workDir: string;
  /** Opens a file of the evidence below `artifacts/command/`. */
  live(name: string): LiveFile;
  /** Shows redacted bytes at once; resolves when more may come. */
  show(stream: OutputStream, bytes: Uint8Array): Promise<void> | undefined;
  stdin: NodeJS.ReadStream;
  /** Our own terminal, whose size is followed. */
  stdout: NodeJS.WriteStream;
  clock: Clock;
  /** Told as soon as the command runs. */
  started?(pid: number): void;
}

/** How a command went. */
export type CommandEnd = Pick<
  CommandFacts,
  | 'streams'
  | 'started_at'
  | 'ended_at'
  | 'pid'
  | 'ended'
  | 'not_started'
  | 'exit_code'
  | 'signal'
  | 'signals'
  | 'output'
  | 'arrivals'
  | 'left_behind'
  | 'log'
>;

const SYSTEM_REASONS: Record<string, NotStarted['reason']> = { ENOENT: 'not-found', EACCES: 'not-executable' };

export const emptyLog: CommandLog = { claims: [], errors: [], claim_lines: 0, error_lines: 0, tables: [] };

/** Starts a command, passes input and signals on, keeps and shows what it prints, and tells how it ended. Throws only on mistakes of ours. */
export async function runCommand(request: CommandRequest, tools: CommandTools): Promise<CommandEnd> {
  const { words, shell, merge, terminal, cwd, env } = request;
  const streams = terminal ? 'terminal' : merge ? 'merged' : 'apart';
  const never = (not_started: NotStarted): CommandEnd => ({
    streams,
    ended: 'not-started',
    not_started,
    signals: [],
    output: [],
    left_behind: [],
    log: emptyLog,
  });
  const why = shell ? undefined : whyNotStartable(words[0] ?? '', cwd, env.PATH);
  if (why) return never(why);
  const noTerminal = terminal && whyNotStartable('script', cwd, env.PATH);
  if (noTerminal) return never({ reason: 'system', message: '--tty needs script of util-linux, which is not here' });

  const names: readonly OutputStream[] = streams === 'apart' ? ['stdout', 'stderr'] : ['output'];
  const pipes = await makePipes(tools.workDir, names.length);
  const [first, second = first] = pipes as [Pipe, Pipe?];
  const own = invocationOf({ words, shell, merge, terminal }, env.SHELL);
  const typing = terminal !== undefined && tools.stdin.isTTY === true;
  const started_at = tools.clock.now().toISOString();
  const child = execa(own.file, own.args, {
    cwd,
    env: { ...env, ...own.env },
    extendEnv: false,
    stdin: typing ? 'pipe' : 'inherit',
    // Any descriptor is taken as it is; execa's types name those of the standard streams only.
    stdout: first.writer as 1,
    stderr: second.writer as 2,
    // A session of its own: what a terminal sends to all goes to us alone, and we pass it on.
    detached: true,
    cleanup: false,
    reject: false,
    buffer: false,
  });
  for (const pipe of pipes) pipe.release();
  if (child.pid === undefined) {
    const { code, shortMessage } = await child;
    for (const pipe of pipes) pipe.reader.destroy();
    return never({
      reason: SYSTEM_REASONS[code ?? ''] ?? 'system',
      message: shortMessage ?? 'it could not be started',
    });
  }
  tools.started?.(child.pid);

  const arrivals = tools.live('arrivals.tsv');
  arrivals.push(Buffer.from(ARRIVALS_HEADER));
  const log = createLogReader();
  const sequence = new Sequence();
  const files = names.map((name) => tools.live(`${name}.log`));
  const captured = names.map((stream, index) =>
    capture({
      stream,
      reader: (pipes[index] as Pipe).reader,
      file: files[index] as LiveFile,
      arrived: (lines) => void arrivals.push(Buffer.from(lines)),
      show: (bytes) => tools.show(stream, bytes),
      read: log.reader(stream),
      sequence,
      clock: tools.clock,
    }),
  );
  const keeping = setInterval(() => arrivals.flush(), 1000);
  const leader = terminal ? ((await leaderInside(child.pid, () => child.exitCode !== null)) ?? child.pid) : child.pid;
  const undo = [
    ...(typing && child.stdin ? [passKeys(tools.stdin, child.stdin)] : []),
    ...(terminal ? [passSize(tools.stdout, leader)] : []),
  ];
  const signals = passSignals({
    leader,
    stop: request.stop,
    timeoutMs: request.timeoutMs,
    graceMs: request.graceMs,
    clock: tools.clock,
  });
  try {
    const { exitCode, signal } = await child;
    const ended_at = tools.clock.now().toISOString();
    await signals.settle();
    await finishReading(captured);
    return {
      streams,
      started_at,
      ended_at,
      pid: leader,
      ended: signals.stopped ?? 'by-itself',
      ...(exitCode === undefined ? {} : { exit_code: exitCode }),
      ...(signal === undefined ? {} : { signal }),
      signals: signals.sent,
      output: captured.map(({ arrivals: { bytes, lines } }, index) => ({
        stream: names[index] as OutputStream,
        path: (files[index] as LiveFile).path,
        bytes,
        lines,
      })),
      arrivals: arrivals.path,
      left_behind: leftBehind(leader),
      log: log.found(),
    };
  } finally {
    signals.close();
    for (const end of undo) end();
    clearInterval(keeping);
    for (const file of [arrivals, ...files]) file.end();
  }
}

async function finishReading(captured: readonly Captured[]): Promise<void> {
  for (const one of captured) one.commandEnded();
  await Promise.all(captured.map(({ done }) => done));
}
