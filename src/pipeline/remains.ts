import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { z } from 'zod';
import { plural } from '../kernel/format.ts';
import type { LoadFacts, TableLoad } from '../model/load.ts';
import { tableName, tableText } from '../model/table.ts';

/** As much of a line of the load's journal as counting needs. */
const batchLine = z.object({
  state: z.enum(['sent', 'acknowledged', 'failed', 'unknown', 'canceled']),
  table: tableName,
  source: z.string(),
  index: z.int(),
  rows: z.int().optional(),
  rows_written: z.int().optional(),
  bytes: z.int(),
});
type BatchLine = z.infer<typeof batchLine>;

/** The last state of each batch, in order of the journal; a line that a kill cut off is none. */
function lastStates(journal: string): BatchLine[] {
  const last = new Map<string, BatchLine>();
  for (const line of journal.split('\n')) {
    const parsed = batchLine.safeParse(jsonOf(line));
    if (!parsed.success) continue;
    const { table, source, index } = parsed.data;
    last.set(JSON.stringify([tableText(table), source, index]), parsed.data);
  }
  return [...last.values()];
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

/** What the journal of a killed load proves of it: what was sent, and what the server had acknowledged by then. */
export function loadOf(journal: string, noted: LoadFacts): LoadFacts {
  const batches = lastStates(journal);
  const names = [...new Set(batches.map(({ table }) => tableText(table)))];
  const tables = names.map((name): TableLoad => {
    const own = batches.filter(({ table }) => tableText(table) === name);
    return {
      table: (own[0] as BatchLine).table,
      sources: [...new Set(own.map(({ source }) => source))],
      format: 'unknown',
      created: false,
      rows_sent: sum(own.map(({ rows }) => rows ?? 0)),
      rows_written: sum(
        own.map(({ state, rows, rows_written }) => (state === 'acknowledged' ? (rows_written ?? rows ?? 0) : 0)),
      ),
      rows_written_from: 'acknowledged batches',
      bytes: sum(own.map(({ bytes }) => bytes)),
      batches: own.length,
      status: 'canceled',
      notes: ['counted from data/batches.jsonl after the kill'],
    };
  });
  const open = batches.filter(({ state }) => state === 'sent' || state === 'unknown').length;
  const acknowledged = batches.filter(({ state }) => state === 'acknowledged').length;
  const doubt = open === 0 ? '' : `; of ${plural(open, 'batch', 'batches')} without an answer it is not known`;
  return {
    ...noted,
    tables,
    rows_sent: sum(tables.map(({ rows_sent }) => rows_sent)),
    rows_written: sum(tables.map(({ rows_written }) => rows_written)),
    bytes: sum(tables.map(({ bytes }) => bytes)),
    error: {
      failure: 'other',
      message: `killed during the load: ${acknowledged} of ${plural(batches.length, 'batch', 'batches')} sent were acknowledged${doubt} (data/batches.jsonl)`,
    },
  };
}

/** What a start that was killed while it packed the run may have written anew. */
const PACKING = /(^|\/)bag\/([^/]+|data\/results\.json)$/;

/** When the run itself last wrote a file: nothing is known of it after that. */
export async function lastSign(folder: string): Promise<Date | undefined> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const own = files.filter((file) => !PACKING.test(relative(folder, file).split(sep).join('/')));
  const times = await Promise.all(own.map(async (file) => (await stat(file)).mtimeMs));
  return times.length === 0 ? undefined : new Date(Math.max(...times));
}

/** Facts of a check as the killed run had kept them. */
export async function keptFacts(bag: string, phase: 'before' | 'after', check: string): Promise<unknown> {
  const text = await readFile(join(bag, 'data', 'facts', phase, `${check}.json`), 'utf8').catch(() => '');
  return z.object({ facts: z.unknown() }).safeParse(jsonOf(text)).data?.facts;
}

/** The journal of the load's batches; empty where there was no load. */
export function batchJournal(bag: string): Promise<string> {
  return readFile(join(bag, 'data', 'batches.jsonl'), 'utf8').catch(() => '');
}
