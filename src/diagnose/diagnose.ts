import type { Finding } from '../model/finding.ts';
import type { EvidenceView, Rule } from '../model/rule.ts';
import { badRows } from './rules/bad-rows.ts';
import { connection } from './rules/connection.ts';
import { input } from './rules/input.ts';
import { rowsMissing } from './rules/rows-missing.ts';
import { serverExceptionRule } from './rules/server-exception.ts';

export const RULES: readonly Rule[] = [badRows, input, connection, serverExceptionRule, rowsMissing];

const RANK = { certain: 0, likely: 1, possible: 2 } as const;

/** Findings of every rule, best first; the same cause found twice is one finding with both lines. */
export function diagnose(evidence: EvidenceView, rules: readonly Rule[] = RULES): Finding[] {
  const byCause = new Map<string, Finding>();
  for (const finding of rules.flatMap((rule) => rule.explain(evidence))) {
    const known = byCause.get(finding.cause);
    if (!known) byCause.set(finding.cause, finding);
    else {
      const better = RANK[finding.confidence] < RANK[known.confidence] ? finding : known;
      byCause.set(finding.cause, { ...better, because: [...known.because, ...finding.because] });
    }
  }
  return [...byCause.values()].sort((a, b) => RANK[a.confidence] - RANK[b.confidence]);
}
