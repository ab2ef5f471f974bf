import { EngineError } from '../engine/errors.ts';
import { quoteName, quoteText } from '../kernel/sql.ts';
import type { ColumnSchema } from '../model/check.ts';
import { type TableName, tableSql } from '../model/table.ts';
import type { Outside } from './tools.ts';

const UNKNOWN_FUNCTION = 46;

/** Columns that an INSERT may name: those that the server does not compute. */
export function insertable(columns: readonly ColumnSchema[]): ColumnSchema[] {
  return columns.filter((column) => column.default_kind === '' || column.default_kind === 'DEFAULT');
}

/**
 * `INSERT INTO t (columns) SELECT … WHERE 0`: raises what an insert would raise about columns, grants, partitions
 * and readonly, stores nothing, and wakes no view, since no block is made. Throws `EngineError`.
 */
export async function emptyInsert(
  outside: Pick<Outside, 'target' | 'purpose' | 'signal'>,
  table: TableName,
  columns: readonly ColumnSchema[],
): Promise<void> {
  const given = insertable(columns);
  const names = given.map((column) => quoteName(column.name));
  const into = `INSERT INTO ${tableSql(table)} (${names.join(', ')})`;
  const options = { purpose: outside.purpose, signal: outside.signal };
  const values = given.map((column) => `defaultValueOfTypeName(${quoteText(column.type)})`);
  try {
    await outside.target.command(`${into} SELECT ${values.join(', ')} WHERE 0`, options);
  } catch (error) {
    // Before 21.1 there is no such function: no bytes of the loader's own format say the same, but later in the pipeline.
    if (!(error instanceof EngineError) || error.code !== UNKNOWN_FUNCTION) throw error;
    await outside.target.insert(table, 'JSONEachRow', new Uint8Array(), {
      ...options,
      columns: given.map((column) => column.name),
    });
  }
}
