import { z } from 'zod';
import { messageOf, WitnessError } from '../../kernel/errors.ts';
import type { Probe, TableSchema } from '../../model/check.ts';
import { serverException } from '../../model/load.ts';
import { tableText } from '../../model/table.ts';
import { exceptionOf } from './exception.ts';
import { storageOf } from './storage.ts';
import { type TriedRow, tryRow } from './try-row.ts';

export const ladderStep = z.strictObject({
  step: z.enum(['storage', 'empty insert', 'test row']),
  status: z.enum(['ok', 'failed', 'skipped']),
  message: z.string(),
  error: serverException.optional(),
  /** What to do about it, for example the GRANT that is missing. */
  remedy: z.string().optional(),
});
export type LadderStep = z.infer<typeof ladderStep>;

export const insertLadder = z.strictObject({
  table: z.string(),
  engine: z.string(),
  steps: z.array(ladderStep),
  /** Columns that went through an insert and came back the same. */
  columns_tried: z.array(z.string()),
  columns_left: z.array(z.strictObject({ column: z.string(), reason: z.string() })),
});
export type InsertLadder = z.infer<typeof insertLadder>;

/** The user may write nothing at all: a clone cannot be had either. */
const READONLY = 164;

/** What the ladder needs of a probe. */
export type LadderProbe = Pick<Probe, 'schema' | 'emptyInsert' | 'scratch'>;

async function emptyStep(probe: LadderProbe, table: TableSchema): Promise<LadderStep> {
  try {
    await probe.emptyInsert(table.name, table.columns);
    return {
      step: 'empty insert',
      status: 'ok',
      message: `an insert of no rows into ${tableText(table.name)} is accepted`,
    };
  } catch (error) {
    const failure = exceptionOf(error);
    if (!failure) throw error;
    return { step: 'empty insert', status: 'failed', message: failure.message, error: failure };
  }
}

function rowStep(tried: TriedRow): LadderStep {
  const step = 'test row' as const;
  if (tried.error)
    return { step, status: tried.ours ? 'skipped' : 'failed', message: tried.message, error: tried.error };
  return { step, status: tried.ok ? 'ok' : tried.ours ? 'skipped' : 'failed', message: tried.message };
}

async function cloneStep(probe: LadderProbe, storage: TableSchema): Promise<{ step: LadderStep; tried?: TriedRow }> {
  try {
    const tried = await probe.scratch(storage, (clone) => tryRow(clone, storage));
    return { step: rowStep(tried), tried };
  } catch (error) {
    if (error instanceof WitnessError) {
      const remedy = error.next === undefined ? {} : { remedy: error.next };
      return { step: { step: 'test row', status: 'skipped', message: error.message, ...remedy } };
    }
    const failure = exceptionOf(error);
    if (!failure) throw error;
    const message = `no clone of ${tableText(storage.name)} could be made: ${messageOf(error)}`;
    return { step: { step: 'test row', status: 'skipped', message, error: failure } };
  }
}

/**
 * Tries an insert in two rungs: of no rows into the table itself, then of one valid row into a clone of the table that
 * stores, read back. The table, its views and its queues see nothing of it.
 */
export async function insertByLadder(probe: LadderProbe, table: TableSchema): Promise<InsertLadder> {
  const result: InsertLadder = {
    table: tableText(table.name),
    engine: table.engine,
    steps: [],
    columns_tried: [],
    columns_left: [],
  };
  const storage = await storageOf(table, async (name) => (await probe.schema([name]))[0]);
  if (storage.kind === 'skip') {
    result.steps.push({ step: 'storage', status: 'skipped', message: storage.reason });
    return result;
  }
  if (storage.path !== '') result.steps.push({ step: 'storage', status: 'ok', message: storage.path });
  // A view's own columns are those of its query: rows that a load sends arrive in the table behind it.
  result.steps.push(await emptyStep(probe, table.engine === 'MaterializedView' ? storage.table : table));
  if (result.steps.some((one) => one.error?.code === READONLY)) return result;
  const { step, tried } = await cloneStep(probe, storage.table);
  result.steps.push(step);
  result.columns_tried = tried?.tried ?? [];
  result.columns_left = tried?.left ?? [];
  return result;
}
