import { z } from 'zod';
import { type ServerException, serverException } from '../model/load.ts';
import type { EvidenceView } from '../model/rule.ts';
import type { Because } from '../model/verdict.ts';

const withFailure = z.object({ failure: serverException });

/** Every exception the run met, each with the line that shows it: the load's own first, then those that stand in facts. */
export function exceptionsOf(
  evidence: Pick<EvidenceView, 'ingestion' | 'checks' | 'facts'>,
): { exception: ServerException; because: Because }[] {
  const found: { exception: ServerException; because: Because }[] = [];
  const own = serverException.safeParse(evidence.ingestion.error);
  if (own.success) found.push({ exception: own.data, because: { text: own.data.message, file: 'data/results.json' } });
  for (const check of evidence.checks) {
    if (check.status !== 'fail') continue;
    const facts = withFailure.safeParse(evidence.facts(check.id, check.phase));
    if (!facts.success) continue;
    const exception = facts.data.failure;
    if (found.some((other) => other.exception.message === exception.message)) continue;
    found.push({
      exception,
      because: { text: exception.message, ...(check.facts === undefined ? {} : { file: check.facts }) },
    });
  }
  return found;
}
