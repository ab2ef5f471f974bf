import { closeSync, existsSync, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { WitnessError } from '../kernel/errors.ts';

export const FILE_NAMES = ['chwitness.yaml', 'chwitness.yml'] as const;
const ROOT_MARKS = ['.git', 'package.json'];
const MOST_BYTES = 1024 * 1024;

/** The folders in which a configuration file is looked for: from `cwd` up to the project's root or home; `cwd` alone when it lies in neither. */
export function searchFolders(cwd: string, home: string): string[] {
  const folders: string[] = [];
  let folder = resolve(cwd);
  for (;;) {
    folders.push(folder);
    if (folder === resolve(home) || ROOT_MARKS.some((mark) => existsSync(join(folder, mark)))) return folders;
    const parent = dirname(folder);
    if (parent === folder) return [resolve(cwd)];
    folder = parent;
  }
}

/** The nearest configuration file, or undefined. */
export function findConfigFile(cwd: string, home: string): string | undefined {
  return searchFolders(cwd, home)
    .flatMap((folder) => FILE_NAMES.map((name) => join(folder, name)))
    .find((path) => existsSync(path));
}

/** Why others could decide what this file says; it names code that is run. Undefined where nobody can. */
function unsafe(stats: Stats, named: boolean): { what: string; next: string } | undefined {
  const us = process.getuid?.();
  // Windows has neither owner nor mode bits here.
  if (us === undefined) return undefined;
  const writable = named ? stats.mode & 0o002 : stats.mode & 0o022;
  if (writable !== 0)
    return { what: 'other users may write this configuration file, so it is not read', next: 'chmod go-w it' };
  if (!named && stats.uid !== us && stats.uid !== 0)
    return {
      what: 'this configuration file belongs to another user, so it is not read',
      next: 'name it with --config if you trust it, or take it over with chown',
    };
  return undefined;
}

/**
 * Text of a configuration file. One that was found by itself must belong to us or root and be writable by nobody else;
 * one that was named must not be writable by everyone. Owner and text are of the same opened file.
 */
export function readConfigFile(path: string, name: string, named: boolean): string {
  let handle: number;
  try {
    handle = openSync(path, 'r');
  } catch (cause) {
    throw new WitnessError({
      code: 'CONFIG_UNREADABLE',
      what: 'the configuration file cannot be opened',
      where: name,
      next: 'check the path after --config, or make a file with: chwitness init',
      cause,
    });
  }
  try {
    const stats = fstatSync(handle);
    const refusal = stats.isFile()
      ? unsafe(stats, named)
      : { what: 'the configuration file is not a regular file', next: 'name a file' };
    if (refusal) throw new WitnessError({ code: 'CONFIG_UNSAFE', where: name, ...refusal });
    if (stats.size > MOST_BYTES)
      throw new WitnessError({
        code: 'CONFIG_TOO_LARGE',
        what: 'the configuration file is larger than 1 MiB',
        where: name,
        next: 'name the right file with --config',
      });
    return readFileSync(handle, 'utf8');
  } finally {
    closeSync(handle);
  }
}
