import { link, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { WitnessError } from '../kernel/errors.ts';
import { makeFolder } from '../kernel/make-folder.ts';
import { shortId, slug } from '../kernel/names.ts';
import type { Redactor } from '../redact/redactor.ts';
import { lives, showLife } from './life.ts';
import { ownProcess } from './process.ts';

const holder = z.strictObject({
  job: z.string(),
  host: z.string(),
  pid: z.int(),
  pid_started: z.string().optional(),
  place: z.string(),
  since: z.iso.datetime(),
  target: z.string(),
  user: z.string(),
  tables: z.array(z.string()),
});
type Holder = z.infer<typeof holder>;

export interface JobLock {
  /** Other jobs of this folder that run now against the same target. */
  beside(): Promise<Pick<Holder, 'job' | 'user' | 'tables'>[]>;
  release(): Promise<void>;
}

export interface Wanted {
  stateDir: string;
  job: string;
  target: { url: string; user: string };
  tables: readonly string[];
  redactor: Pick<Redactor, 'json' | 'plain'>;
  /** How long to wait for another run of the job to end; 0: not at all. */
  waitMs: number;
  /** Told once when it is waited for. */
  waiting(sentence: string): void;
  stop: AbortSignal;
}

const LOOK_MS = 200;

async function read(path: string): Promise<Holder | undefined> {
  try {
    return holder.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined;
  }
}

/** Makes the lock in one step; undefined when it is there already. */
async function take(path: string, own: string): Promise<true | undefined> {
  const next = `${path}.${process.pid}.${shortId()}`;
  await writeFile(next, own, { mode: 0o600, flag: 'wx' });
  try {
    await link(next, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return undefined;
    throw error;
  } finally {
    await rm(next, { force: true });
  }
}

/** Puts the lock of a dead holder aside; one that another has taken meanwhile is put back. */
async function clear(path: string, stateDir: string): Promise<void> {
  const aside = `${path}.${shortId()}.dead`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  const found = await read(aside);
  if (found && (await lives(stateDir, found))) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}

function heldBy(job: string, who: string, path: string): WitnessError {
  return new WitnessError({
    code: 'JOB_HELD',
    what: `The job ${job} is being run already, by ${who}`,
    where: path,
    next: 'Wait for its end (--wait 10m does), or give this run a --job of its own; a dead holder is not waited for, one of another machine or container after a minute',
  });
}

/**
 * Holds a job for this run, so that two runs of it do not judge each other's rows.
 * @throws WitnessError when another run holds it and does not let go in time; it says who
 */
export async function holdJob(wanted: Wanted): Promise<JobLock> {
  const { stateDir, job, target, tables, redactor, waitMs, stop } = wanted;
  const folder = join(stateDir, 'locks');
  await makeFolder(folder);
  const name = redactor.plain(job);
  const path = join(folder, `${slug(name)}.lock`);
  const mine: Holder = {
    job: name,
    host: hostname(),
    ...ownProcess(),
    since: new Date().toISOString(),
    target: target.url,
    user: target.user,
    tables: [...tables],
  };
  const own = redactor.json('(lock)', mine).toString();
  const hidden = await showLife(stateDir);
  const deadline = performance.now() + waitMs;
  let told = false;
  while ((await take(path, own)) === undefined) {
    const other = await read(path);
    if (!other || !(await lives(stateDir, other))) {
      await clear(path, stateDir);
      continue;
    }
    const who = `process ${other.pid}${other.host === hostname() ? '' : ` on ${other.host}`}, since ${other.since}`;
    if (performance.now() >= deadline || stop.aborted) {
      await hidden();
      throw heldBy(name, who, path);
    }
    if (!told) wanted.waiting(`The job ${name} is being run by ${who}: waiting for its end`);
    told = true;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return {
    async beside() {
      const names = await readdir(folder).catch(() => [] as string[]);
      const others = await Promise.all(
        names
          .filter((one) => one.endsWith('.lock') && join(folder, one) !== path)
          .map(async (one) => {
            const other = await read(join(folder, one));
            if (other?.target !== target.url || !(await lives(stateDir, other))) return [];
            return [{ job: other.job, user: other.user, tables: other.tables }];
          }),
      );
      return others.flat();
    },
    async release() {
      const now = await read(path);
      if (now?.pid === mine.pid && now.place === mine.place) await rm(path, { force: true });
      await hidden();
    },
  };
}
