import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { entryText } from '../archive/entry.ts';
import { archiveJson, noRun, parseRun, readArchive } from '../archive/open.ts';
import { type Verification, verify } from '../archive/verify.ts';
import { messageOf, WitnessError } from '../kernel/errors.ts';
import type { RunJson } from '../model/run.ts';
import type { Status } from '../model/verdict.ts';

interface Found {
  path: string;
  /** Size of the archive's file. */
  bytes: number;
  /** Start of the run; of an unreadable archive, when its file was last written. UTC. */
  started_at: string;
}

export type ListedBundle =
  | (Found & {
      state: 'readable';
      job: string;
      exit_code: number;
      /** Number of checks by status; statuses that no check has are absent. */
      checks: Partial<Record<Status, number>>;
      complete: boolean;
    })
  | (Found & { state: 'unreadable'; reason: string });

export interface ShownBundle {
  path: string;
  run: RunJson;
  /** Every file of the archive, tag files included, by path. */
  files: { path: string; bytes: number }[];
}

const ENDING = /\.(tar\.gz|tgz|zip)$/;

function countStatuses(run: RunJson): Partial<Record<Status, number>> {
  const counts: Partial<Record<Status, number>> = {};
  for (const { status } of run.checks) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

async function look(path: string): Promise<ListedBundle> {
  const { size, mtime } = await stat(path);
  try {
    const run = await archiveJson(path);
    const { job, started_at, exit_code, complete } = run.run;
    return { state: 'readable', path, bytes: size, job, started_at, exit_code, checks: countStatuses(run), complete };
  } catch (error) {
    return { state: 'unreadable', path, bytes: size, started_at: mtime.toISOString(), reason: messageOf(error) };
  }
}

/** The archives of a folder, newest first; no folder is no archives. Unfinished ones (`.….partial`) are not listed. */
export async function listBundles(outDir: string): Promise<ListedBundle[]> {
  const names = await readdir(outDir).catch((error) => {
    if (error?.code === 'ENOENT') return [];
    throw new WitnessError({
      code: 'BUNDLE_FOLDER_UNREADABLE',
      what: `the folder of archives cannot be read: ${messageOf(error)}`,
      where: outDir,
      next: 'name the folder with --out',
      cause: error,
    });
  });
  const bundles: ListedBundle[] = [];
  for (const name of names.sort()) {
    if (ENDING.test(name) && !name.startsWith('.')) bundles.push(await look(join(outDir, name)));
  }
  // Equal times stay in the order of their names.
  return bundles.sort((a, b) => Date.parse(b.started_at) - Date.parse(a.started_at));
}

/**
 * The path that a user's word means: `last` is the newest archive of `outDir`; a name without a slash, with or without
 * its ending, is looked for in `outDir`, then here; anything else is a path.
 */
export async function resolveBundle(word: string, outDir: string): Promise<string> {
  if (word === 'last') {
    const newest = (await listBundles(outDir))[0];
    if (newest !== undefined) return newest.path;
    throw new WitnessError({
      code: 'BUNDLE_NONE',
      what: 'there is no archive yet',
      where: outDir,
      next: 'make one with `chwitness load` or `chwitness collect`, or name its folder with --out',
    });
  }
  if (basename(word) !== word) return word;
  for (const path of [...['', '.tar.gz', '.zip'].map((ending) => join(outDir, word + ending)), word]) {
    if (await stat(path).catch(() => undefined)) return path;
  }
  throw new WitnessError({
    code: 'BUNDLE_NOT_FOUND',
    what: `there is no archive named ${word}`,
    where: outDir,
    next: 'see `chwitness bundle list`',
  });
}

/** Summary and files of one archive. */
export async function showBundle(path: string): Promise<ShownBundle> {
  let run: RunJson | undefined;
  const files: ShownBundle['files'] = [];
  for await (const entry of readArchive(path)) {
    files.push({ path: entry.path, bytes: entry.bytes });
    if (entry.path === 'run.json') run = parseRun(await entryText(entry), path);
  }
  if (run === undefined) throw noRun(path);
  return { path, run, files: files.sort((a, b) => (a.path < b.path ? -1 : 1)) };
}

/** The bytes of one file of an archive, as `showBundle` names it. */
export async function* bundleFile(path: string, file: string): AsyncGenerator<Uint8Array> {
  for await (const entry of readArchive(path)) {
    if (entry.path !== file) continue;
    yield* entry.content;
    return;
  }
  throw new WitnessError({
    code: 'BUNDLE_NO_FILE',
    what: `there is no ${file} in ${basename(path)}`,
    where: path,
    next: `see its files with \`chwitness bundle show ${basename(path)}\``,
  });
}

/** Whether an archive is whole and agrees with itself; see `verify`. */
export function verifyBundle(path: string): Promise<Verification> {
  return verify(path);
}
