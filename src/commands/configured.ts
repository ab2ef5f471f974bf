import { join } from 'node:path';
import { loadConfig } from '../config/load.ts';
import { EngineError } from '../engine/errors.ts';
import { openTarget } from '../engine/http.ts';
import type { Target } from '../engine/target.ts';
import { WitnessError } from '../kernel/errors.ts';
import { shortId } from '../kernel/names.ts';
import type { Config } from '../model/config.ts';
import { createRedactor, type Redactor } from '../redact/redactor.ts';
import { flagsOf } from './flags.ts';
import type { Io } from './outcome.ts';
import type { Options } from './program.ts';

/** Codes of a disk that is full, over quota, read-only or broken. */
const DISK_REFUSES = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO']);

/** Whether a file of ours was looked for in vain: whoever clears folders took the run's along. */
function wasRemoved(thrown: Error, stateDir: string): boolean {
  if (!('code' in thrown) || thrown.code !== 'ENOENT' || !('path' in thrown)) return false;
  return typeof thrown.path === 'string' && thrown.path.startsWith(join(stateDir, 'runs'));
}

/** What was thrown, as it may be shown: every secret of the configuration hidden, a refusal of the target as a small document. */
function presentable(thrown: unknown, redactor: Redactor, config: Config): unknown {
  const plain = (text: string) => redactor.plain(text);
  if (thrown instanceof EngineError) {
    const what = plain(thrown.message);
    return new WitnessError({
      code: 'TARGET',
      what,
      where: plain(config.target.kind === 'embedded' ? 'the embedded engine' : config.target.url),
      next: 'chwitness preflight looks at the target step by step',
      exitCode: 2,
    });
  }
  if (thrown instanceof WitnessError) {
    const { code, message, where, next, exitCode } = thrown;
    return new WitnessError({
      code,
      what: plain(message),
      where: where && plain(where),
      next: next && plain(next),
      exitCode,
    });
  }
  if (!(thrown instanceof Error)) return new Error(plain(String(thrown)));
  if ('code' in thrown && DISK_REFUSES.has(String(thrown.code)))
    return new WitnessError({
      code: 'DISK_REFUSED',
      what:
        thrown.code === 'ENOSPC'
          ? 'The evidence cannot be kept: the disk is full'
          : `The disk refused to keep the evidence: ${plain(thrown.message)}`,
      where: plain(config.stateDir),
      next: 'Make room there, or name another folder with --state-dir and --out',
      exitCode: 3,
    });
  if (wasRemoved(thrown, config.stateDir))
    return new WitnessError({
      code: 'EVIDENCE_REMOVED',
      what: 'The folder in which this run kept its evidence was removed while it ran; there is no archive of it',
      where: plain(config.stateDir),
      next: 'Let nothing clear this folder while a run goes on, or name another with --state-dir',
      exitCode: 3,
    });
  const shown = new Error(plain(thrown.message));
  shown.stack = plain(thrown.stack ?? thrown.message);
  return shown;
}

/** Settles the configuration and uses it; whatever is thrown meanwhile comes out without secrets. */
export async function configured<T>(
  io: Io,
  options: Options,
  use: (config: Config, redactor: Redactor) => Promise<T>,
  /** Words of the command that is wrapped. */
  command: readonly string[] = [],
): Promise<T> {
  const config = await loadConfig({ flags: flagsOf(options), env: io.env, cwd: io.cwd, command });
  const redactor = createRedactor({ known: config.secrets });
  try {
    return await use(config, redactor);
  } catch (thrown) {
    throw presentable(thrown, redactor, config);
  }
}

/** Opens the target outside of a run, for commands that keep no evidence. */
export async function withTarget<T>(config: Config, use: (target: Target, id: string) => Promise<T>): Promise<T> {
  const id = shortId();
  const target = await openTarget(config.target, { runId: id });
  try {
    return await use(target, id);
  } finally {
    await target.close();
  }
}
