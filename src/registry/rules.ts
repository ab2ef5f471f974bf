import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { WitnessError } from '../kernel/errors.ts';
import type { Rule } from '../model/rule.ts';
import { loadDefault } from './load-module.ts';

export interface RegisteredRule {
  rule: Rule;
  path: string;
}

const shape = z.object({
  id: z.string(),
  causes: z.array(z.string()).min(1),
  page: z.string().optional(),
  explain: z.custom<Rule['explain']>((value) => typeof value === 'function', 'must be a function'),
});

/**
 * Rules of the user: `chwitness/rules/*.{js,mjs}` of the project, each exporting `(api) => rule` by default, its id the
 * name of the file. Loads code, so only commands that run checks may call it; `diagnose` never does.
 */
export async function foreignRules(projectDir: string): Promise<RegisteredRule[]> {
  const folder = join(projectDir, 'chwitness', 'rules');
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder)
    .filter((name) => /\.(js|mjs)$/.test(name))
    .sort();
  return Promise.all(files.map((name) => fromFile(join(folder, name))));
}

async function fromFile(path: string): Promise<RegisteredRule> {
  const read = shape.safeParse(await loadDefault(path));
  const id = basename(path).replace(/\.(js|mjs)$/, '');
  const wrong = read.success
    ? read.data.id === id
      ? undefined
      : `its id must be "${id}", as the file is named`
    : read.error.issues[0]?.message;
  if (!read.success || wrong !== undefined)
    throw new WitnessError({
      code: 'RULE_INVALID',
      what: `This file exports no rule: ${wrong ?? 'its shape is wrong'}`,
      where: path,
      next: 'Write: export default (api) => api.defineRule({ id, causes, explain(evidence) { return [] } })',
    });
  const { causes, explain, page } = read.data;
  return {
    rule: { id: `own/${id}`, causes, explain: (view) => explain(view), ...(page === undefined ? {} : { page }) },
    path,
  };
}
