import { plural } from '../kernel/format.ts';
import { errorHeadline } from '../model/error-headline.ts';
import type { LoadFacts } from '../model/load.ts';
import type { CheckResult, RunJson } from '../model/run.ts';
import { exitOfCommand } from './exit-command.ts';

export interface Exit {
  code: number;
  /** Whose code it is. */
  origin: RunJson['run']['exit_code_origin'];
  /** Why, one sentence. */
  reason: string;
}

const BAD = new Set<CheckResult['status']>(['fail', 'error', 'timeout']);

function names(results: readonly CheckResult[]): string {
  return results.map((result) => `${result.id} (${result.phase})`).join(', ');
}

/**
 * 0 clean · 1 something failed, or could not be looked at and so may be bad · 2 nothing could be checked.
 * Skips do not count against a run; warnings do under `--fail-on warn`.
 */
export function exitOf(checks: readonly CheckResult[], ingestion: LoadFacts, failOn: 'fail' | 'warn'): Exit {
  const blockers = names(checks.filter((check) => check.blocking && BAD.has(check.status)));
  const ended = exitOfCommand(ingestion, blockers);
  if (ended) return ended;
  const exit = judged(checks, ingestion, failOn, blockers);
  // A command that said 0 and is not gainsaid keeps its word.
  return { ...exit, origin: ingestion.kind === 'command' && exit.code === 0 ? 'command' : 'chwitness' };
}

function judged(
  checks: readonly CheckResult[],
  ingestion: LoadFacts,
  failOn: 'fail' | 'warn',
  blockers: string,
): Pick<Exit, 'code' | 'reason'> {
  if (ingestion.status === 'failed')
    return { code: 1, reason: `the load failed${ingestion.error ? `: ${errorHeadline(ingestion.error)}` : ''}` };
  if (ingestion.kind !== 'none' && ingestion.status === 'not-started')
    return { code: 1, reason: `the load was not started: ${blockers}` };
  if (ingestion.status === 'canceled') return { code: 1, reason: 'the load was stopped before its end' };
  const bad = checks.filter((check) => BAD.has(check.status));
  if (bad.length > 0) return { code: 1, reason: `${plural(bad.length, 'check')} did not pass: ${names(bad)}` };
  const canceled = checks.filter((check) => check.status === 'canceled');
  if (canceled.length > 0)
    return { code: 1, reason: `${plural(canceled.length, 'check')} stopped before an answer: ${names(canceled)}` };
  const warned = checks.filter((check) => check.status === 'warn');
  if (failOn === 'warn' && warned.length > 0)
    return { code: 1, reason: `${plural(warned.length, 'warning')} under --fail-on warn: ${names(warned)}` };
  if (ingestion.kind === 'none' && checks.every((check) => check.status === 'skip'))
    return { code: 2, reason: 'nothing could be checked' };
  return { code: 0, reason: warned.length > 0 ? `no failure, ${plural(warned.length, 'warning')}` : 'all is well' };
}
