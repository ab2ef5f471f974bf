import { EngineError } from '../engine/errors.ts';
import type { Target } from '../engine/target.ts';
import { quoteName, quoteText } from '../kernel/sql.ts';
import type { ColumnSchema } from '../model/check.ts';
import { type TableName, tableSql } from '../model/table.ts';
import type { Outside } from './tools.ts';

const UNKNOWN_FUNCTION = 46;
const DEFAULT_VALUE = 'defaultValueOfTypeName';

const known = new WeakMap<Target, Promise<boolean>>();

/** Whether the server has the function (21.1 and newer); asked once, and taken to have it where it does not say. */
function hasDefaultValue({ target, purpose }: Pick<Outside, 'target' | 'purpose'>): Promise<boolean> {
  const ask = async () => {
    try {
      const sql = `SELECT name FROM system.functions WHERE name = ${quoteText(DEFAULT_VALUE)} LIMIT 1`;
      return (await target.all(sql, { purpose, shape: true, timeoutMs: 10_000 })).length > 0;
    } catch {
      return true;
    }
  };
  const asked = known.get(target) ?? ask();
  known.set(target, asked);
  return asked;
}

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
  const values = given.map((column) => `${DEFAULT_VALUE}(${quoteText(column.type)})`);
  const withoutRows = async () => {
    const named = given.map((column) => column.name);
    await outside.target.insert(table, 'JSONEachRow', new Uint8Array(), { ...options, columns: named });
  };
  // No bytes of the loader's own format say the same, but later in the pipeline.
  if (!(await hasDefaultValue(outside))) return withoutRows();
  try {
    await outside.target.command(`${into} SELECT ${values.join(', ')} WHERE 0`, options);
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== UNKNOWN_FUNCTION) throw error;
    await withoutRows();
  }
}
