import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError } from '../engine/errors.ts';
import type { Clock } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import type { SqlValue } from '../model/check.ts';
import type { Canary, LogName, LogOutcome } from '../model/control.ts';
import { levelTooCoarse, notGranted, otherNode, severalNodes } from './control-reasons.ts';

/** Longest waits for a log, ms: after a flush, and without one, when the server's own interval (7.5 s by default) must pass. */
export interface Waits {
  flushed: number;
  unflushed: number;
  step: number;
}

export const WAITS: Waits = { flushed: 9000, unflushed: 20_000, step: 400 };

export interface Watched {
  sql<Row>(name: string, params: Record<string, SqlValue>): Promise<Row[]>;
  clock: Clock;
  waits: Waits;
  flushed: boolean;
  signal: AbortSignal;
  /** Who reads, for the GRANT that is missing. */
  user: string;
  /** As in `ControlOptions`. */
  nodes?: (() => readonly string[]) | undefined;
}

interface Look {
  hostname: string;
  seen: number;
  /** Unix seconds of the newest entry looked at; 0 when there is none. */
  newest: number;
  finest_level?: number;
}

const ACCESS_DENIED = 497;

/** A server's clock of whole seconds, and the difference of clocks as measured, may put an entry a little off. */
const SLACK_S = 60;

/**
 * Waits until the log holds the canary sent last, then looks for the earlier ones. Ends early where waiting longer can show
 * nothing. Never throws.
 */
export async function watchLog(log: LogName, canaries: readonly Canary[], watched: Watched): Promise<LogOutcome> {
  const { clock, waits, signal } = watched;
  const last = canaries.at(-1);
  const unsent = canaries.find((one) => one.error !== undefined);
  if (!last || unsent)
    return {
      outcome: 'unavailable',
      reason: 'unanswered',
      because: `a control query was not answered: ${unsent?.error ?? 'none was sent'}`,
      remedies: [],
    };
  const hosts = canaries.flatMap((one) => one.hostname ?? []);
  const started = clock.elapsed();
  const longest = watched.flushed ? waits.flushed : waits.unflushed;
  const missing = [...canaries];
  let look: Look | undefined;
  try {
    for (;;) {
      const wanted = missing.at(-1);
      if (!wanted) return { outcome: 'seen', after_ms: Math.round(clock.elapsed() - started) };
      look = await lookFor(log, wanted, watched);
      const elsewhere = severalNodes(log, watched.nodes?.() ?? []) ?? (look && otherNode(log, hosts, look.hostname));
      if (elsewhere) return elsewhere;
      if (look?.seen) {
        missing.pop();
        continue;
      }
      const waited = clock.elapsed() - started;
      const coarse = log === 'text_log' && look ? levelTooCoarse(Number(look.finest_level ?? 0)) : undefined;
      // What came in later is there already: the canary's turn is over.
      const passed = look !== undefined && Number(look.newest) > secondsOf(wanted) + 2;
      if (coarse && (watched.flushed || passed)) return coarse;
      if (waited >= longest || signal.aborted) return notSeen(log, missing, canaries.length, waited, look);
      await sleep(waits.step, undefined, { signal }).catch(() => undefined);
    }
  } catch (error) {
    if (error instanceof EngineError && error.code === ACCESS_DENIED) return notGranted(log, watched.user);
    return {
      outcome: 'unavailable',
      reason: 'unreadable',
      because: `system.${log} could not be read: ${messageOf(error)}`,
      remedies: [],
    };
  }
}

function secondsOf(one: Canary): number {
  return Math.floor(Date.parse(one.sent_at) / 1000);
}

async function lookFor(log: LogName, one: Canary, { sql }: Watched): Promise<Look | undefined> {
  const at = secondsOf(one);
  const params = { id: one.query_id, from: at - SLACK_S, to: at + SLACK_S };
  const [look] = await sql<Look>(log === 'query_log' ? 'control-query-log' : 'control-text-log', params);
  return look;
}

function notSeen(
  log: LogName,
  missing: readonly Canary[],
  all: number,
  waited: number,
  look: Look | undefined,
): LogOutcome {
  const nothing = look === undefined || Number(look.newest) === 0;
  const because =
    missing.length < all
      ? `the later one is there, the one of the ${missing.map((one) => one.at).join(' and ')} is not: entries were lost, or the log was emptied in between`
      : nothing
        ? 'nothing at all was written to it around that time: it lags behind, or is not written to'
        : 'other entries of that time are there, these are not';
  return {
    outcome: 'not-seen',
    waited_ms: Math.round(waited),
    because,
    remedies: [
      `Look for errors of its flush in the server’s own log, and collect again later: flush_interval_milliseconds of <${log}> says how long it may take`,
    ],
  };
}
