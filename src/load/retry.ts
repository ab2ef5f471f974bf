import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError } from '../engine/errors.ts';

/** Pauses before each repeat, ms. */
const PAUSES_MS = [500, 1000, 2000] as const;

/** TOO_MANY_SIMULTANEOUS_QUERIES: the server turns the query away before it reads it. */
const TURNED_AWAY = new Set([202]);

/** What a failed INSERT leaves behind: surely nothing, or one cannot know. */
export function nothingSent(thrown: unknown): boolean {
  return thrown instanceof EngineError && (thrown.failure === 'refused' || thrown.failure === 'dns');
}

/** Whether the same INSERT may be sent once more without any row being stored twice. */
export function mayRepeat(thrown: unknown): boolean {
  if (nothingSent(thrown)) return true;
  return thrown instanceof EngineError && thrown.code !== undefined && TURNED_AWAY.has(thrown.code);
}

/**
 * Does it, and does it again after a pause while that is safe.
 * @throws what the last attempt threw
 */
export async function withRetries<T>(attempt: (number: number) => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let number = 0; ; number += 1) {
    try {
      return await attempt(number);
    } catch (thrown) {
      const pause = PAUSES_MS[number];
      if (pause === undefined || signal.aborted || !mayRepeat(thrown)) throw thrown;
      // Woken by an abort, the attempt that follows ends as canceled.
      await sleep(pause, undefined, { signal }).catch(() => undefined);
    }
  }
}
