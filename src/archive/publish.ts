import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, link, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, WitnessError } from '../kernel/errors.ts';
import { makeFolder } from '../kernel/make-folder.ts';

const NEW_FILE = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | constants.O_NOFOLLOW;

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** Why evidence could not be written, exit code 3; a WitnessError stays as it is. */
export function notKept(error: unknown, where: string): WitnessError {
  if (error instanceof WitnessError) return error;
  const code = codeOf(error);
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  return new WitnessError({
    code: full ? 'ARCHIVE_DISK_FULL' : 'ARCHIVE_NOT_WRITTEN',
    what: full
      ? 'the archive could not be written: the disk is full'
      : `the archive could not be written: ${messageOf(error)}`,
    where,
    next: `${full ? 'make room there' : 'mend that folder'}, or name another with --out: the next start packs what this run has kept`,
    exitCode: 3,
    cause: error,
  });
}

/** Writes a whole file anew, 0600; what stood under its name is replaced, a link is not followed. */
export async function writeNew(path: string, content: string): Promise<void> {
  await rm(path, { force: true });
  const handle = await open(path, NEW_FILE, 0o600);
  await handle.writeFile(content).finally(() => handle.close());
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY);
  // Some file systems cannot sync a folder; the file itself is safe by then.
  await handle
    .sync()
    .catch(() => undefined)
    .finally(() => handle.close());
}

function taken(final: string, cause: unknown): WitnessError {
  return new WitnessError({
    code: 'ARCHIVE_EXISTS',
    what: 'an archive of that name is there already and was not replaced',
    where: final,
    exitCode: 3,
    cause,
  });
}

/** Gives a file its final name without ever replacing another. */
async function nameOnce(temporary: string, final: string): Promise<void> {
  try {
    await link(temporary, final);
    await rm(temporary);
  } catch (error) {
    // File systems without hard links (FAT, some network mounts): the name is taken first, then filled.
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(String(codeOf(error)))) throw error;
    await (await open(final, NEW_FILE, 0o600)).close();
    await rename(temporary, final);
  }
}

/** A file's name while it is written: hidden, so that no reader takes it for an archive. */
function partialName(file: string): string {
  return `.${file.slice(0, 200)}.${randomBytes(6).toString('hex')}.partial`;
}

/** Removes what a killed process had written of the archive `name` (without ending): nobody scanned it for secrets. */
export async function removePartials(outDir: string, name: string): Promise<void> {
  const begun = `.${name.slice(0, 200)}`;
  const names = await readdir(outDir).catch(() => []);
  for (const file of names)
    if (file.startsWith(begun) && file.endsWith('.partial')) await rm(join(outDir, file), { force: true });
}

/**
 * Makes `outDir/file` appear whole or not at all: `write` fills a temporary file (0600, new, no link followed), `check`
 * may refuse what was written, then it gets its name, which no other file may have. `outDir` is made 0700 when absent.
 * @throws WitnessError exit code 3; nothing is left behind
 */
export async function publish(
  outDir: string,
  file: string,
  write: (handle: FileHandle) => Promise<void>,
  check: (temporary: string) => Promise<void>,
): Promise<string> {
  const final = join(outDir, file);
  const temporary = join(outDir, partialName(file));
  try {
    await makeFolder(outDir);
    const handle = await open(temporary, NEW_FILE, 0o600);
    try {
      await write(handle);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await check(temporary);
    await nameOnce(temporary, final).catch((error) => {
      throw codeOf(error) === 'EEXIST' ? taken(final, error) : error;
    });
    await syncFolder(outDir);
    return final;
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw notKept(error, final);
  }
}
