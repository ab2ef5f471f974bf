import type { Target } from '../engine/target.ts';
import { quoteText } from '../kernel/sql.ts';
import type { ColumnSchema, TableSchema } from '../model/check.ts';
import { parseCreate } from '../model/schema-diff/create-statement.ts';
import { renderCreate, renderEngine } from '../model/schema-diff/render.ts';
import { isMergeTree } from '../model/schema-diff/structure.ts';
import { tableText } from '../model/table.ts';
import { type Overlay, withOverlay } from './normalise-sibling.ts';

type TableRow = Omit<TableSchema, 'name' | 'columns' | 'create_query'> & {
  database: string;
  table: string;
  create_table_query: string;
};
type ColumnRow = ColumnSchema & { database: string; table: string };

/** Hidden tables that hold the rows of materialized views. */
const INNER = /^\.inner/;

function structure(row: TableRow, columns: readonly ColumnRow[], overlay: Overlay | undefined): TableSchema {
  const { database, table, create_table_query, ...rest } = row;
  const name = { database, table };
  const own = columns
    .filter((column) => column.database === database && column.table === table)
    .map(({ database: _database, table: _table, ...column }) => column);
  const parsed = parseCreate(create_table_query);
  if (!parsed) return { ...rest, name, create_query: create_table_query, columns: own };
  const create = withOverlay({ ...parsed, name }, overlay);
  const engine = overlay?.engine?.name ?? row.engine;
  // Keys of engines that the embedded one only stands in for are not its to tell.
  const keys =
    isMergeTree(engine) || !overlay?.engine
      ? {}
      : { sorting_key: create.clauses['ORDER BY'] ?? '', primary_key: create.clauses['PRIMARY KEY'] ?? '' };
  return {
    ...rest,
    ...keys,
    name,
    engine,
    engine_full: renderEngine(create),
    create_query: renderCreate(create),
    columns: own,
  };
}

/** Structures of all tables in these databases of the embedded engine, with what its siblings had to leave out. */
export async function readStructures(
  engine: Target,
  databases: readonly string[],
  overlays: ReadonlyMap<string, Overlay>,
  signal: AbortSignal,
): Promise<TableSchema[]> {
  if (databases.length === 0) return [];
  const within = `database IN (${databases.map(quoteText).join(', ')})`;
  const options = { purpose: 'normalise', signal };
  const tables = await engine.all<TableRow>(
    `SELECT database, name AS table, engine, engine_full, create_table_query, sorting_key, primary_key, partition_key, sampling_key
     FROM system.tables WHERE ${within} ORDER BY database, name`,
    options,
  );
  const columns = await engine.all<ColumnRow>(
    `SELECT database, table, name, type, default_kind, default_expression, compression_codec AS codec, comment
     FROM system.columns WHERE ${within} ORDER BY database, table, position`,
    options,
  );
  return tables
    .filter((row) => !INNER.test(row.table))
    .map((row) => structure(row, columns, overlays.get(tableText({ database: row.database, table: row.table }))));
}
