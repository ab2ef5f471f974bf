import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, isAbsolute, join, relative } from 'node:path';
import { glob } from 'tinyglobby';
import { WitnessError } from '../kernel/errors.ts';
import { codeRoot, packageRoot } from '../kernel/package.ts';
import type { Check } from '../model/check.ts';
import type { SqlFile } from '../model/sql.ts';
import { readCheck } from './check-shape.ts';
import { loadDefault } from './load-module.ts';
import { sqlCheck } from './sql-check.ts';

/** Source of the checks that come with chwitness. */
export const BUILT_IN = 'built in';

export interface RegisteredCheck {
  check: Check;
  /** `BUILT_IN`, or the file or package it came from. */
  source: string;
  /** The file whose bytes count in the digest. */
  path: string;
}

export interface FoundChecks {
  checks: RegisteredCheck[];
  /** Statements of the `.sql` checks, for the library that probes read from. */
  statements: SqlFile[];
}

const CODE = /\.(ts|js|mjs)$/;

/** The checks that come with chwitness: `checks/*.{ts,js}` beside the code, `checks/*.sql` in the package. */
export async function builtInChecks(): Promise<FoundChecks> {
  const code = listFiles(join(codeRoot, 'checks'), (name) => /\.(ts|js)$/.test(name) && !name.endsWith('.d.ts'));
  const sql = listFiles(join(packageRoot, 'checks'), (name) => name.endsWith('.sql'));
  return merge(await Promise.all([...code, ...sql].map((path) => fromFile(path, undefined))));
}

/**
 * Checks of the user: `chwitness/checks/*.{sql,js,mjs}` of the project, then the paths, globs and packages that the
 * configuration names. Loads code. Throws a `WitnessError` naming the file that is not as it should be.
 */
export async function foreignChecks(named: readonly string[], projectDir: string): Promise<FoundChecks> {
  const own = listFiles(join(projectDir, 'chwitness', 'checks'), (name) => /\.(sql|js|mjs)$/.test(name));
  const found: FoundChecks[] = [];
  const seen = new Set<string>();
  const take = async (paths: readonly string[]) => {
    for (const path of paths) {
      if (!seen.has(path)) found.push(await fromFile(path, folderPrefix(path)));
      seen.add(path);
    }
  };
  await take(own);
  for (const name of named) {
    const paths = await pathsOf(name, projectDir);
    if (paths === undefined) found.push(await fromPackage(name, projectDir));
    else await take(paths);
  }
  return merge(found);
}

/** All checks, ids unique. Throws a `WitnessError` naming both files when two share an id. */
export function merge(found: readonly FoundChecks[]): FoundChecks {
  const byId = new Map<string, RegisteredCheck>();
  for (const registered of found.flatMap(({ checks }) => checks)) {
    const other = byId.get(registered.check.id);
    if (other)
      throw new WitnessError({
        code: 'CHECK_DUPLICATE',
        what: `Two checks have the id "${registered.check.id}"`,
        where: `${other.path} and ${registered.path}`,
        next: 'Rename one of the files',
      });
    byId.set(registered.check.id, registered);
  }
  return { checks: [...byId.values()], statements: found.flatMap(({ statements }) => statements) };
}

async function fromFile(path: string, prefix: string | undefined): Promise<FoundChecks> {
  const name = basename(path).replace(/\.(ts|js|mjs|sql)$/, '');
  const source = prefix === undefined ? BUILT_IN : path;
  const id = prefix === undefined ? name : `${prefix}/${name}`;
  if (path.endsWith('.sql')) {
    const { check, statements } = sqlCheck(id, readFileSync(path, 'utf8'), path);
    return { checks: [{ check: readCheck(check, path, id), source, path }], statements };
  }
  const check = readCheck(await loadDefault(path), path, name);
  return { checks: [{ check: { ...check, id }, source, path }], statements: [] };
}

/** A package may give one check or a list. */
async function fromPackage(name: string, projectDir: string): Promise<FoundChecks> {
  let path: string;
  try {
    path = createRequire(join(projectDir, 'package.json')).resolve(name);
  } catch (error) {
    throw new WitnessError({
      code: 'CHECK_NOT_FOUND',
      what: `"${name}" is neither a file nor an installed package`,
      where: projectDir,
      next: `Mend the path, or: npm install ${name}`,
      cause: error,
    });
  }
  const made = await loadDefault(path);
  const list: unknown[] = Array.isArray(made) ? made : [made];
  const checks = list.map((value) => readCheck(value, path, undefined));
  return {
    checks: checks.map((check) => ({ check: { ...check, id: `${name}/${check.id}` }, source: name, path })),
    statements: [],
  };
}

/** Files that a path or a glob means; undefined when it is a package's name. */
async function pathsOf(name: string, projectDir: string): Promise<string[] | undefined> {
  const isGlob = /[*?{[]/.test(name);
  const isPath = isAbsolute(name) || /^\.{1,2}\//.test(name) || isGlob || /\.(sql|js|mjs|ts)$/.test(name);
  if (!isPath) return undefined;
  const paths = isGlob ? await fromGlob(name, projectDir) : fromPath(isAbsolute(name) ? name : join(projectDir, name));
  if (paths.length > 0) return paths.sort();
  throw new WitnessError({
    code: 'CHECK_NOT_FOUND',
    what: 'No check lies here',
    where: name,
    next: 'Mend the path; checks are files that end in .sql, .js or .mjs',
  });
}

function fromPath(path: string): string[] {
  if (!existsSync(path)) return [];
  return statSync(path).isDirectory() ? listFiles(path, (name) => name.endsWith('.sql') || CODE.test(name)) : [path];
}

async function fromGlob(pattern: string, projectDir: string): Promise<string[]> {
  const base = isAbsolute(pattern) ? '/' : projectDir;
  const found = await glob(isAbsolute(pattern) ? relative('/', pattern) : pattern, {
    cwd: base,
    absolute: true,
    onlyFiles: true,
  });
  return found.filter((path) => path.endsWith('.sql') || CODE.test(path));
}

function listFiles(folder: string, wanted: (name: string) => boolean): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter(wanted)
    .sort()
    .map((name) => join(folder, name));
}

/** Name of the folder that holds a check; for a folder called `checks`, that of the one above. */
function folderPrefix(path: string): string {
  const folder = dirname(path);
  const name = basename(folder) === 'checks' ? basename(dirname(folder)) : basename(folder);
  return name.replace(/[^\w.@-]+/g, '-') || 'own';
}
