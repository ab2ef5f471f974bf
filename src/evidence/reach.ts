import { EngineError } from '../engine/errors.ts';
import type { Target } from '../engine/target.ts';
import type { Clock } from '../kernel/clock.ts';
import { messageOf, WitnessError } from '../kernel/errors.ts';
import type { ServerException } from '../model/load.ts';
import type { Capabilities } from '../model/target.ts';

export type Contact =
  | { ok: true; capabilities: Capabilities; ms: number }
  | { ok: false; failure: ServerException; ms: number };

/** The first contact of a phase: made once, by whoever asks first. A failure is an answer too. */
export function createContact(target: Target, clock: Clock) {
  let contact: Promise<Contact> | undefined;
  let learned: Capabilities | undefined;

  const ask = async (): Promise<Contact> => {
    const started = clock.elapsed();
    const ms = () => Math.round((clock.elapsed() - started) * 10) / 10;
    try {
      learned = await target.capabilities();
      // Capabilities are remembered from an earlier phase; whether the target answers now is another question.
      await target.all('SELECT 1 AS one', { purpose: 'check:target-reachable' });
      return { ok: true, capabilities: learned, ms: ms() };
    } catch (error) {
      return { ok: false, failure: failureOf(error), ms: ms() };
    }
  };
  const reach = () => {
    contact ??= ask();
    return contact;
  };

  return {
    /** Never throws. */
    reach,
    /** The capabilities, or a thrown error that says why there are none. */
    async demand(): Promise<Capabilities> {
      const found = await reach();
      if (found.ok) return found.capabilities;
      throw new WitnessError({ code: 'TARGET_UNREACHABLE', what: found.failure.message, where: target.url });
    },
    /** The capabilities, where `reach` has brought them. */
    learned(): Capabilities {
      if (learned) return learned;
      throw new WitnessError({
        code: 'TARGET_UNKNOWN',
        what: 'the target has not answered, so nothing is known of it',
        next: 'Add "http" to the needs of this check, or ask reach() first',
      });
    },
  };
}

/** Anything thrown by a call to the target, as facts. */
export function failureOf(thrown: unknown): ServerException {
  return thrown instanceof EngineError ? thrown.toException() : { failure: 'other', message: messageOf(thrown) };
}
