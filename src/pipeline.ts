import { collectPhase } from './pipeline/collect-phase.ts';
import { finish, type Witnessed } from './pipeline/finish.ts';
import { ingest } from './pipeline/ingest.ts';
import type { Plan } from './pipeline/plan.ts';
import { recover } from './pipeline/recover.ts';
import { openRun } from './pipeline/run.ts';

/**
 * One run: checks before → ingestion → checks after → diagnose → report → archive.
 * Ends with an archive whatever the target, the load or a check does; throws only when there can be none
 * (nowhere to write, no engine at all, a secret found in it).
 */
export async function witness(plan: Plan): Promise<Witnessed> {
  const run = await openRun(plan);
  try {
    plan.listen({ type: 'opened', id: run.id, job: run.redactor.plain(plan.job), target: run.targetFacts() });
    await recover(run);
    const before = await collectPhase(run, 'before');
    const ingestion = await ingest(run, before);
    const after = await collectPhase(run, 'after', { before, ingestion });
    return await finish(run, [...before.results, ...after.results], ingestion, (id, phase) =>
      (phase === 'before' ? before : after).facts.get(id),
    );
  } finally {
    await run.close();
  }
}
