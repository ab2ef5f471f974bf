import { open, readFile, rm, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import type { TableName } from '../model/table.ts';

/** Every name that we create begins so, and nothing else is ever dropped. */
export const SCRATCH_PREFIX = '_chwitness_';

const entry = z.object({
  at: z.string(),
  url: z.string(),
  database: z.string(),
  table: z.string(),
  /** The table was dropped. */
  gone: z.literal(true).optional(),
});
export type ScratchEntry = z.infer<typeof entry>;

/** Home of tables in throwaway data: they are gone with it. */
export const THROWAWAY = 'embedded, throwaway data';

/** Which target a table was made on: the embedded engine has another port at each start, and its data folder tells it apart. */
export function homeOf(target: { kind: 'server' | 'embedded'; url: string; dataDir?: string | undefined }): string {
  if (target.kind === 'server') return target.url;
  return target.dataDir === undefined ? THROWAWAY : `embedded, data in ${target.dataDir}`;
}

async function append(ledger: string, line: ScratchEntry): Promise<void> {
  const file = await open(ledger, 'a', 0o600);
  try {
    await file.appendFile(`${JSON.stringify(line)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Writes the name down, on the disk, before the table is created: after a kill the next start finds it. */
export async function register(ledger: string, home: string, name: TableName): Promise<void> {
  await append(ledger, { at: new Date().toISOString(), url: home, ...name });
}

/** Notes that the table is gone. */
export async function unregister(ledger: string, home: string, name: TableName): Promise<void> {
  await append(ledger, { at: new Date().toISOString(), url: home, ...name, gone: true });
}

/** Tables that the ledger names and that are not gone; a line cut off by a kill is no entry, since its table was not created yet. */
export async function registered(ledger: string): Promise<ScratchEntry[]> {
  const text = await readFile(ledger, 'utf8').catch(() => '');
  const lines = text.split('\n').flatMap((line) => {
    try {
      const found = entry.parse(JSON.parse(line));
      return found.table.startsWith(SCRATCH_PREFIX) ? [found] : [];
    } catch {
      return [];
    }
  });
  const key = (one: ScratchEntry) => JSON.stringify([one.url, one.database, one.table]);
  const gone = new Set(lines.filter((one) => one.gone).map(key));
  return lines.filter((one) => !gone.has(key(one)));
}

/** Leaves only these entries in the ledger; without any, the file goes. */
export async function rewrite(ledger: string, entries: readonly ScratchEntry[]): Promise<void> {
  if (entries.length === 0) return rm(ledger, { force: true });
  await writeFile(ledger, entries.map((one) => `${JSON.stringify(one)}\n`).join(''), { mode: 0o600 });
}
