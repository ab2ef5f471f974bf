import { constants } from 'node:os';
import { type CommandFacts, howItEnded } from '../model/command.ts';
import type { LoadFacts } from '../model/load.ts';
import type { Exit } from './exit.ts';

/** Could not run: nothing of it is the command's. */
export const COULD_NOT_RUN = 120;
/** A check before it did not pass. */
export const BLOCKED = 121;

/** The command's own code as a shell tells it: its exit code, or 128 and the number of the signal. */
export function ownCode({ exit_code, signal }: Pick<CommandFacts, 'exit_code' | 'signal'>): number {
  if (exit_code !== undefined) return exit_code;
  const number = Object.entries(constants.signals).find(([name]) => name === signal)?.[1];
  return 128 + (number ?? 0);
}

/** The code of a run whose command settles it by itself; undefined when it said 0, or there is no command: then the checks decide. */
export function exitOfCommand(ingestion: LoadFacts, blockers: string): Exit | undefined {
  const { command, kind, status } = ingestion;
  if (kind !== 'command') return undefined;
  const ours = (code: number, reason: string): Exit => ({ code, origin: 'chwitness', reason });
  if (command?.not_started) {
    const { reason } = command.not_started;
    // Docker was started, and says by its own code that it started nothing.
    if (command.exit_code !== undefined)
      return {
        code: command.exit_code,
        origin: 'command',
        reason: `the command could not be started: ${command.not_started.message}`,
      };
    const code = reason === 'not-found' ? 127 : reason === 'not-executable' ? 126 : COULD_NOT_RUN;
    return ours(code, `the command ${howItEnded(command)}`);
  }
  if (status === 'canceled' && command?.started_at === undefined)
    return ours(COULD_NOT_RUN, 'stopped before the command was started');
  if (status === 'not-started' || command?.started_at === undefined)
    return blockers === ''
      ? ours(COULD_NOT_RUN, 'the command was not started')
      : ours(BLOCKED, `the command was not started: ${blockers}`);
  const own = ownCode(command);
  const killed = command.containers?.some(({ oom_killed }) => oom_killed)
    ? '; its container was killed for its memory'
    : '';
  const reason = `the command ${howItEnded(command)}${killed}`;
  if (own !== 0) return { code: own, origin: 'command', reason };
  return command.ended === 'by-itself' ? undefined : ours(1, reason);
}
