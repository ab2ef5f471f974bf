import { z } from 'zod';
import type { Target } from '../../engine/target.ts';
import { messageOf } from '../../kernel/errors.ts';
import type { ApiSource, JobRun } from '../../model/api-source.ts';
import { type TableName, tableSql } from '../../model/table.ts';
import { insertSettings } from '../settings.ts';
import type { JobState } from './state.ts';

const COLUMNS = ['job', 'run_id', 'started_at', 'finished_at', 'status', 'rows_processed', 'message', 'metrics'];
/** The row has its own time: the run's signal may have been raised already, ms. */
const LIMIT_MS = 15_000;

/** Successful runs of this job, and when the last one began (Unix seconds); undefined when the table could not be asked. */
export async function earlierRuns(
  target: Target,
  table: TableName,
  job: string,
  signal: AbortSignal,
): Promise<{ runs: number; last: number } | undefined> {
  try {
    const [row] = await target.all<{ runs: string; last: string }>(
      `SELECT count() AS runs, toUnixTimestamp(max(started_at)) AS last FROM ${tableSql(table)} WHERE job = {job:String} AND lower(status) IN ('ok', 'success')`,
      { params: { job }, purpose: 'load', signal },
    );
    return { runs: Number(row?.runs ?? 0), last: Number(row?.last ?? 0) };
  } catch (error) {
    if (signal.aborted) throw error;
    return undefined;
  }
}

/** An interval of sales that a good run has staged whole, Unix seconds. */
export interface Covered {
  from: number;
  to: number;
}

const jsonText = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue('no JSON');
      return z.NEVER;
    }
  })
  .pipe(z.object({ window_from: z.int() }));

/** What the good runs since then say they staged; runs of a loader that does not say from where count for nothing. @throws EngineError */
export async function coveredBy(
  target: Target,
  table: TableName,
  job: string,
  since: number,
  signal: AbortSignal,
): Promise<Covered[]> {
  const rows = await target.all<{ at: string; metrics: string }>(
    `SELECT toUnixTimestamp(started_at) AS at, metrics FROM ${tableSql(table)} WHERE job = {job:String} AND lower(status) IN ('ok', 'success') AND toUnixTimestamp(started_at) >= {since:UInt32} ORDER BY started_at DESC LIMIT 1000`,
    { params: { job, since }, purpose: 'load', signal },
  );
  return rows.flatMap(({ at, metrics }) => {
    const read = jsonText.safeParse(metrics);
    return read.success ? [{ from: read.data.window_from, to: Number(at) }] : [];
  });
}

async function insert(target: Target, table: TableName, row: JobRun): Promise<void> {
  await target.insert(table, 'JSONEachRow', Buffer.from(`${JSON.stringify(row)}\n`), {
    columns: COLUMNS,
    settings: insertSettings({}, 1),
    dedupToken: row.run_id,
    rows: 1,
    purpose: 'job-runs',
    timeoutMs: LIMIT_MS,
  });
}

async function isThere(target: Target, table: TableName, runId: string): Promise<boolean> {
  const [row] = await target.all<{ rows: string }>(
    `SELECT count() AS rows FROM ${tableSql(table)} WHERE toString(run_id) = {id:String}`,
    { params: { id: runId }, purpose: 'job-runs', timeoutMs: LIMIT_MS },
  );
  return Number(row?.rows ?? 0) > 0;
}

/**
 * Writes the row of a run, and before it those that earlier runs could not write. A row whose answer was lost is looked for
 * before it is written again. Never throws: what cannot be written waits for the next run.
 */
export async function recordRun(
  row: JobRun,
  tools: { target: Target; table: TableName; state: JobState },
): Promise<ApiSource['job_run']> {
  const { target, table, state } = tools;
  const waiting = [...(await state.pending()), row];
  let caughtUp = 0;
  try {
    // On the disk first: a kill between the two must not lose it.
    await state.setPending(waiting);
    for (const next of [...waiting]) {
      if (next === row || !(await isThere(target, table, next.run_id))) await insert(target, table, next);
      waiting.shift();
      if (next !== row) caughtUp += 1;
      await state.setPending(waiting);
    }
    return { outcome: 'written', caught_up: caughtUp, row };
  } catch (error) {
    return { outcome: 'pending', because: messageOf(error), caught_up: caughtUp, row };
  }
}
