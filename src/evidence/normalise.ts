import { EngineError } from '../engine/errors.ts';
import type { Target } from '../engine/target.ts';
import { messageOf } from '../kernel/errors.ts';
import { quoteName } from '../kernel/sql.ts';
import type { DdlText, NormalisedSchemas } from '../model/check.ts';
import { leadingWords, splitStatements } from '../model/schema-diff/statements.ts';
import { applyStatement, type Bench, type FileState } from './normalise-apply.ts';
import { readStructures } from './normalise-read.ts';

export interface NormaliserOptions {
  /** Starts the embedded engine; called once, at the first use. It is the normaliser's own: databases in it come and go. */
  start(): Promise<Target>;
  /** Database of tables that a statement names without one. */
  database: string;
}

export interface Normaliser {
  normalise(ddl: readonly DdlText[], signal: AbortSignal): Promise<NormalisedSchemas>;
  close(): Promise<void>;
}

/** Errors that may go away once a later statement has made what this one needs. */
const MISSING = [60, 81, 36, 47, 48, 80, 279];

interface Pending {
  source: string;
  statement: string;
  file: FileState;
}

function shortened(statement: string): string {
  const line = statement.replace(/\s+/g, ' ').trim();
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}

/** Applies one statement; resolves to the server's error when the engine refused it. */
async function attempt(bench: Bench, one: Pending, result: NormalisedSchemas): Promise<unknown> {
  try {
    const done = await applyStatement(bench, one.file, one.statement);
    if (done === 'ignored')
      result.notes.push(
        `${one.source}: ${leadingWords(one.statement).slice(0, 2).join(' ')} says nothing of structure, passed over`,
      );
    return undefined;
  } catch (error) {
    if (error instanceof EngineError && error.failure !== 'server') throw error;
    return error;
  }
}

/** Views before their tables: tried again whenever something was made, until a round makes none of them possible. */
async function retry(
  bench: Bench,
  waiting: Pending[],
  result: NormalisedSchemas,
): Promise<{ one: Pending; error: unknown }[]> {
  let failed: { one: Pending; error: unknown }[] = waiting.map((one) => ({ one, error: undefined }));
  for (let before = failed.length + 1; failed.length > 0 && failed.length < before; ) {
    before = failed.length;
    const still: typeof failed = [];
    for (const { one } of failed) {
      const error = await attempt(bench, one, result);
      if (error !== undefined) still.push({ one, error });
    }
    failed = still;
  }
  return failed;
}

async function applyAll(bench: Bench, ddl: readonly DdlText[], database: string): Promise<NormalisedSchemas> {
  const result: NormalisedSchemas = { tables: [], problems: [], notes: [] };
  let waiting: Pending[] = [];
  const tell = (one: Pending, error: unknown) =>
    result.problems.push(`${one.source}: ${shortened(one.statement)}: ${messageOf(error)}`);
  for (const { source, text } of ddl) {
    const file: FileState = { database, settings: {} };
    for (const statement of splitStatements(text)) {
      const one = { source, statement, file: { ...file } };
      const creates = /^(?:CREATE|ATTACH)\s/i.test(statement);
      const error = await attempt(bench, one, result);
      Object.assign(file, one.file);
      if (error === undefined) {
        if (creates && waiting.length > 0) waiting = (await retry(bench, waiting, result)).map((left) => left.one);
        continue;
      }
      const mayCome = error instanceof EngineError && error.code !== undefined && MISSING.includes(error.code);
      if (mayCome && creates) waiting.push(one);
      else tell(one, error);
    }
  }
  for (const { one, error } of await retry(bench, waiting, result)) tell(one, error);
  return result;
}

async function clear(bench: Bench): Promise<void> {
  const options = { purpose: 'normalise', timeoutMs: 30_000 };
  for (const name of bench.databases) {
    if (name !== 'default') await bench.engine.command(`DROP DATABASE IF EXISTS ${quoteName(name)} SYNC`, options);
    else {
      const tables = await bench.engine.all<{ name: string }>(
        `SELECT name FROM system.tables WHERE database = 'default'`,
        options,
      );
      for (const table of tables)
        await bench.engine.command(`DROP TABLE IF EXISTS default.${quoteName(table.name)} SYNC`, options);
    }
  }
  for (const name of bench.functions) await bench.engine.command(`DROP FUNCTION IF EXISTS ${quoteName(name)}`, options);
}

/**
 * Prints DDL of any origin in one way, by making its tables, empty, in the embedded engine and reading them back.
 * One set at a time. Throws `EngineError` when the embedded engine cannot be had; what it refuses is a problem of the result.
 */
export function createNormaliser({ start, database }: NormaliserOptions): Normaliser {
  let started: Promise<{ engine: Target; knownSettings: ReadonlySet<string> }> | undefined;
  let last: Promise<unknown> = Promise.resolve();

  async function open() {
    const engine = await start();
    const rows = await engine.all<{ name: string }>('SELECT name FROM system.merge_tree_settings', {
      purpose: 'normalise',
    });
    return { engine, knownSettings: new Set(rows.map((row) => row.name)) };
  }

  async function normaliseAlone(ddl: readonly DdlText[], signal: AbortSignal): Promise<NormalisedSchemas> {
    signal.throwIfAborted();
    started ??= open();
    const { engine, knownSettings } = await started.catch((error: unknown) => {
      started = undefined;
      throw error;
    });
    const bench: Bench = {
      engine,
      signal,
      knownSettings,
      databases: new Set(),
      functions: new Set(),
      overlays: new Map(),
    };
    try {
      const result = await applyAll(bench, ddl, database);
      return { ...result, tables: await readStructures(engine, [...bench.databases], bench.overlays, signal) };
    } finally {
      await clear(bench);
    }
  }

  return {
    normalise(ddl, signal) {
      const mine = last.then(() => normaliseAlone(ddl, signal));
      last = mine.catch(() => undefined);
      return mine;
    },
    async close() {
      const open = await started?.catch(() => undefined);
      await open?.engine.close();
    },
  };
}
