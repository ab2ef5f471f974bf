import type { Bundle } from '../model/check.ts';
import type { Config } from '../model/config.ts';
import type { SqlLibrary } from '../model/sql.ts';
import { allBundles, builtInBundles } from './bundles.ts';
import { builtInChecks, foreignChecks, merge, type RegisteredCheck } from './checks.ts';
import { registryDigest } from './digest.ts';
import { foreignRules, type RegisteredRule } from './rules.ts';
import { sqlLibrary } from './sql-file.ts';

export interface Registry {
  /** Every check, built-in ones first, each group in the order of its files. */
  checks: readonly RegisteredCheck[];
  bundles: readonly Bundle[];
  /** Rules of the user, beside those that come with chwitness. */
  rules: readonly RegisteredRule[];
  /** For probes. */
  statements: SqlLibrary;
  /** `tool.rules_digest` */
  digest: string;
}

/**
 * Everything that runs check, loaded and validated. Runs the code of foreign checks, so only commands that run checks
 * may call it. Throws a `WitnessError` naming the file that is not as it should be.
 */
export async function loadRegistry(
  config: Pick<Config, 'checkFiles' | 'bundles'>,
  projectDir: string = process.cwd(),
): Promise<Registry> {
  const found = merge([await builtInChecks(), await foreignChecks(config.checkFiles, projectDir)]);
  const ids = new Set(found.checks.map(({ check }) => check.id));
  const builtIn = await builtInBundles();
  const rules = await foreignRules(projectDir);
  return {
    checks: found.checks,
    bundles: allBundles(
      builtIn.map(({ bundle }) => bundle),
      config.bundles,
      ids,
    ),
    rules,
    statements: sqlLibrary(found.statements),
    digest: registryDigest(
      found.checks,
      [...builtIn, ...rules].map(({ path }) => path),
    ),
  };
}
