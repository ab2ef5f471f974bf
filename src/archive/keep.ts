import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** What follows the job's name in an archive's: `-<UTC time>-<short id>` and its ending. */
const REST = /^-(\d{8}T\d{6}Z-[0-9a-f]{8})\.(tar\.gz|zip)$/;

/** Removes all but the newest `keep` archives of one job; archives of other jobs, and files of other names, stay. Returns the paths removed. */
export async function keepNewest(outDir: string, job: string, keep: number): Promise<string[]> {
  const names = await readdir(outDir);
  const own = names.filter((name) => name.startsWith(job) && REST.test(name.slice(job.length)));
  // The time in the name sorts as text; names alike but for it come in the order of their runs.
  const old = own.sort().reverse().slice(keep);
  for (const name of old) await rm(join(outDir, name), { force: true });
  return old.map((name) => join(outDir, name));
}
