import { EngineError } from '../engine/errors.ts';
import type { Target } from '../engine/target.ts';
import { WitnessError } from '../kernel/errors.ts';
import { quoteName } from '../kernel/sql.ts';
import type { Scratch, SqlValue, TableSchema } from '../model/check.ts';
import { allows, grantStatement, parseGrants } from '../model/grants.ts';
import { type TableName, tableSql, tableText } from '../model/table.ts';
import { withAllowed } from './scratch-allow.ts';
import { cloneStatement } from './scratch-clone.ts';
import { homeOf, register, registered, rewrite, SCRATCH_PREFIX, THROWAWAY, unregister } from './scratch-ledger.ts';
import type { Outside, ProbeTools } from './tools.ts';

const SYNTAX_ERROR = 62;
const NOT_GRANTED = [497, 164, 392];
/** Cleaning has its own time, in ms: the run's signal may have been raised already. */
const CLEANUP_MS = 15_000;

type Cleaner = Pick<Target, 'command'>;

/** Servers with Atomic databases, and they alone, know SYNC; undefined where it is not known which this is. */
function knowsSync({ capabilities }: Outside): boolean | undefined {
  return capabilities.system.tables?.includes('uuid');
}

/** Drops one of our own tables at once, whatever became of the run. Refuses any other name. */
async function dropScratch(target: Cleaner, name: TableName, purpose: string, sync = true): Promise<void> {
  if (!name.table.startsWith(SCRATCH_PREFIX)) throw new Error(`${tableText(name)} is not a scratch table`);
  const options = { purpose, timeoutMs: CLEANUP_MS };
  const statement = `DROP TABLE IF EXISTS ${tableSql(name)}`;
  try {
    // An Atomic database would keep the files for eight more minutes.
    await target.command(sync ? `${statement} SYNC` : statement, options);
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== SYNTAX_ERROR) throw error;
    await target.command(statement, options);
  }
}

/** Whether a table could be created here and could not be dropped again: then none is created. */
function couldNotDrop(outside: Outside, name: TableName): boolean {
  if (outside.capabilities.grants === undefined) return false;
  const held = parseGrants(outside.capabilities.grants);
  return allows(held, { privilege: 'DROP TABLE', on: name }).answer === 'no';
}

interface Place {
  name: TableName;
  settings: Record<string, string>;
  drop(): Promise<void>;
}

async function createTable(outside: Outside, table: TableSchema, name: TableName, ledger: string): Promise<Place> {
  const statement = cloneStatement(table, name, 'table');
  if (statement === undefined) throw notCloneable(table);
  const home = homeOf(outside.target);
  await register(ledger, home, name);
  const { purpose, signal } = outside;
  const drop = async () => {
    await dropScratch(outside.target, name, purpose, knowsSync(outside));
    await unregister(ledger, home, name);
  };
  try {
    await withAllowed({}, (settings) => outside.target.command(statement, { purpose, signal, settings }));
  } catch (error) {
    // Stopped on our side it may still have been created on the other.
    if (!(error instanceof EngineError) || error.failure !== 'server') await drop().catch(() => undefined);
    else await unregister(ledger, home, name);
    throw error;
  }
  return { name, settings: {}, drop };
}

async function createTemporary(outside: Outside, table: TableSchema, name: TableName): Promise<Place> {
  const temporary = { database: '', table: name.table };
  const statement = cloneStatement(table, temporary, 'temporary');
  if (statement === undefined) throw notCloneable(table);
  const { purpose, signal } = outside;
  // The table lives as long as its session, which the server ends by itself.
  const settings = { session_id: name.table };
  await withAllowed(settings, (allowed) => outside.target.command(statement, { purpose, signal, settings: allowed }));
  const drop = async () => {
    await outside.target.command(`DROP TABLE IF EXISTS ${tableSql(temporary)}`, {
      purpose,
      settings,
      timeoutMs: CLEANUP_MS,
    });
  };
  return { name: temporary, settings, drop };
}

function notCloneable(table: TableSchema): WitnessError {
  return new WitnessError({
    code: 'SCRATCH_NOT_POSSIBLE',
    what: `the structure of ${tableText(table.name)} could not be read from its CREATE statement`,
  });
}

function isNotGranted(error: unknown): boolean {
  return error instanceof EngineError && error.code !== undefined && NOT_GRANTED.includes(error.code);
}

async function createSomewhere(outside: Outside, table: TableSchema, name: TableName, ledger: string): Promise<Place> {
  try {
    if (!couldNotDrop(outside, name)) return await createTable(outside, table, name, ledger);
  } catch (error) {
    if (!isNotGranted(error)) throw error;
  }
  try {
    return await createTemporary(outside, table, name);
  } catch (error) {
    if (!isNotGranted(error)) throw error;
    const { user } = outside.target;
    throw new WitnessError({
      code: 'SCRATCH_NOT_GRANTED',
      what: `user ${user} may create neither a table in ${name.database} nor a temporary one`,
      where: tableText(table.name),
      next: grantStatement({ privilege: 'CREATE TEMPORARY TABLE' }, user),
      cause: error,
    });
  }
}

function scratchOf(outside: Outside, table: TableSchema, place: Place): Scratch {
  const { name, settings } = place;
  const { target, purpose, signal } = outside;
  return {
    name,
    schema: { ...table, name },
    async insert(format, bytes, columns) {
      // Rows must be there when they are read back: an asynchronous insert would answer earlier.
      await target.insert(name, format, bytes, {
        purpose,
        signal,
        columns,
        settings: { ...settings, async_insert: 0 },
      });
    },
    rows(columns) {
      return target.all(`SELECT ${columns.map(quoteName).join(', ')} FROM ${tableSql(name)}`, {
        purpose,
        signal,
        settings,
      });
    },
    sql<Row>(file: string, params: Record<string, SqlValue> = {}) {
      return outside.sql<Row>(file, { ...params, database: name.database, table: name.table });
    },
  };
}

/**
 * Makes structure clones named `_chwitness_<run>_<n>` in the original's database, or temporary ones where that is not
 * granted; each is gone when its use has ended, however it ended. `ledger` is a file outside the archive.
 * Throws `WitnessError` `SCRATCH_NOT_GRANTED` (its `next` is the GRANT) or `SCRATCH_NOT_POSSIBLE`.
 */
export function createScratch(run: { id: string; ledger: string }): ProbeTools['scratch'] {
  let count = 0;
  return async (outside, table, use) => {
    count += 1;
    const safeId = run.id.replace(/\W+/g, '_');
    const name = { database: table.name.database, table: `${SCRATCH_PREFIX}${safeId}_${count}` };
    const place = await createSomewhere(outside, table, name, run.ledger);
    try {
      return await use(scratchOf(outside, table, place));
    } finally {
      await place.drop();
    }
  };
}

/**
 * Drops what a killed run left on this target and takes it off the ledger. Returns the tables that were there, as
 * `database.table`. Entries of other servers and of other data folders stay. Throws `EngineError` when the target cannot be asked.
 */
export async function cleanLeftovers(target: Target, ledger: string): Promise<string[]> {
  const entries = await registered(ledger);
  const home = homeOf(target);
  const ours = entries.filter((entry) => entry.url === home);
  const dropped: string[] = [];
  for (const name of ours) {
    const there = await target
      .all<{ result: number }>(`EXISTS TABLE ${tableSql(name)}`, { purpose: 'cleanup', timeoutMs: CLEANUP_MS })
      .catch((error: unknown) => {
        // The database is gone, and the table with it.
        if (error instanceof EngineError && error.code === 81) return [];
        throw error;
      });
    if (Number(there[0]?.result ?? 0) === 0) continue;
    await dropScratch(target, name, 'cleanup');
    dropped.push(tableText(name));
  }
  await rewrite(
    ledger,
    entries.filter((entry) => !ours.includes(entry) && entry.url !== THROWAWAY),
  );
  return dropped;
}
