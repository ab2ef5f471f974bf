import type { Requirement } from '../model/check.ts';
import type { Config } from '../model/config.ts';
import type { Phase } from '../model/run.ts';
import { loadRegistry } from '../registry/registry.ts';

export interface ListedCheck {
  id: string;
  phases: readonly Phase[];
  needs: readonly Requirement[];
  title: string;
  why: string;
  /** `built in`, or the file or package it came from. */
  source: string;
}

/** Every check there is, by id. Loads foreign checks, so their code runs. Throws a `WitnessError` naming a file that is not valid. */
export async function listChecks(config: Pick<Config, 'checkFiles' | 'bundles'>): Promise<ListedCheck[]> {
  const { checks } = await loadRegistry(config);
  return checks
    .map(({ check, source }) => ({
      id: check.id,
      phases: check.phases,
      needs: check.needs ?? [],
      title: check.title,
      why: check.why,
      source,
    }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}
