import type { ColumnSchema, SqlValue, TableSchema } from '../model/check.ts';
import { type TableName, tableText } from '../model/table.ts';

type Sql = <Row>(name: string, params?: Record<string, SqlValue>) => Promise<Row[]>;

type TableRow = { database: string; table: string } & Partial<Omit<TableSchema, 'name' | 'columns'>>;
type ColumnRow = { database: string; table: string; name: string; type: string } & Partial<ColumnSchema>;

/** Structures of these tables as the server prints them, in the order asked; a table that is not visible is absent. */
export async function tableSchemas(sql: Sql, tables: readonly TableName[]): Promise<TableSchema[]> {
  if (tables.length === 0) return [];
  const params = {
    databases: [...new Set(tables.map((name) => name.database))],
    tables: [...new Set(tables.map((name) => name.table))],
  };
  const found = await sql<TableRow>('tables', params);
  const columns = await sql<ColumnRow>('columns', params);
  // The two lists bind apart, so pairs that nobody asked for come back as well.
  return tables.flatMap((name) => {
    const mine = (row: { database: string; table: string }) =>
      row.database === name.database && row.table === name.table;
    const row = found.find(mine);
    return row ? [structure(name, row, columns.filter(mine))] : [];
  });
}

function structure(name: TableName, row: TableRow, columns: readonly ColumnRow[]): TableSchema {
  return {
    name,
    engine: row.engine ?? '',
    engine_full: row.engine_full ?? '',
    create_query: row.create_query ?? '',
    sorting_key: row.sorting_key ?? '',
    primary_key: row.primary_key ?? '',
    partition_key: row.partition_key ?? '',
    sampling_key: row.sampling_key ?? '',
    columns: columns.map((column) => ({
      name: column.name,
      type: column.type,
      default_kind: column.default_kind ?? '',
      default_expression: column.default_expression ?? '',
      codec: column.codec ?? '',
      comment: column.comment ?? '',
    })),
  };
}

/** Remembers structures for one phase: each table is asked for once. */
export function schemaGatherer(sql: Sql): (tables: readonly TableName[]) => Promise<TableSchema[]> {
  const asked = new Map<string, Promise<TableSchema[]>>();
  return (tables) => {
    const key = tables.map(tableText).join('\n');
    const known = asked.get(key) ?? tableSchemas(sql, tables);
    asked.set(key, known);
    // One check's lost connection is not the next one's answer.
    known.catch(() => asked.delete(key));
    return known;
  };
}
