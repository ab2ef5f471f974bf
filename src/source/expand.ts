import type { Stats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { glob, isDynamicPattern } from 'tinyglobby';
import { messageOf, WitnessError } from '../kernel/errors.ts';
import { formatOfName } from './names.ts';

/** A thing to open. `shown` is its path as the user knows it; `note` says what was left out on the way to it. */
export type Place =
  | { kind: 'file'; path: string; shown: string; bytes: number; note?: string | undefined }
  | { kind: 'pipe'; path: string; shown: string }
  | { kind: 'stdin' }
  | { kind: 'url'; url: URL };

/**
 * What the inputs of a command line stand for: files, patterns, folders (the files directly in them), `-`, http(s) addresses.
 * A file that several of them name comes once.
 * @throws WitnessError
 */
export async function expand(inputs: readonly string[], cwd: string): Promise<Place[]> {
  const places: Place[] = [];
  const seen = new Set<string>();
  for (const input of inputs) {
    for (const place of await expandOne(input, cwd)) {
      const key = place.kind === 'url' ? place.url.href : place.kind === 'stdin' ? '-' : await realpath(place.path);
      if (!seen.has(key)) places.push(place);
      seen.add(key);
    }
  }
  if (places.length > 0) return places;
  throw new WitnessError({
    code: 'INPUT_NONE',
    what: 'No input was named',
    next: 'Name files, a pattern in quotes, a folder, an http(s) address, or - for standard input',
  });
}

async function expandOne(input: string, cwd: string): Promise<Place[]> {
  if (input === '-') return [{ kind: 'stdin' }];
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(input)?.[1]?.toLowerCase();
  if (scheme === 'http' || scheme === 'https') return [{ kind: 'url', url: parseUrl(input) }];
  if (scheme !== undefined && scheme !== 'file') {
    throw new WitnessError({
      code: 'INPUT_SCHEME',
      what: `Addresses of ${scheme}:// cannot be loaded`,
      next: 'Fetch the file first and load it from disk, or pipe it to standard input (-)',
    });
  }
  const name = scheme === 'file' ? fileURLToPath(input) : input;
  const path = resolve(cwd, name);
  const found = await look(path, name);
  if (found) return found.isDirectory() ? folder(path, name) : [place(path, name, found)];
  if (isDynamicPattern(name)) return pattern(name, cwd);
  throw new WitnessError({
    code: 'INPUT_NOT_FOUND',
    what: 'There is no such file',
    where: name,
    next: `Check the path; it is looked up from ${cwd}`,
  });
}

function parseUrl(input: string): URL {
  if (URL.canParse(input)) return new URL(input);
  throw new WitnessError({ code: 'INPUT_URL', what: 'An http(s) address is malformed', next: 'Check the address' });
}

async function look(path: string, shown: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new WitnessError({
      code: 'INPUT_UNREADABLE',
      what: `The file cannot be looked at: ${messageOf(cause)}`,
      where: shown,
      next: 'Check who may enter the folders above it (namei -l)',
      cause,
    });
  }
}

function place(path: string, shown: string, found: Stats): Place {
  return found.isFile() ? { kind: 'file', path, shown, bytes: found.size } : { kind: 'pipe', path, shown };
}

async function folder(path: string, shown: string): Promise<Place[]> {
  const entries = await readdir(path, { withFileTypes: true });
  const usable = entries
    .filter((entry) => !entry.isDirectory() && !/^[._]/.test(entry.name) && formatOfName(entry.name) !== undefined)
    .map((entry) => entry.name)
    .sort();
  if (usable.length === 0) {
    throw new WitnessError({
      code: 'INPUT_FOLDER_EMPTY',
      what: `Of the ${entries.length} entries of the folder, none is a file with a known ending`,
      where: shown,
      next: 'Name the files themselves, or a pattern in quotes such as "folder/**/*.csv"',
    });
  }
  const left = entries.length - usable.length;
  const places = await Promise.all(
    usable.map(async (name) => place(join(path, name), join(shown, name), await stat(join(path, name)))),
  );
  const [first] = places;
  if (left > 0 && first?.kind === 'file') first.note = `${left} other entries of ${shown} left out`;
  return places;
}

async function pattern(text: string, cwd: string): Promise<Place[]> {
  const paths = await glob(text, { cwd, absolute: true, onlyFiles: true, expandDirectories: false });
  if (paths.length === 0) {
    throw new WitnessError({
      code: 'INPUT_PATTERN_EMPTY',
      what: 'No file matches the pattern',
      where: text,
      next: `Check the pattern; it is looked up from ${cwd}`,
    });
  }
  return Promise.all(paths.sort().map(async (path) => place(path, relative(cwd, path) || path, await stat(path))));
}
