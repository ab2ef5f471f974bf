import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../kernel/errors.ts';

const TIMEOUT_MS = 10_000;
/** A second try, ms after the first, of what may pass: an address that does not answer at all has had its time. */
const AGAIN_MS = 1000;

/** Why it was not taken, one clause, and whether that may pass. */
interface Refusal {
  why: string;
  passes: boolean;
}

async function post(url: string, body: string): Promise<Refusal | undefined> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await answer.body?.cancel();
    const { ok, status } = answer;
    return ok ? undefined : { why: `it answered ${status}`, passes: status === 429 || status >= 500 };
  } catch (error) {
    if (error instanceof Error && error.name === 'TimeoutError')
      return { why: `it did not answer within ${TIMEOUT_MS / 1000} s`, passes: false };
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return { why: messageOf(cause), passes: true };
  }
}

/**
 * Posts JSON to an address of the user's, twice where the first time may have been bad luck. Resolves to why it was not
 * taken, one clause, or to undefined when it was; never throws, and never follows elsewhere: the address may be a secret,
 * and so may what stands in it.
 */
export async function postJson(url: string, body: unknown): Promise<string | undefined> {
  const text = JSON.stringify(body);
  const first = await post(url, text);
  if (!first?.passes) return first?.why;
  await sleep(AGAIN_MS);
  return (await post(url, text))?.why;
}
