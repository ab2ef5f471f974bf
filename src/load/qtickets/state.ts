import { createHash } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { makeFolder } from '../../kernel/make-folder.ts';
import { slug } from '../../kernel/names.ts';
import { type JobRun, jobRun } from '../../model/api-source.ts';

/** What a run that was killed, or could not write, leaves to the next one on the same machine. */
export interface JobState {
  /** Days whose facts may not be what is staged. */
  days(): Promise<string[]>;
  intend(days: ReadonlySet<string>): Promise<void>;
  /** Unix seconds from which a run that did not end was to stage all orders; undefined when none is unfinished. */
  unfinished(): Promise<number | undefined>;
  /** Orders from here on are about to be staged. Until all of them are, a part of a day may stand there. */
  begin(from: number): Promise<void>;
  /** All are staged, and the facts of their days rebuilt. */
  settle(): Promise<void>;
  /** Rows of job runs that nobody has seen yet, oldest first. */
  pending(): Promise<JobRun[]>;
  setPending(rows: readonly JobRun[]): Promise<void>;
}

const daysFile = z.array(z.string().regex(/^\d{4}-\d\d-\d\d$/));
const windowFile = z.strictObject({ from: z.int().min(0) });
const MOST_PENDING = 1000;

async function read<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined;
  }
}

async function replace(path: string, value: unknown): Promise<void> {
  const file = await open(`${path}.next`, 'w', 0o600);
  try {
    await file.writeFile(JSON.stringify(value));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.next`, path);
}

/** State of a job for one target. What goes in must be redacted already. */
export function jobState(
  stateDir: string,
  job: string,
  target: { url: string; database: string; kind: string },
): JobState {
  const home = target.kind === 'embedded' ? 'embedded' : target.url;
  const hash = createHash('sha256').update(`${home}\n${target.database}`).digest('hex').slice(0, 12);
  const folder = join(stateDir, 'jobs');
  const path = (name: string) => join(folder, `${slug(job)}-${hash}.${name}.json`);
  let written = '';
  const unfinished = async () => (await read(path('window'), windowFile))?.from;
  return {
    unfinished,
    async begin(from) {
      await makeFolder(folder);
      await replace(path('window'), { from: Math.min(from, (await unfinished()) ?? from) });
    },
    async days() {
      return (await read(path('days'), daysFile)) ?? [];
    },
    async intend(days) {
      const all = [...new Set([...((await read(path('days'), daysFile)) ?? []), ...days])].sort();
      const text = all.join(' ');
      if (text === written) return;
      await makeFolder(folder);
      await replace(path('days'), all);
      written = text;
    },
    async settle() {
      written = '';
      // The days first: a kill between the two leaves a window that is read once more, and not days of which a part is staged.
      await rm(path('days'), { force: true });
      await rm(path('window'), { force: true });
    },
    async pending() {
      return (await read(path('runs'), z.array(jobRun))) ?? [];
    },
    async setPending(rows) {
      if (rows.length === 0) return rm(path('runs'), { force: true });
      await makeFolder(folder);
      await replace(path('runs'), rows.slice(-MOST_PENDING));
    },
  };
}
