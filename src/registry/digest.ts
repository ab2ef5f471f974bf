import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeRoot, packageRoot } from '../kernel/package.ts';
import type { RegisteredCheck } from './checks.ts';

/** SHA-256 over everything that decides a verdict: ids, facts versions and sources of checks, bundles, rules and statements. */
export function registryDigest(checks: readonly RegisteredCheck[], bundlePaths: readonly string[]): string {
  const hash = createHash('sha256');
  const add = (label: string, path: string) => hash.update(`${label}\0`).update(readFileSync(path)).update('\0');
  const byId = [...checks].sort((a, b) => (a.check.id < b.check.id ? -1 : 1));
  for (const { check, path } of byId) add(`check ${check.id} ${check.factsVersion}`, path);
  for (const path of [...bundlePaths].sort()) add('bundle', path);
  const rules = join(codeRoot, 'src', 'diagnose', 'rules');
  const names = existsSync(rules)
    ? readdirSync(rules, { recursive: true, encoding: 'utf8' }).filter(
        (name) => /\.(ts|js|json)$/.test(name) && !name.endsWith('.d.ts'),
      )
    : [];
  for (const name of names.sort()) add(`rule ${name}`, join(rules, name));
  const statements = join(packageRoot, 'sql', 'evidence');
  for (const name of readdirSync(statements).sort()) add(`statement ${name}`, join(statements, name));
  return hash.digest('hex');
}
