import { EngineError } from '../engine/errors.ts';
import type { Target } from '../engine/target.ts';
import { messageOf } from '../kernel/errors.ts';
import type { FlushFacts } from '../model/control.ts';
import { allows, grantStatement, parseGrants } from '../model/grants.ts';
import type { Capabilities } from '../model/target.ts';

const PRIVILEGE = 'SYSTEM FLUSH LOGS';
/** Access denied, read-only; servers without grants say the latter. */
const REFUSALS = new Set([497, 164, 392]);
/** Far beyond what a flush takes; a server that is stuck in one must not hold up the run. */
const FLUSH_MS = 15_000;

/**
 * Asks the server to write its logs out now. The privilege is a global one, so that many users lack it: then the caller
 * waits out the flush interval instead. Never throws.
 */
export async function flushLogs(
  target: Target,
  capabilities: Pick<Capabilities, 'grants' | 'user'>,
  signal?: AbortSignal,
): Promise<FlushFacts> {
  const remedies = [grantStatement({ privilege: PRIVILEGE }, capabilities.user)];
  const { grants } = capabilities;
  // A question whose answer is known would only raise the server's error counters.
  if (grants && allows(parseGrants(grants), { privilege: PRIVILEGE }).answer === 'no')
    return { outcome: 'not-allowed', message: `${PRIVILEGE} is not granted to ${capabilities.user}`, remedies };
  try {
    await target.command(PRIVILEGE, { purpose: 'control', signal, timeoutMs: FLUSH_MS });
    return { outcome: 'flushed', message: 'the server wrote its logs out when asked to', remedies: [] };
  } catch (error) {
    const refused = error instanceof EngineError && error.code !== undefined && REFUSALS.has(error.code);
    if (refused)
      return { outcome: 'not-allowed', message: messageOf(error), remedies: error.code === 497 ? remedies : [] };
    return { outcome: 'failed', message: messageOf(error), remedies: [] };
  }
}
