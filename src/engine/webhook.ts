import { messageOf } from '../kernel/errors.ts';

const TIMEOUT_MS = 10_000;

/**
 * Posts JSON to an address of the user's. Resolves to why it was not taken, one clause, or to undefined when it was; never
 * throws, and never follows elsewhere: the address may be a secret, and so may what stands in it.
 */
export async function postJson(url: string, body: unknown): Promise<string | undefined> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await answer.body?.cancel();
    return answer.ok ? undefined : `it answered ${answer.status}`;
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return messageOf(cause);
  }
}
