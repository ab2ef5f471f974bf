import { EngineError } from '../../src/engine/errors.ts';
import type { TargetHooks } from '../../src/engine/target.ts';
import type { StatementRecord } from '../../src/model/statement.ts';

export interface HooksProbe extends TargetHooks {
  records: StatementRecord[];
}

/** Hooks that keep every journal record. */
export function probeHooks(runId = 'testrun1'): HooksProbe {
  const records: StatementRecord[] = [];
  return { runId, records, onStatement: (record) => records.push(record) };
}

/** The EngineError that a call must end with. */
export async function failureOf(call: Promise<unknown>): Promise<EngineError> {
  try {
    await call;
  } catch (thrown) {
    if (thrown instanceof EngineError) return thrown;
    throw thrown;
  }
  throw new Error('the call did not fail');
}
