import type { Clock } from '../kernel/clock.ts';
import type { CommandFacts } from '../model/command.ts';
import { leftBehind } from './left-behind.ts';

/** Passed on as they are; those that end a run come by way of its stop signal. */
const PASSED = ['SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGCONT'] as const;
/** How often it is looked whether the command's processes are gone, ms. */
const LOOK_MS = 50;

/** Ways to reach a command that leads a session of its own: no signal of a terminal does by itself, so each comes exactly once. */
export interface Signals {
  /** Passed on, in order. */
  readonly sent: CommandFacts['signals'];
  /** Why the command was asked to stop; undefined while it was not. */
  readonly stopped: 'interrupted' | 'timeout' | undefined;
  /** Waits, where the command was asked to stop, until those it started are gone, or killed at the end of the grace period. */
  settle(): Promise<void>;
  close(): void;
}

interface Ground {
  /** Leader of the command's session and group. */
  leader: number;
  /** First Ctrl-C or SIGTERM of ours. */
  stop: AbortSignal;
  timeoutMs: number | undefined;
  graceMs: number;
  clock: Pick<Clock, 'now' | 'elapsed'>;
}

/** The signal that a stop stands for: its reason names it, else it is the polite one. */
function signalOf(reason: unknown): NodeJS.Signals {
  const name = /\bSIG(?:INT|TERM|HUP)\b/.exec(reason instanceof Error ? reason.message : '')?.[0];
  return (name ?? 'SIGTERM') as NodeJS.Signals;
}

export function passSignals({ leader, stop, timeoutMs, graceMs, clock }: Ground): Signals {
  const sent: CommandFacts['signals'] = [];
  let stopped: 'interrupted' | 'timeout' | undefined;
  let killAt: number | undefined;
  let grace: NodeJS.Timeout | undefined;

  const kill = (signal: NodeJS.Signals) => {
    try {
      process.kill(-leader, signal);
    } catch {
      // Gone already.
    }
  };
  const pass = (signal: NodeJS.Signals) => {
    sent.push({ signal, at: clock.now().toISOString() });
    kill(signal);
  };
  const ask = (why: 'interrupted' | 'timeout', signal: NodeJS.Signals) => {
    if (stopped) return;
    stopped = why;
    pass(signal);
    // A stopped process takes no signal but this before it goes on.
    kill('SIGCONT');
    killAt = clock.elapsed() + graceMs;
    grace = setTimeout(() => pass('SIGKILL'), graceMs);
  };
  const interrupted = () => ask('interrupted', signalOf(stop.reason));
  const timeout = timeoutMs === undefined ? undefined : setTimeout(() => ask('timeout', 'SIGTERM'), timeoutMs);
  const listeners = PASSED.map((signal) => [signal, () => pass(signal)] as const);
  const suspend = () => {
    kill('SIGSTOP');
    process.kill(process.pid, 'SIGSTOP');
  };
  // Whoever gives up leaves nothing of the command behind.
  const giveUp = () => kill('SIGKILL');

  for (const [signal, listener] of listeners) process.on(signal, listener);
  process.on('SIGTSTP', suspend);
  process.once('exit', giveUp);
  if (stop.aborted) interrupted();
  else stop.addEventListener('abort', interrupted, { once: true });

  return {
    sent,
    get stopped() {
      return stopped;
    },
    async settle() {
      clearTimeout(timeout);
      while (stopped && leftBehind(leader).length > 0) {
        const left = (killAt ?? 0) - clock.elapsed();
        if (left <= -1000) break;
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
      clearTimeout(grace);
    },
    close() {
      clearTimeout(timeout);
      clearTimeout(grace);
      stop.removeEventListener('abort', interrupted);
      for (const [signal, listener] of listeners) process.off(signal, listener);
      process.off('SIGTSTP', suspend);
      process.off('exit', giveUp);
    },
  };
}
