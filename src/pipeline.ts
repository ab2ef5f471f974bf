import { WitnessError } from './kernel/errors.ts';
import { collectPhase } from './pipeline/collect-phase.ts';
import { finish, type Witnessed } from './pipeline/finish.ts';
import { ingest } from './pipeline/ingest.ts';
import type { Plan } from './pipeline/plan.ts';
import { recover } from './pipeline/recover.ts';
import { openRun } from './pipeline/run.ts';

const UNWRITTEN = new Set(['ARCHIVE_DISK_FULL', 'ARCHIVE_NOT_WRITTEN']);

/**
 * One run: checks before → ingestion → checks after → diagnose → report → archive.
 * Ends with an archive whatever the target, the load or a check does; throws only when there can be none
 * (nowhere to write, no engine at all, a secret found in it).
 */
export async function witness(plan: Plan): Promise<Witnessed> {
  const run = await openRun(plan);
  let unpacked = false;
  try {
    plan.listen({ type: 'opened', id: run.id, job: run.redactor.plain(plan.job), target: run.targetFacts() });
    await recover(run);
    const before = await collectPhase(run, 'before');
    const ingestion = await ingest(run, before);
    const after = await collectPhase(run, 'after', { before, ingestion });
    await run.note('packing the archive', [...before.results, ...after.results], ingestion);
    return await finish(run, [...before.results, ...after.results], ingestion, (id, phase) =>
      (phase === 'before' ? before : after).facts.get(id),
    );
  } catch (error) {
    // What could not be written now is packed by the next start, as after a kill.
    unpacked = error instanceof WitnessError && UNWRITTEN.has(error.code);
    throw error;
  } finally {
    await run.close({ keepFolder: unpacked });
  }
}
