import { closeSync, existsSync, fdatasync, openSync, writeSync } from 'node:fs';
import { open, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { WitnessError } from '../../kernel/errors.ts';
import { makeFolder } from '../../kernel/make-folder.ts';
import { tableName } from '../../model/table.ts';
import type { BatchRecord } from '../batch.ts';
import { wholeLines } from './lines.ts';

const source = z.strictObject({
  name: z.string(),
  /** Absolute; absent for what cannot be opened again by itself. */
  path: z.string().optional(),
  format: z.string(),
  state: z.strictObject({ bytes: z.int(), mtimeMs: z.number(), place: z.string() }).optional(),
});

/** What an interrupted load needs to be gone on with: lies in the state folder until it ends, is resumed or given up. */
export const loadState = z.strictObject({
  schema: z.literal(1),
  run: z.string(),
  job: z.string(),
  /** Without credentials. */
  url: z.string(),
  database: z.string(),
  batch_rows: z.int(),
  batch_bytes: z.int(),
  atomic: z.boolean(),
  tables: z.array(z.strictObject({ table: tableName, scratch: z.string().optional(), sources: z.array(source) })),
});
export type LoadState = z.infer<typeof loadState>;

/** Journal of one load, in a folder of its own. Every line is in the file when `append` returns, and on the disk after `sync`. */
export interface LoadJournal {
  readonly id: string;
  append(record: BatchRecord): void;
  sync(): Promise<void>;
  /** @param keep false: nothing is left to go on with, and the folder goes */
  close(keep: boolean): Promise<void>;
}

/** Hides secrets in a value and gives its JSON on one line. */
export type CleanJson = (value: unknown) => string;

const STATE = 'load.json';
const JOURNAL = 'journal.jsonl';
const flush = promisify(fdatasync);

export const loadsFolder = (stateDir: string): string => join(stateDir, 'loads');

/** Begins the journal of a new load. Throws what the disk says. */
export async function beginJournal(stateDir: string, state: LoadState, clean: CleanJson): Promise<LoadJournal> {
  const folder = join(loadsFolder(stateDir), state.run);
  await makeFolder(folder);
  const next = join(folder, `${STATE}.next`);
  await writeFile(next, `${clean(state)}\n`, { mode: 0o600, flush: true });
  await rename(next, join(folder, STATE));
  const journal = openJournal(folder, state.run, clean);
  // A file is on the disk once its name is, and the names of the folders that it lies in.
  for (const named of [folder, dirname(folder), stateDir, dirname(stateDir)]) await syncFolder(named);
  return journal;
}

/** Goes on with the journal of an interrupted load, behind its last whole line. */
export async function continueJournal(stateDir: string, id: string, clean: CleanJson): Promise<LoadJournal> {
  const folder = join(loadsFolder(stateDir), id);
  const path = join(folder, JOURNAL);
  const before = await readFile(path).catch(() => undefined);
  if (before) await truncate(path, wholeLines(before).bytes);
  return openJournal(folder, id, clean);
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  // Some file systems have nothing to sync of a folder, and refuse.
  await folder.sync().catch(() => undefined);
  await folder.close();
}

function openJournal(folder: string, id: string, clean: CleanJson): LoadJournal {
  const file = openSync(join(folder, JOURNAL), 'a', 0o600);
  let flushing: Promise<void> | undefined;
  let dirty = false;
  let closed = false;
  const sync = async (): Promise<void> => {
    // Who comes while one flush is under way shares the next.
    while (dirty || flushing) {
      if (flushing) await flushing;
      else {
        dirty = false;
        flushing = flush(file).finally(() => {
          flushing = undefined;
        });
      }
    }
  };
  return {
    id,
    append(record) {
      if (closed) return;
      const line = Buffer.from(`${clean(record)}\n`);
      dirty = true;
      // A disk that is nearly full takes a part of it, and says so only when it is given the rest.
      for (let written = 0; written < line.length; ) written += writeSync(file, line, written);
    },
    sync,
    async close(keep) {
      closed = true;
      await sync();
      closeSync(file);
      if (!keep) await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    },
  };
}

/** State and journal of the interrupted load of this run. @throws WitnessError when there is none */
export async function readLoad(stateDir: string, run: string): Promise<{ state: LoadState; records: BatchRecord[] }> {
  const folder = join(loadsFolder(stateDir), run);
  const text = /^[\w-]+$/.test(run) ? await readFile(join(folder, STATE), 'utf8').catch(() => undefined) : undefined;
  if (text === undefined) throw await unknownLoad(stateDir, run);
  const state = loadState.parse(JSON.parse(text));
  const journal = await readFile(join(folder, JOURNAL)).catch(() => Buffer.alloc(0));
  return { state, records: wholeLines(journal).records };
}

/** Forgets an interrupted load. */
export async function forgetLoad(stateDir: string, run: string): Promise<void> {
  await rm(join(loadsFolder(stateDir), run), { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}

async function unknownLoad(stateDir: string, run: string): Promise<WitnessError> {
  const folders = await readdir(loadsFolder(stateDir)).catch(() => [] as string[]);
  // One that was killed before its state was there had sent nothing.
  const known = folders.filter((name) => existsSync(join(loadsFolder(stateDir), name, STATE)));
  return new WitnessError({
    code: 'LOAD_UNKNOWN',
    what: `There is no interrupted load ${run}`,
    where: loadsFolder(stateDir),
    next:
      known.length === 0
        ? 'None is waiting to be resumed: every load ended, was resumed or was given up; start it anew'
        : `Waiting to be resumed: ${known.join(', ')}`,
  });
}
