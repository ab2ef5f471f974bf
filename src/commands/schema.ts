import type { Target } from '../engine/target.ts';
import { createNormaliser } from '../evidence/normalise.ts';
import { schemaFiles } from '../evidence/schema-files.ts';
import { WitnessError } from '../kernel/errors.ts';
import { quoteText } from '../kernel/sql.ts';
import { diffSchemas, mendingStatements, type SchemaDifference } from '../model/schema-diff/index.ts';
import { type TableName, tableText } from '../model/table.ts';
import { lookAt } from './look.ts';

export interface SchemaDiffRequest {
  target: Target;
  /** Folder of `.sql` files, or one of them. */
  dir: string;
  /** Only these; default: all that the DDL names. */
  tables?: readonly TableName[] | undefined;
  /** Starts the embedded engine that prints both sides; it is closed at the end. */
  startEngine(): Promise<Target>;
  /** Whether tables of the same databases that no DDL names are told. */
  extraTables?: boolean | undefined;
  signal: AbortSignal;
}

export interface SchemaDiff {
  differences: SchemaDifference[];
  /** What would mend them, in the order to run; lines starting with `--` are for the reader to decide. */
  statements: string[];
  /** What could not be compared, and why; what was passed over. */
  notes: string[];
  /** How many tables were compared. */
  compared: number;
}

async function canExchange(target: Target, databases: readonly string[], signal: AbortSignal): Promise<boolean> {
  const list = databases.map(quoteText).join(', ');
  const sql = `SELECT engine FROM system.databases WHERE name IN (${list})`;
  const rows = await target.all<{ engine: string }>(sql, { purpose: 'schema diff', signal });
  return rows.length > 0 && rows.every((row) => ['Atomic', 'Replicated', 'Shared', 'Overlay'].includes(row.engine));
}

async function siblings(target: Target, databases: readonly string[], signal: AbortSignal): Promise<TableName[]> {
  const list = databases.map(quoteText).join(', ');
  const sql = `SELECT database, name AS table FROM system.tables WHERE database IN (${list}) AND NOT startsWith(name, '.inner') LIMIT 10000`;
  return target.all<TableName>(sql, { purpose: 'schema diff', signal });
}

/**
 * DDL files against the target, both sides printed by the embedded engine. Throws `WitnessError` when the files cannot be read or
 * hold no table, `EngineError` when either engine cannot be asked.
 */
export async function schemaDiff(request: SchemaDiffRequest): Promise<SchemaDiff> {
  const { target, dir, signal } = request;
  const outside = await lookAt(target, 'schema diff', signal);
  const files = await schemaFiles(dir);
  const normaliser = createNormaliser({ start: request.startEngine, database: target.database });
  try {
    const expected = await normaliser.normalise(files, signal);
    const only = request.tables && new Set(request.tables.map(tableText));
    const wanted = expected.tables.filter((table) => !only || only.has(tableText(table.name)));
    if (wanted.length === 0) {
      throw new WitnessError({
        code: 'SCHEMA_EMPTY',
        what:
          expected.problems[0] ?? (only ? 'The DDL files name none of these tables' : 'The DDL files name no table'),
        where: dir,
        next: 'Name a folder of .sql files with CREATE TABLE statements',
      });
    }
    const databases = [...new Set(wanted.map((table) => table.name.database))];
    const names = wanted.map((table) => table.name);
    const asked = request.extraTables === true ? await siblings(target, databases, signal) : names;
    const tables = await outside.schema(asked);
    const printed = tables.map((table) => ({ source: tableText(table.name), text: table.create_query }));
    const actual = await normaliser.normalise(printed, signal);
    const readable = new Set(actual.tables.map((table) => tableText(table.name)));
    const unreadable = new Set(tables.map((table) => tableText(table.name)).filter((name) => !readable.has(name)));
    const comparable = wanted.filter((table) => !unreadable.has(tableText(table.name)));
    const exchange = await canExchange(target, databases, signal);
    const options = { exchange, extraTables: request.extraTables === true };
    const differences = diffSchemas(comparable, actual.tables, options);
    const notes = [...expected.problems, ...actual.problems, ...expected.notes];
    return { differences, statements: mendingStatements(differences), notes, compared: comparable.length };
  } finally {
    await normaliser.close();
  }
}
