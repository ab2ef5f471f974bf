import { readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { messageOf, WitnessError } from '../kernel/errors.ts';
import type { DdlText } from '../model/check.ts';
import { readCapped } from './file.ts';

const MAX_FILES = 2000;

/**
 * The `.sql` files of a folder and of the folders in it, in the order of their paths, as migrations are applied; or the one
 * file that the path names. Throws `SCHEMA_UNREADABLE`, or `FILE_TOO_LARGE` (16 MiB each).
 */
export async function schemaFiles(path: string): Promise<DdlText[]> {
  try {
    if ((await stat(path)).isFile()) return [{ source: path, text: await readCapped(path) }];
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile() && entry.name.endsWith('.sql'))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .slice(0, MAX_FILES);
    const texts: DdlText[] = [];
    for (const file of files) texts.push({ source: relative(path, file), text: await readCapped(file) });
    return texts;
  } catch (error) {
    if (error instanceof WitnessError) throw error;
    throw new WitnessError({
      code: 'SCHEMA_UNREADABLE',
      what: `the DDL files could not be read: ${messageOf(error)}`,
      where: path,
      next: 'Name a folder of .sql files',
      cause: error,
    });
  }
}
