import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { WitnessError } from '../kernel/errors.ts';
import { codeRoot } from '../kernel/package.ts';
import type { Bundle } from '../model/check.ts';
import type { UserBundle } from '../model/config.ts';
import { loadDefault } from './load-module.ts';

const bundle = z.strictObject({
  id: z.string().min(1),
  title: z.string().min(3),
  before: z.array(z.string()),
  after: z.array(z.string()),
  blocking: z.array(z.string()),
  budgetMs: z.number().positive(),
});

/** The bundles that come with chwitness: `bundles/*.{ts,js}`. */
export async function builtInBundles(): Promise<{ bundle: Bundle; path: string }[]> {
  const folder = join(codeRoot, 'bundles');
  const names = existsSync(folder) ? readdirSync(folder).sort() : [];
  const paths = names
    .filter((name) => /\.(ts|js)$/.test(name) && !name.endsWith('.d.ts'))
    .map((name) => join(folder, name));
  return Promise.all(
    paths.map(async (path) => {
      const parsed = bundle.safeParse(await loadDefault(path));
      const id = basename(path).replace(/\.(ts|js)$/, '');
      const [issue] = parsed.success ? [] : parsed.error.issues;
      if (!parsed.success) throw invalid(path, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
      if (parsed.data.id !== id) throw invalid(path, `its id is "${parsed.data.id}" and its file says "${id}"`);
      return { bundle: parsed.data, path };
    }),
  );
}

/**
 * Built-in bundles with the user's own over them. A user's bundle takes what it does not say from the one it extends.
 * Throws a `WitnessError` when it extends nothing known or itself, or names a check that does not exist.
 */
export function allBundles(
  builtIn: readonly Bundle[],
  own: Readonly<Record<string, UserBundle>>,
  checkIds: ReadonlySet<string>,
): Bundle[] {
  const known = new Map(builtIn.map((one) => [one.id, one]));
  const resolve = (id: string, path: readonly string[]): Bundle => {
    const mine = own[id];
    const where = `bundles.${path[0] ?? id}`;
    if (path.includes(id) && !(id === path.at(-1) && known.has(id)))
      throw invalid(where, `it extends itself: ${[...path, id].join(' → ')}`);
    // A bundle of the user's may carry on the built-in one of the same name.
    if (!mine || path.includes(id)) {
      const found = known.get(id);
      if (!found)
        throw invalid(
          where,
          `there is no bundle "${id}" to extend (there are: ${[...known.keys(), ...Object.keys(own)].join(', ')})`,
        );
      return found;
    }
    const base = mine.extends === undefined ? undefined : resolve(mine.extends, [...path, id]);
    return {
      id,
      title: mine.title ?? base?.title ?? id,
      before: mine.before ?? base?.before ?? [],
      after: mine.after ?? base?.after ?? [],
      blocking: mine.blocking ?? base?.blocking ?? [],
      budgetMs: mine.budget ?? base?.budgetMs ?? 120_000,
    };
  };
  const ids = [...new Set([...known.keys(), ...Object.keys(own)])];
  const bundles = ids.map((id) => resolve(id, []));
  for (const one of bundles) checkReferences(one, checkIds);
  return bundles;
}

function checkReferences(one: Bundle, checkIds: ReadonlySet<string>): void {
  for (const key of ['before', 'after', 'blocking'] as const) {
    const missing = one[key].find((id) => !checkIds.has(id));
    if (missing !== undefined) throw invalid(`bundles.${one.id}.${key}`, `there is no check "${missing}"`);
  }
}

function invalid(where: string, why: string): WitnessError {
  return new WitnessError({
    code: 'BUNDLE_INVALID',
    what: `This is no valid bundle: ${why}`,
    where,
    next: 'Run "chwitness checks" to see what there is',
  });
}
