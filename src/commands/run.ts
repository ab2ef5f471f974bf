import { commandLine } from '../command/quote.ts';
import { commandWords, shellWords } from '../config/command-words.ts';
import { SCHEMAS } from '../config/values.ts';
import { WitnessError } from '../kernel/errors.ts';
import type { CommandFacts } from '../model/command.ts';
import { type LoadFacts, noLoad } from '../model/load.ts';
import { tableText } from '../model/table.ts';
import { holdJob, type JobLock } from '../pipeline/job-lock.ts';
import type { Run } from '../pipeline/run.ts';
import type { Io } from './outcome.ts';
import type { Handler, Options } from './program.ts';
import { ingestCommand } from './run-ingest.ts';
import { witnessOutcome } from './witness.ts';

const GRACE_MS = 10_000;

function duration(options: Options, name: string): number | undefined {
  const given = options[name];
  if (given === undefined) return undefined;
  const parsed = SCHEMAS.duration.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new WitnessError({
    code: 'USAGE_DURATION',
    what: `"${String(given)}" is not a time`,
    where: `--${name}`,
    next: 'Write a time such as 500ms, 30s or 5m',
    exitCode: 120,
  });
}

/** What is known of the command before it starts. */
function blankFacts(words: readonly string[], plain: readonly string[], options: Options, io: Io): CommandFacts {
  const shell = options.shell === true;
  return {
    line: shell ? words.join(' ') : commandLine(words),
    shell,
    cwd: io.cwd,
    environment: Object.keys(io.env).sort(),
    env_files: commandWords(plain).envFiles,
    streams: options.tty === true ? 'terminal' : options.mergeStreams === true ? 'merged' : 'apart',
    ended: 'not-started',
    signals: [],
    output: [],
    left_behind: [],
    log: { claims: [], errors: [], claim_lines: 0, error_lines: 0, tables: [] },
  };
}

function size({ stdout, env }: Io): { columns: number; rows: number } {
  const from = (value: unknown, otherwise: number) => (Number(value) > 0 ? Number(value) : otherwise);
  return { columns: from(stdout.columns ?? env.COLUMNS, 80), rows: from(stdout.rows ?? env.LINES, 24) };
}

export const runHandler: Handler = async (words, options, io) => {
  const limits = { timeoutMs: duration(options, 'timeout'), graceMs: duration(options, 'grace') ?? GRACE_MS };
  // The words as a shell would see them: what they name is looked for in these.
  const plain = options.shell === true ? shellWords(words.join(' ')) : words;
  const blank = blankFacts(words, plain, options, io);
  const raw = options.tty === true;
  let lock: JobLock | undefined;
  const ingest = (run: Run): Promise<LoadFacts> =>
    ingestCommand(run, {
      request: {
        words,
        shell: blank.shell,
        merge: options.mergeStreams === true,
        terminal: raw ? size(io) : undefined,
        cwd: io.cwd,
        env: io.env,
        ...limits,
        stop: io.stop,
      },
      named: plain,
      blank,
      io,
      beside: () => lock?.beside() ?? Promise.resolve([]),
    });
  const { timeout: _, ...others } = options;
  const outcome = await witnessOutcome({
    command: 'run',
    bundle: 'task-evidence',
    phases: ['before', 'after'],
    added: { before: ['command-outcome'], after: ['command-outcome', 'command-statements'] },
    words: plain,
    options: others,
    io: { ...io, say: io.tell },
    async hold({ config, job }, redactor, listen) {
      lock = await holdJob({
        stateDir: config.stateDir,
        job,
        target: config.target,
        tables: config.tables.map(tableText),
        redactor,
        waitMs: duration(options, 'wait') ?? 0,
        waiting: (text) => listen({ type: 'notice', text }),
        stop: io.stop,
      });
      return lock.release;
    },
    prepare: async (config) => ({
      tables: config.tables,
      blank: { ...noLoad, kind: 'command', command: blank },
      ingest,
    }),
  }).catch((error: unknown) => {
    throw asOurs(error);
  });
  // Whoever wants quiet still wants to know of what is not well.
  const silent = options.quiet === true && outcome.code === 0;
  return { ...outcome, aside: true, text: silent ? '' : outcome.text };
};

/** What could not run has a code of its own here, so that it is never taken for the command's. */
function asOurs(error: unknown): unknown {
  if (!(error instanceof WitnessError) || error.exitCode !== 2) return error;
  const { code, message, where, next, cause } = error;
  return new WitnessError({ code, what: message, where, next, cause, exitCode: 120 });
}
