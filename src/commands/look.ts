import type { Target } from '../engine/target.ts';
import { runSql } from '../evidence/run-sql.ts';
import { tableSchemas } from '../evidence/table-schemas.ts';
import type { Outside } from '../evidence/tools.ts';
import type { SqlValue, TableSchema } from '../model/check.ts';
import type { TableName } from '../model/table.ts';
import { sqlLibrary } from '../registry/sql-file.ts';

const ROWS = 100_000;

/** A target as a command looks at it outside of a run: the same statement files, nothing kept. */
export async function lookAt(
  target: Target,
  purpose: string,
  signal: AbortSignal,
): Promise<Outside & { schema(tables: readonly TableName[]): Promise<TableSchema[]> }> {
  const capabilities = await target.capabilities();
  const library = sqlLibrary();
  const ask = async <Row>(name: string, params: Record<string, SqlValue>, shape: boolean) => {
    const ground = { target, capabilities, limits: { rows: ROWS } };
    return (await runSql<Row>(ground, library(name), params, { purpose, signal, shape })).rows;
  };
  const sql = <Row>(name: string, params: Record<string, SqlValue> = {}) => ask<Row>(name, params, false);
  // Structures settle which statements follow.
  const shapes = <Row>(name: string, params: Record<string, SqlValue> = {}) => ask<Row>(name, params, true);
  return { target, capabilities, purpose, signal, sql, schema: (tables) => tableSchemas(shapes, tables) };
}
