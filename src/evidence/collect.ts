import type { Clock } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import { formatDuration } from '../kernel/format.ts';
import type { Check } from '../model/check.ts';
import { checkOptions } from '../model/check-options.ts';
import type { Collected } from '../model/collected.ts';
import type { CheckConfig } from '../model/config.ts';
import type { KeepFacts } from './facts.ts';
import { limited } from './limit.ts';
import { unmetNeed } from './needs.ts';
import type { PhaseProbes } from './probe.ts';
import { refusalOf } from './refusals.ts';
import { NeedUnmet } from './run-sql.ts';

export interface CollectOptions {
  /** Checks under way at once. */
  concurrency: number;
  /** Limit of one check that has none of its own, ms. */
  checkMs: number;
  /** Limit of all together, ms; what has not begun by then counts as timed out. */
  phaseMs: number;
  /** Stops what is under way; the rest is `canceled`. */
  signal: AbortSignal;
  keep: KeepFacts;
  clock: Clock;
  /** `checks:` of the configuration. */
  configs?: Readonly<Record<string, CheckConfig>> | undefined;
  /** How long a stopped check may tidy up after itself, ms; default 2000. */
  graceMs?: number | undefined;
}

/**
 * Collects the facts of each check, several at a time, each under its own limit and that of the phase. A check that
 * throws, hangs or answers nonsense costs itself alone. In the order of `checks`. Never throws but for a full disk.
 */
export async function collect(
  checks: readonly Check[],
  probes: PhaseProbes,
  options: CollectOptions,
): Promise<Collected[]> {
  const deadline = options.clock.elapsed() + options.phaseMs;
  const found: Collected[] = [];
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < checks.length; index = next++) {
      const check = checks[index];
      if (check) found[index] = await collectOne(check, probes, options, deadline);
    }
  };
  const workers = Math.max(1, Math.min(options.concurrency, checks.length));
  await Promise.all(Array.from({ length: workers }, worker));
  return found;
}

async function collectOne(
  check: Check,
  probes: PhaseProbes,
  options: CollectOptions,
  deadline: number,
): Promise<Collected> {
  const { clock } = options;
  const startedAt = clock.now().toISOString();
  const started = clock.elapsed();
  const own = options.configs?.[check.id];
  const limit = own?.timeout_ms ?? check.timeoutMs ?? options.checkMs;
  const ms = Math.min(limit, deadline - started);
  let calls: ReturnType<PhaseProbes['open']>['calls'] = [];

  const ended = await limited(
    async (signal) => {
      const unmet = await unmetNeed(check, probes);
      if (unmet) return { status: 'unmet' as const, ...unmet };
      const opened = probes.open(check, signal);
      calls = opened.calls;
      const facts = await check.collect(opened.probe, checkOptions(check, own?.options));
      return { status: 'collected' as const, facts: check.facts.parse(facts) };
    },
    { ms, signal: options.signal, graceMs: options.graceMs },
  );

  const duration = Math.round(clock.elapsed() - started);
  const base = { id: check.id, phase: probes.phase, started_at: startedAt, duration_ms: duration };
  switch (ended.ended) {
    case 'done':
      break;
    case 'error': {
      if (ended.error instanceof NeedUnmet)
        return {
          ...base,
          outcome: { status: 'unmet', reason: ended.error.message, remedies: [...ended.error.remedies] },
        };
      const refused = refusalOf(ended.error, probes.target.user ?? '');
      if (refused) return { ...base, outcome: { status: 'unmet', ...refused } };
      return { ...base, outcome: { status: 'error', message: describe(ended.error) } };
    }
    case 'timeout':
      return { ...base, outcome: { status: 'timeout', message: timeoutMessage(ms, limit, calls) } };
    case 'canceled':
      return {
        ...base,
        outcome: { status: 'canceled', message: 'the run was stopped before this check had its answer' },
      };
  }
  if (ended.value.status === 'unmet') return { ...base, outcome: ended.value };
  const kept = await options.keep(`facts/${probes.phase}/${check.id.replace(/[^\w.-]+/g, '-')}.json`, {
    check: check.id,
    facts_version: check.factsVersion,
    facts: ended.value.facts,
    calls: [...calls],
    duration_ms: duration,
  });
  return { ...base, factsPath: kept.path, outcome: { status: 'collected', facts: kept.facts } };
}

/** What a check threw, in a sentence; zod's list of issues is shortened to the first. */
function describe(error: unknown): string {
  if (error instanceof Error && 'issues' in error && Array.isArray(error.issues)) {
    const [issue] = error.issues;
    const path = Array.isArray(issue?.path) ? issue.path.join('.') : '';
    return `the target answered in a shape this check does not know: ${path === '' ? '' : `${path}: `}${issue?.message ?? ''}`;
  }
  return messageOf(error);
}

function timeoutMessage(ms: number, limit: number, calls: readonly { what: string; ms: number }[]): string {
  if (ms <= 0) return 'the time of this phase was used up before this check began';
  const whose = ms < limit ? 'what was left of the phase' : 'its limit';
  const last = calls.at(-1);
  const done = last === undefined ? 'no call had been answered' : `the last call answered was ${last.what}`;
  return `no answer within ${formatDuration(ms)} (${whose}); ${done}`;
}
