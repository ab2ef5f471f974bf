import type { StatementRecord } from '../model/statement.ts';
import { collectPhase } from './collect-phase.ts';
import { ingest } from './ingest.ts';
import type { Plan } from './plan.ts';
import { openRun } from './run.ts';

/** Stands in names and query ids where each run has its own id. */
const RUN_ID = 'RUN_ID';

/** One statement that a run would send. */
export interface ListedStatement extends Pick<StatementRecord, 'purpose' | 'kind' | 'table' | 'sql'> {
  /** How often it is sent, with other values bound; one that waits for an answer is sent until it has it. */
  times: number;
  /** Whether it was sent now, since its answer settles which others follow. */
  asked: boolean;
}

/**
 * The statements that the plan would send, in the order in which they first are, without sending them: the run itself is gone through,
 * as one in which everything is answered well. Only questions about what the target has are asked. Leaves nothing behind.
 */
export async function listStatements(plan: Plan): Promise<ListedStatement[]> {
  const records: StatementRecord[] = [];
  const run = await openRun({
    ...plan,
    // One after another, so that the order is the same each time; nothing that was not asked can be held against the load.
    config: { ...plan.config, concurrency: 1 },
    force: true,
    list: (record) => records.push(record),
  });
  try {
    const before = await collectPhase(run, 'before');
    const ingestion = await ingest(run, before);
    await collectPhase(run, 'after', { before, ingestion });
    const ids = [run.id, run.id.replace(/\W+/g, '_')];
    return run.clean(
      '(terminal)',
      tally(records, (sql) => ids.reduce((text, id) => text.replaceAll(id, RUN_ID), sql)),
    );
  } finally {
    await run.close();
  }
}

function tally(records: readonly StatementRecord[], general: (sql: string) => string): ListedStatement[] {
  const listed = new Map<string, ListedStatement>();
  for (const { purpose, kind, table, sql: text, sent } of records) {
    const sql = general(text);
    const key = JSON.stringify([purpose, sql]);
    const known = listed.get(key);
    if (known) known.times += 1;
    else
      listed.set(key, {
        purpose,
        kind,
        ...(table === undefined ? {} : { table: general(table) }),
        sql,
        times: 1,
        asked: sent !== false,
      });
  }
  return [...listed.values()];
}
