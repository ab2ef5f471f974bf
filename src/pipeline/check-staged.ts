import { judge } from '../diagnose/judge.ts';
import { openDocker } from '../engine/docker/docker.ts';
import { redirected } from '../engine/redirected.ts';
import { collect } from '../evidence/collect.ts';
import { emptyInsert } from '../evidence/empty-insert.ts';
import { factsKeeper } from '../evidence/facts.ts';
import { openPhase } from '../evidence/probe.ts';
import { createScratch } from '../evidence/scratch.ts';
import type { TableName } from '../model/table.ts';
import { dockerHttp, lookAtHttp } from './look-at-http.ts';
import type { Run } from './run.ts';
import { windowOf } from './window.ts';

/**
 * Asks the checks made of SELECTs of a staged copy of a table, before it takes the table's place: their statements are
 * the same, with the copy's name where the table's stands.
 * @returns their ids, and a sentence for each that does not pass
 */
export async function checkStaged(
  run: Run,
  table: TableName,
  staged: TableName,
): Promise<{ asked: string[]; failures: string[] }> {
  const { plan } = run;
  const { config, clock } = plan;
  const checks = plan.checks.filter(
    ({ id, staged, phases }) => staged === true && phases.includes('after') && plan.bundle.after.includes(id),
  );
  const asked = checks.map(({ id }) => id);
  if (checks.length === 0) return { asked, failures: [] };
  const docker = openDocker(config.docker.command);
  const probes = openPhase({
    phase: 'after',
    target: redirected(run.target, table, staged),
    tables: [table],
    cluster: undefined,
    statements: plan.statements,
    store: run.store,
    window: () => windowOf(run),
    load: undefined,
    schemaDir: config.schemaDir,
    ownErrors: run.ownErrors,
    queryIds: plan.queryIds,
    control: run.control,
    limits: config.limits,
    clock,
    tools: {
      emptyInsert,
      scratch: createScratch({ id: `${run.id}-staged`, ledger: run.ledger }),
      normalise: run.normalise,
      docker,
      dockerHttp: dockerHttp(run, docker),
      http: () => lookAtHttp(run, plan.stop),
    },
  });
  const contact = await probes.reach();
  if (!contact.ok) return { asked, failures: ['the target does not answer, so the staged rows could not be checked'] };
  const collected = await collect(checks, probes, {
    concurrency: config.concurrency,
    checkMs: config.limits.check_ms,
    phaseMs: Math.min(plan.bundle.budgetMs, config.limits.phase_ms),
    signal: plan.stop,
    keep: factsKeeper(run.store, run.redactor),
    clock,
    configs: config.checks,
  });
  const judged = judge(checks, collected, {
    phase: 'after',
    before: () => undefined,
    load: undefined,
    now: clock.now(),
    blocking: [],
    configs: config.checks,
  });
  const failures = judged
    .filter(({ status }) => status === 'fail' || status === 'error' || status === 'timeout')
    .map(({ id, message }) => `${id}: ${message}`);
  return { asked, failures };
}
