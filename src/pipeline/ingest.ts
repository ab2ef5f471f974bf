import { messageOf } from '../kernel/errors.ts';
import { type LoadFacts, noLoad } from '../model/load.ts';
import type { CheckResult } from '../model/run.ts';
import type { Run } from './run.ts';

const BLOCKS = new Set<CheckResult['status']>(['fail', 'error', 'timeout']);

/** Runs the load and shows what became of it, with every secret hidden. */
export async function ingest(run: Run, before: { results: readonly CheckResult[] }): Promise<LoadFacts> {
  const load = run.clean('run.json', await attempt(run, before));
  if (load.kind !== 'none') run.plan.listen({ type: 'loaded', load });
  return load;
}

/** Runs the load, unless a blocking check before it did not pass or someone stopped the run. Never throws. */
async function attempt(run: Run, before: { results: readonly CheckResult[] }): Promise<LoadFacts> {
  const { plan } = run;
  const { ingest: start } = plan;
  if (!start) return noLoad;
  const none: LoadFacts = plan.blank ?? { ...noLoad, kind: 'load' };
  const what = none.kind === 'command' ? 'command' : 'load';
  const blockers = before.results.filter((check) => check.blocking && BLOCKS.has(check.status));
  if (blockers.length > 0 && !plan.force) {
    const names = blockers.map((check) => check.id).join(', ');
    plan.listen({
      type: 'notice',
      text: `The ${what} was not started: ${names} did not pass (--force starts it all the same)`,
    });
    return none;
  }
  if (plan.stop.aborted) return { ...none, status: 'canceled' };
  await run.note('load', before.results, {
    ...none,
    status: 'canceled',
    ...(plan.command === 'load' ? { resumable: plan.resumes ?? run.id } : {}),
    error: {
      failure: 'other',
      message:
        what === 'load'
          ? 'killed during the load'
          : 'killed while the command ran: data/artifacts/command holds what it had printed; it may have gone on by itself',
    },
  });
  try {
    return await run.during('load', () => start(run));
  } catch (thrown) {
    // The loader answers failures with facts; what it throws is a mistake of ours, and the run still ends with an archive.
    await run.store.text(
      'artifacts/load/crash.txt',
      'artifact',
      thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown),
    );
    return {
      ...none,
      status: 'failed',
      error: {
        failure: 'other',
        message: `the ${what === 'load' ? 'loader' : 'wrapper'} stopped: ${messageOf(thrown)}`,
      },
    };
  }
}
