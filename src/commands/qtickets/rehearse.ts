import { join } from 'node:path';
import type { Target } from '../../engine/target.ts';
import { formatCount } from '../../kernel/format.ts';
import type { StagingKey } from '../../load/qtickets/tables.ts';
import type { Upsert } from '../../load/upsert.ts';
import { tableSql } from '../../model/table.ts';
import { Findings } from '../../source/qtickets/drift.ts';
import { cloner, copyStructures } from './clone.ts';
import type { Ground } from './ingest.ts';
import { loadWindow } from './load-window.ts';
import { nothingTold, type World } from './world.ts';

/**
 * The whole window into the embedded engine first, into tables made from the target's own DDL; the API is read for it once more.
 * What fails here fails before the target has seen a byte.
 * @returns a sentence on what the rehearsal stored
 * @throws ApiError, EngineError, WitnessError
 */
export async function rehearse(
  run: Ground,
  world: World,
  into: (key: StagingKey, engine: Target) => Upsert,
): Promise<string> {
  const engine = await run.oracle.target();
  const tables = Object.values(world.tables);
  await copyStructures(world.target, engine, tables, world.signal);
  const told = nothingTold();
  try {
    await loadWindow({
      ...world,
      target: engine,
      clone: cloner(engine, { id: run.id, ledger: join(run.workDir, 'rehearsal.jsonl') }, world.signal),
      state: {
        days: async () => [],
        intend: async () => undefined,
        begin: async () => undefined,
        settle: async () => undefined,
      },
      into: (key) => into(key, engine),
      findings: new Findings(),
      dryRun: false,
      told,
    });
  } finally {
    // The same engine prints DDL for the checks afterwards.
    for (const table of tables)
      await engine.command(`DROP TABLE IF EXISTS ${tableSql(table)} SYNC`, { purpose: 'rehearsal' });
  }
  const rows = Object.values(told.rows).reduce((sum, more) => sum + more, 0);
  return `rehearsed in the embedded engine with the target’s own DDL: ${formatCount(rows)} rows stored there before the target was written to`;
}
