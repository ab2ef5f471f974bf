import { EngineError } from '../engine/errors.ts';
import type { Target } from '../engine/target.ts';
import { type TableName, tableSql } from '../model/table.ts';

export interface Column {
  name: string;
  type: string;
  /** '' | 'DEFAULT' | 'MATERIALIZED' | 'ALIAS' | 'EPHEMERAL' */
  defaultKind: string;
}

export type TableState =
  | { state: 'there'; columns: readonly Column[] }
  | { state: 'missing'; error: EngineError }
  /** This user may not look; inserting may work all the same. */
  | { state: 'hidden' };

const MISSING = new Set([60, 81]);
const DENIED = new Set([497]);

/** The columns of a table as the target has them now. @throws EngineError */
export async function lookAtTable(target: Target, table: TableName, signal: AbortSignal): Promise<TableState> {
  try {
    const rows = await target.all<{ name: string; type: string; default_type: string }>(
      `DESCRIBE TABLE ${tableSql(table)}`,
      { purpose: 'load', signal, shape: true },
    );
    const columns = rows.map(({ name, type, default_type }) => ({ name, type, defaultKind: default_type }));
    return { state: 'there', columns };
  } catch (error) {
    if (!(error instanceof EngineError) || error.code === undefined) throw error;
    if (MISSING.has(error.code)) return { state: 'missing', error };
    if (DENIED.has(error.code)) return { state: 'hidden' };
    throw error;
  }
}

/** Names that an INSERT may list. */
export function insertable(columns: readonly Column[]): Set<string> {
  const computed = new Set(['MATERIALIZED', 'ALIAS']);
  return new Set(columns.filter(({ defaultKind }) => !computed.has(defaultKind)).map(({ name }) => name));
}
