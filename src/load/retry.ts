import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError } from '../engine/errors.ts';

/** What a failed INSERT left behind, and whether another try can mend it. */
export type FailureClass =
  /** Surely nothing is stored, and it may go better next time. */
  | 'not-stored'
  /** Rows may be stored or not: repeated only where that cannot store them twice. */
  | 'unsettled'
  /** The same bytes will fail in the same way. */
  | 'final';

/** The connection was never made. */
const NEVER_SENT = new Set(['refused', 'dns']);
/** It broke, or went silent, with the request under way. */
const BROKEN = new Set(['reset', 'timeout', 'engine-died', 'not-clickhouse', 'other']);

/**
 * Codes with which a server turns an INSERT away before a row of it is stored: TOO_MANY_SIMULTANEOUS_QUERIES, TOO_SLOW to have a
 * connection (203), NO_ZOOKEEPER, TABLE_IS_READ_ONLY, TOO_MANY_PARTS (252 also stands for too many partitions in one block: see
 * `classOf`), TOO_FEW_LIVE_REPLICAS.
 */
const TURNED_AWAY = new Set([202, 203, 225, 242, 252, 285]);
/**
 * Codes that may come when some or all of it is stored: TIMEOUT_EXCEEDED, SOCKET_TIMEOUT, NETWORK_ERROR, MEMORY_LIMIT_EXCEEDED,
 * ALL_CONNECTION_TRIES_FAILED, UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE, UNKNOWN_STATUS_OF_INSERT, SYSTEM_ERROR, KEEPER_EXCEPTION.
 */
const UNSETTLED = new Set([159, 209, 210, 241, 279, 286, 319, 425, 999]);

/** What a failed INSERT leaves behind: surely nothing, or one cannot know. */
export function nothingSent(thrown: unknown): boolean {
  return thrown instanceof EngineError && NEVER_SENT.has(thrown.failure);
}

/** Pure. */
export function classOf(thrown: unknown): FailureClass {
  if (!(thrown instanceof EngineError)) return 'final';
  if (nothingSent(thrown)) return 'not-stored';
  const { code, failure } = thrown;
  if (code === undefined) return BROKEN.has(failure) ? 'unsettled' : 'final';
  // More partitions in one block than max_partitions_per_insert_block allows: no pause mends that.
  if (code === 252 && /partitions for single INSERT block/i.test(thrown.serverText ?? thrown.message)) return 'final';
  if (TURNED_AWAY.has(code)) return 'not-stored';
  return UNSETTLED.has(code) ? 'unsettled' : 'final';
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 20_000;
/** Merging takes its time: a table with too many parts is left alone longer. */
const PARTS_FACTOR = 4;

/** Pause before the next try: doubled each time up to a ceiling, and anywhere in its upper half, so that many do not come back at once. */
export function pauseMs(attempt: number, thrown: unknown, random: number): number {
  const factor = thrown instanceof EngineError && thrown.code === 252 ? PARTS_FACTOR : 1;
  const whole = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * factor * 2 ** attempt);
  return whole * (0.5 + random / 2);
}

export interface Retrying {
  signal: AbortSignal;
  /** From the first failure on, ms; no try begins later. */
  forMs: number;
  /** Asked before another try of something unsettled: may it be sent again, and is it needed at all? */
  unsettled(thrown: unknown): Promise<'repeat' | 'stored' | 'give-up'>;
  /** Told before each pause. */
  onPause?(thrown: unknown, ms: number): void;
}

/**
 * Does it, and does it again after a pause while that is safe and there is time.
 * @returns undefined when it turned out that an attempt without an answer had stored everything
 * @throws what the last attempt threw
 */
export async function withRetries<T>(
  attempt: (number: number) => Promise<T>,
  retrying: Retrying,
): Promise<T | undefined> {
  let until: number | undefined;
  for (let number = 0; ; number += 1) {
    try {
      return await attempt(number);
    } catch (thrown) {
      const kind = classOf(thrown);
      if (kind === 'final' || retrying.signal.aborted) throw thrown;
      until ??= performance.now() + retrying.forMs;
      const pause = pauseMs(number, thrown, Math.random());
      if (performance.now() + pause > until) throw thrown;
      retrying.onPause?.(thrown, pause);
      // Woken by an abort, the attempt that follows ends as canceled.
      await sleep(pause, undefined, { signal: retrying.signal }).catch(() => undefined);
      if (kind === 'not-stored') continue;
      const next = await retrying.unsettled(thrown);
      if (next === 'stored') return undefined;
      if (next === 'give-up') throw thrown;
    }
  }
}
