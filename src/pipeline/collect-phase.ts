import { judge } from '../diagnose/judge.ts';
import { openDocker } from '../engine/docker/docker.ts';
import { collect } from '../evidence/collect.ts';
import { emptyInsert } from '../evidence/empty-insert.ts';
import { factsKeeper } from '../evidence/facts.ts';
import { openPhase } from '../evidence/probe.ts';
import { createScratch } from '../evidence/scratch.ts';
import type { LoadFacts } from '../model/load.ts';
import type { CheckResult, Phase } from '../model/run.ts';
import { dockerHttp, lookAtHttp } from './look-at-http.ts';
import type { Run } from './run.ts';
import { windowOf } from './window.ts';

export interface PhaseOutcome {
  results: CheckResult[];
  /** Facts as they were kept, by check id. */
  facts: ReadonlyMap<string, unknown>;
}

const NOTHING: PhaseOutcome = { results: [], facts: new Map() };

/** Collects and judges the checks of one phase. A phase the plan leaves out gives nothing. */
export async function collectPhase(
  run: Run,
  phase: Phase,
  earlier?: { before: PhaseOutcome; ingestion: LoadFacts },
): Promise<PhaseOutcome> {
  const { plan } = run;
  if (!plan.phases.includes(phase)) return NOTHING;
  const ids = plan.bundle[phase];
  const checks = ids.flatMap((id) => plan.checks.filter((check) => check.id === id && check.phases.includes(phase)));
  const load = earlier?.ingestion;
  const done = earlier?.before.results ?? [];
  await run.note(`checks ${phase}`, done, load);
  return run.during(phase, async () => {
    const { config, clock } = plan;
    // Ctrl-C stops the load and what precedes it; the checks after it are what one waits for.
    const stop = phase === 'before' || plan.ingest === undefined ? plan.stop : new AbortController().signal;
    const docker = openDocker(config.docker.command);
    const probes = openPhase({
      phase,
      target: run.target,
      cluster: config.target.cluster,
      tables: plan.tables,
      statements: plan.statements,
      store: run.store,
      window: () => windowOf(run),
      load,
      schemaDir: config.schemaDir,
      ownErrors: run.ownErrors,
      queryIds: plan.queryIds,
      control: run.control,
      limits: config.limits,
      clock,
      tools: {
        emptyInsert,
        scratch: createScratch({ id: `${run.id}-${phase}`, ledger: run.ledger }),
        normalise: run.normalise,
        docker,
        dockerHttp: dockerHttp(run, docker),
        http: () => lookAtHttp(run, stop),
      },
    });
    const contact = await probes.reach();
    if (contact.ok) {
      run.learn(contact.capabilities);
      // Control queries stand at both ends of the run alone; of an interval in the past they can say nothing.
      await run.control.start(phase === 'before' && plan.window === undefined ? 'window' : 'now');
    }
    const collected = await collect(checks, probes, {
      concurrency: config.concurrency,
      checkMs: config.limits.check_ms,
      phaseMs: Math.min(plan.bundle.budgetMs, config.limits.phase_ms),
      signal: stop,
      keep: factsKeeper(run.store, run.redactor),
      clock,
      configs: config.checks,
    });
    const before = earlier?.before.facts;
    const judged = judge(checks, collected, {
      phase,
      before: (id) => before?.get(id),
      load,
      now: clock.now(),
      blocking: plan.bundle.blocking,
      configs: config.checks,
    });
    const results = run.clean('run.json', judged);
    plan.listen({ type: 'checked', phase, results });
    await run.note(`after checks ${phase}`, [...done, ...results], load);
    const facts = new Map(
      collected.flatMap((found) =>
        found.outcome.status === 'collected' ? [[found.id, found.outcome.facts] as const] : [],
      ),
    );
    return { results, facts };
  });
}
