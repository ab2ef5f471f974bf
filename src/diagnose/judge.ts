import { messageOf } from '../kernel/errors.ts';
import type { Check } from '../model/check.ts';
import { checkOptions } from '../model/check-options.ts';
import type { Collected } from '../model/collected.ts';
import type { CheckConfig } from '../model/config.ts';
import type { LoadFacts } from '../model/load.ts';
import type { CheckResult, Phase } from '../model/run.ts';
import { skip, type Verdict, verdict } from '../model/verdict.ts';

export interface JudgeInput {
  phase: Phase;
  /** Facts that the same check collected before the load; undefined when there are none. */
  before?: ((id: string) => unknown) | undefined;
  load?: LoadFacts | undefined;
  now: Date;
  /** Ids whose failure before the load stops it. */
  blocking: readonly string[];
  /** `checks:` of the configuration. */
  configs?: Readonly<Record<string, CheckConfig>> | undefined;
}

type Judged = Verdict | { status: 'error' | 'timeout' | 'canceled'; message: string };

/** Judges what was collected, in the order of `checks`. Pure; a judge that throws becomes an `error` of that check alone. */
export function judge(checks: readonly Check[], collected: readonly Collected[], input: JudgeInput): CheckResult[] {
  const byId = new Map(collected.map((found) => [found.id, found]));
  return checks.flatMap((check) => {
    const found = byId.get(check.id);
    return found ? [resultOf(check, found, judgeOne(check, found, input), input)] : [];
  });
}

function judgeOne(check: Check, found: Collected, input: JudgeInput): Judged {
  const { outcome } = found;
  if (outcome.status === 'unmet') return skip(outcome.reason, { remedies: outcome.remedies });
  if (outcome.status !== 'collected') return outcome;
  const { phase, load, now } = input;
  const config = input.configs?.[check.id];
  try {
    // Facts of another version of the check have another shape: they count as not there.
    const before = check.facts.safeParse(input.before?.(check.id));
    const options = checkOptions(check, config?.options);
    const context = { before: before.success ? before.data : undefined, load, now, phase, options };
    const said: Verdict = verdict.parse(check.judge(check.facts.parse(outcome.facts), context));
    const counts = config?.severity ?? check.severity ?? 'fail';
    return said.status === 'fail' && counts === 'warn' ? { ...said, status: 'warn' } : said;
  } catch (error) {
    return { status: 'error', message: `the facts could not be judged: ${messageOf(error)}` };
  }
}

function resultOf(check: Check, found: Collected, judged: Judged, input: JudgeInput): CheckResult {
  const bad = judged.status === 'fail' || judged.status === 'warn';
  return {
    id: check.id,
    phase: input.phase,
    status: judged.status,
    title: bad ? check.failureTitle : check.title,
    message: judged.message,
    because: 'because' in judged ? judged.because : [],
    remedies: 'remedies' in judged ? judged.remedies : [],
    started_at: found.started_at,
    duration_ms: found.duration_ms,
    blocking: input.phase === 'before' && input.blocking.includes(check.id),
    ...(found.factsPath === undefined ? {} : { facts: found.factsPath }),
  };
}
