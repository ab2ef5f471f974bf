import { EngineError } from '../../engine/errors.ts';
import type { Target } from '../../engine/target.ts';
import { messageOf } from '../../kernel/errors.ts';
import { quoteName, quoteText } from '../../kernel/sql.ts';
import type { SqlValue } from '../../model/check.ts';
import { type TableName, tableSql } from '../../model/table.ts';

/** A table of facts with what it is to hold anew. */
export interface FactTable {
  table: TableName;
  columns: readonly string[];
  /** SELECT of the new rows, its columns in that order. */
  fresh: string;
  /** Condition on rows that are there: these are computed anew, and go when they are not among the new ones. */
  stale: string;
  params: Record<string, SqlValue>;
}

export interface RebuildTools {
  target: Target;
  signal: AbortSignal;
  /**
   * Makes an empty table of the same structure, gone when its use has ended. Throws where this user may make none.
   */
  clone<T>(table: TableName, use: (clone: TableName) => Promise<T>): Promise<T>;
  note(sentence: string): void;
}

async function partitionsOf(target: Target, table: TableName, where: string, options: object): Promise<string[]> {
  const rows = await target.all<{ partition_id: string }>(
    `SELECT DISTINCT partition_id FROM system.parts WHERE active AND database = ${quoteText(table.database)} AND table = ${quoteText(table.table)}${where} ORDER BY partition_id`,
    options,
  );
  return rows.map((row) => row.partition_id);
}

/**
 * Puts new rows in the place of stale ones, so that a plain sum counts each once: no reader ever sees both, or neither.
 * Both are gathered in a clone, and whole partitions change hands by REPLACE PARTITION. Killed anywhere it leaves the old
 * state or the new one, partition by partition; run again it ends in the new one.
 * @returns how many rows are new
 * @throws EngineError
 */
export async function rebuild(fact: FactTable, tools: RebuildTools): Promise<number> {
  const { target, signal } = tools;
  const { table, params } = fact;
  const options = { purpose: 'load', signal };
  const columns = fact.columns.map(quoteName).join(', ');
  return tools.clone(table, async (clone) => {
    const into = `INSERT INTO ${tableSql(clone)} (${columns})`;
    await target.command(`${into} ${fact.fresh}`, { ...options, params });
    const [counted] = await target.all<{ rows: string }>(`SELECT count() AS rows FROM ${tableSql(clone)}`, options);
    const touched = new Set(await partitionsOf(target, clone, '', options));
    const parts = await target.all<{ part: string }>(
      `SELECT DISTINCT _part AS part FROM ${tableSql(table)} WHERE ${fact.stale}`,
      { ...options, params },
    );
    if (parts.length > 0) {
      const names = parts.map(({ part }) => quoteText(part)).join(', ');
      for (const id of await partitionsOf(target, table, ` AND name IN (${names})`, options)) touched.add(id);
    }
    const kept = `SELECT ${columns} FROM ${tableSql(table)} FINAL WHERE NOT (${fact.stale})`;
    await target.command(`${into} ${kept}`, { ...options, params });
    const filled = new Set(await partitionsOf(target, clone, '', options));
    for (const id of touched) {
      const change = filled.has(id)
        ? `REPLACE PARTITION ID ${quoteText(id)} FROM ${tableSql(clone)}`
        : `DROP PARTITION ID ${quoteText(id)}`;
      await target.command(`ALTER TABLE ${tableSql(table)} ${change}`, options);
    }
    return Number(counted?.rows ?? 0);
  });
}

/** Codes for what this user may not do, or this engine cannot. */
const NOT_POSSIBLE = new Set([497, 164, 392, 48, 36, 344]);

/**
 * The way for a user who may only insert: new rows beside the old ones, stale keys as zeros, and a merge asked for at once.
 * Where that is refused too, only `FINAL` counts each once until the server merges, and that is said.
 */
async function insertBeside(fact: FactTable, tools: RebuildTools, why: string): Promise<number> {
  const { target, signal } = tools;
  const options = { purpose: 'load', signal };
  const columns = fact.columns.map(quoteName).join(', ');
  const table = tableSql(fact.table);
  const answer = await target.command(`INSERT INTO ${table} (${columns}) ${fact.fresh}`, {
    ...options,
    params: fact.params,
  });
  try {
    await target.command(`OPTIMIZE TABLE ${table} FINAL`, options);
    tools.note(`${fact.table.table} was not rebuilt in one step but merged: ${why}`);
  } catch (error) {
    if (signal.aborted) throw error;
    tools.note(
      `${fact.table.table} holds old and new rows of the same key until the server merges them, so sums need FINAL: ${why}; ${messageOf(error)}`,
    );
  }
  return answer.summary?.written_rows ?? 0;
}

/** Rebuilds where that is possible, and inserts beside where it is not. @throws EngineError */
export async function refresh(fact: FactTable, tools: RebuildTools): Promise<number> {
  try {
    return await rebuild(fact, tools);
  } catch (error) {
    const refused =
      (error instanceof EngineError && error.code !== undefined && NOT_POSSIBLE.has(error.code)) ||
      (error instanceof Error && error.name === 'WitnessError');
    if (!refused || tools.signal.aborted) throw error;
    return insertBeside(fact, tools, messageOf(error));
  }
}
