import type { Target } from '../../engine/target.ts';
import { createScratch } from '../../evidence/scratch.ts';
import { cloneStatement } from '../../evidence/scratch-clone.ts';
import { WitnessError } from '../../kernel/errors.ts';
import { quoteName } from '../../kernel/sql.ts';
import type { RebuildTools } from '../../load/qtickets/rebuild.ts';
import { type TableName, tableText } from '../../model/table.ts';
import { lookAt } from '../look.ts';

function notThere(table: TableName): WitnessError {
  return new WitnessError({
    code: 'TABLE_MISSING',
    what: `${tableText(table)} is not there, or not visible to this user`,
    where: tableText(table),
    next: 'chwitness schema apply qtickets creates what is missing',
    exitCode: 1,
  });
}

/** Clones for rebuilding facts: written down before they are made, so that the next start drops what a kill leaves. */
export function cloner(
  target: Target,
  run: { id: string; ledger: string },
  signal: AbortSignal,
): RebuildTools['clone'] {
  const scratch = createScratch({ id: `${run.id}-facts`, ledger: run.ledger });
  return async (table, use) => {
    const outside = await lookAt(target, 'load', signal);
    const [schema] = await outside.schema([table]);
    if (!schema) throw notThere(table);
    return scratch(outside, schema, async ({ name }) => {
      if (name.database !== '') return use(name);
      // A temporary table is in memory, and has no partitions to hand over.
      throw new WitnessError({
        code: 'SCRATCH_NOT_POSSIBLE',
        what: `this user may create no table in ${table.database}`,
      });
    });
  };
}

/** Makes the target's tables, as the target itself prints them, empty, in another engine. @throws WitnessError, EngineError */
export async function copyStructures(
  from: Target,
  to: Target,
  tables: readonly TableName[],
  signal: AbortSignal,
): Promise<void> {
  const schemas = await (await lookAt(from, 'rehearsal', signal)).schema(tables);
  for (const database of new Set(tables.map((table) => table.database)))
    await to.command(`CREATE DATABASE IF NOT EXISTS ${quoteName(database)}`, { purpose: 'rehearsal', signal });
  for (const table of tables) {
    const schema = schemas.find(({ name }) => tableText(name) === tableText(table));
    if (!schema) throw notThere(table);
    const statement = cloneStatement(schema, table, 'table');
    if (statement === undefined) throw notThere(table);
    await to.command(statement, { purpose: 'rehearsal', signal });
  }
}
