import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, mayRetry } from './errors.ts';

export interface RetryPolicy {
  /** Requests in all, the first included. */
  attempts: number;
  /** First pause, ms; each further one is twice as long, and a random part of it is left out. */
  pauseMs: number;
  /** No longer is waited for, whatever the API asks, ms. */
  longestMs: number;
}

export const RETRIES: RetryPolicy = { attempts: 4, pauseMs: 1000, longestMs: 300_000 };

/** `Retry-After` as milliseconds from now: seconds or a date; undefined when it is neither. */
export function retryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  const text = value.trim();
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  // `Date.parse` takes much else for a date, `1.5` for one of the year 2001.
  const date = /^[A-Z][a-z]+, .* GMT$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Pause after the attempt-th failure (from 0), ms: at least half of what doubles each time, so that many do not come back at once. */
export function pauseAfter(attempt: number, policy: RetryPolicy, random: number): number {
  const whole = policy.pauseMs * 2 ** attempt;
  return Math.min(policy.longestMs, whole / 2 + (random * whole) / 2);
}

/** Does it, and again while its failure may mend itself. @throws ApiError the last one */
export async function withRetries<T>(
  policy: RetryPolicy,
  signal: AbortSignal,
  attempt: (number: number) => Promise<T>,
): Promise<T> {
  for (let number = 0; ; number += 1) {
    try {
      return await attempt(number);
    } catch (error) {
      if (!(error instanceof ApiError) || !mayRetry(error) || number + 1 >= policy.attempts || signal.aborted)
        throw error;
      const asked = error.retryAfterMs;
      if (asked !== undefined && asked > policy.longestMs) throw error;
      // A signal that comes meanwhile ends the next attempt before it is sent.
      await sleep(asked ?? pauseAfter(number, policy, Math.random()), undefined, { signal }).catch(() => undefined);
    }
  }
}
