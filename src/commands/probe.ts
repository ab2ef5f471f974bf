import { type InsertLadder, insertByLadder } from '../diagnose/test-insert/ladder.ts';
import type { Target } from '../engine/target.ts';
import { emptyInsert } from '../evidence/empty-insert.ts';
import { createScratch } from '../evidence/scratch.ts';
import { WitnessError } from '../kernel/errors.ts';
import { type TableName, tableText } from '../model/table.ts';
import { lookAt } from './look.ts';

export interface ProbeRequest {
  target: Target;
  table: TableName;
  /** Names the scratch tables: `_chwitness_<id>_<n>`. */
  runId: string;
  /** File that holds the scratch tables' names while they exist; given to `cleanLeftovers` at the next start. */
  ledger: string;
  signal: AbortSignal;
}

/**
 * A manual test insert that leaves nothing behind: each rung with what came of it. A rung that failed is in the value.
 * Throws `WitnessError` `TABLE_NOT_VISIBLE`, and `EngineError` when the target cannot be asked.
 */
export async function probeTable({ target, table, runId, ledger, signal }: ProbeRequest): Promise<InsertLadder> {
  const outside = await lookAt(target, 'probe', signal);
  const [found] = await outside.schema([table]);
  if (!found) {
    throw new WitnessError({
      code: 'TABLE_NOT_VISIBLE',
      what: `There is no table ${tableText(table)}, or user ${target.user} may not see it`,
      where: target.url,
      next: 'Check the name; a lacking SHOW TABLES hides a table without an error',
    });
  }
  const scratch = createScratch({ id: runId, ledger });
  return insertByLadder(
    {
      schema: (tables = [table]) => outside.schema(tables),
      emptyInsert: (name, columns) => emptyInsert(outside, name, columns),
      scratch: (schema, use) => scratch(outside, schema, use),
    },
    found,
  );
}
