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

/** Batches that the run which is resumed left without an answer, and that nothing could settle. */
export function unknownRows(rows: readonly number[]): LoadFacts['error'] {
  const sum = rows.reduce((total, more) => total + more, 0);
  if (sum === 0) return undefined;
  const message = `of ${sum} rows it is not known whether they are stored: no answer came, and neither a deduplication window nor the server's log tells. They were not sent again; compare the table with the source`;
  return { failure: 'other', message };
}
