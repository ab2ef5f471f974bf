import { WitnessError } from '../kernel/errors.ts';
import { openRejectFile, type RejectFile } from '../load/reject/reject-file.ts';
import { createRejects, type Rejects } from '../load/reject/rejects.ts';
import type { Config } from '../model/config.ts';
import type { Run } from '../pipeline/run.ts';
import { probingOf } from './load-probing.ts';

/**
 * The reject file of a load, looked at before anything is sent; undefined when none is needed.
 * @throws WitnessError when quarantine has nowhere to put bad rows
 */
export async function rejectFileOf(config: Config): Promise<RejectFile | undefined> {
  const { on_error, reject_file } = config.load;
  if (on_error.mode !== 'quarantine') return undefined;
  if (reject_file === undefined)
    throw new WitnessError({
      code: 'USAGE_REJECT_FILE',
      what: 'Quarantine keeps bad rows in a file, and none is named: rows are written only where they are meant to be',
      where: '--on-error quarantine',
      next: 'Name one with --reject-file rejects.ndjson',
    });
  return openRejectFile(reject_file);
}

/** Bad rows of the load of this run, tried in its throwaway engine. */
export function rejectsOf(run: Run, config: Config, file: RejectFile | undefined, signal: AbortSignal): Rejects {
  return createRejects({
    onError: config.load.on_error,
    target: run.target,
    engine: () => run.oracle.target(),
    file,
    sample: run.plan.phases.includes('after') && run.plan.checks.some(({ id }) => id === 'values-stored'),
    keepSamples: config.load.keep_samples,
    settings: { ...config.target.settings, ...config.load.settings },
    askTarget: probingOf(run, config.load.settings, signal),
    signal,
  });
}
