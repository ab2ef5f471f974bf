import { rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Writes a file that others watch: they see the old one or the new one, whole. Throws the system's error. */
export async function replaceFile(path: string, text: string): Promise<void> {
  // Collectors look at names that end as theirs do; this one does not.
  const next = join(dirname(path), `.${basename(path)}.${process.pid}.next`);
  try {
    await writeFile(next, text, { mode: 0o644, flag: 'wx' });
    await rename(next, path);
  } catch (error) {
    await rm(next, { force: true });
    throw error;
  }
}
