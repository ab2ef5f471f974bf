import { EngineError } from '../engine/errors.ts';
import { WitnessError } from '../kernel/errors.ts';
import type { LoadFacts } from '../model/load.ts';
import { InputFault } from '../model/source.ts';

/** What a load may meet, as facts. Anything else is a bug of ours and goes on as it is. */
export function factsOf(thrown: unknown, source: string): NonNullable<LoadFacts['error']> {
  if (thrown instanceof EngineError) return thrown.toException();
  if (thrown instanceof InputFault) return thrown.facts;
  if (thrown instanceof WitnessError) {
    const where = thrown.where === undefined ? '' : ` (${thrown.where})`;
    return { code: thrown.code, message: `${thrown.message}${where}`, source };
  }
  // A disk that is full, a file that went away: the operating system's word.
  if (thrown instanceof Error && 'syscall' in thrown) return { failure: 'other', message: thrown.message };
  throw thrown;
}
