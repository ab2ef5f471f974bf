import type { Target } from '../engine/target.ts';
import { withAllowed } from '../evidence/scratch-allow.ts';
import { cloneStatement } from '../evidence/scratch-clone.ts';
import { formatCount, plural } from '../kernel/format.ts';
import { quoteName } from '../kernel/sql.ts';
import { type LoadPlan, type LoadTools, load } from '../load/load.ts';
import { createRejects } from '../load/reject/rejects.ts';
import { readingSettings } from '../load/reject/target-settings.ts';
import { sampledTwice, wholeTwice } from '../load/twice.ts';
import type { Config } from '../model/config.ts';
import type { LoadFacts } from '../model/load.ts';
import { type TableName, tableSql, tableText } from '../model/table.ts';
import type { Run } from '../pipeline/run.ts';
import { lookAt } from './look.ts';

export interface Rehearsed {
  /** The plan with sources that may be read although the rehearsal has read them. */
  plan: LoadPlan;
  /** What becomes of the load; undefined when the rehearsal went well. */
  failed: LoadFacts | undefined;
  facts: NonNullable<LoadFacts['rehearsal']>;
}

/** Bad rows that a rehearsal looks for before it has seen enough. */
const NAMED = 1000;

/**
 * The same load into the embedded engine first, into tables made from the target's own DDL. Every row is looked at: what would be refused, and
 * what would be stored otherwise than it was sent. The target is asked for its DDL and its settings, and sent nothing.
 */
export async function rehearse(
  run: Run,
  config: Config,
  how: 'full' | 'sample',
  plan: LoadPlan,
  tools: LoadTools,
): Promise<Rehearsed> {
  const started = performance.now();
  const { signal } = tools;
  let number = 0;
  const twice = plan.tables.map(({ table, sources }) => ({
    table,
    sources: sources.map((source) => {
      number += 1;
      return (how === 'full' ? wholeTwice : sampledTwice)(source, run.workDir, number);
    }),
  }));
  const engine = await run.oracle.target();
  const tables = plan.tables.map(({ table }) => table);
  const { on_error } = config.load;
  const limit = on_error.mode === 'quarantine' ? on_error.limit : NAMED;
  const own = { ...config.target.settings, ...config.load.settings };
  await copyTables(run.target, engine, tables, signal);
  const rejects = createRejects({
    onError: { mode: 'quarantine', limit },
    target: run.target,
    engine: async () => engine,
    file: undefined,
    sample: false,
    keepSamples: config.load.keep_samples,
    settings: own,
    signal,
  });
  const reading = await readingSettings(run.target, own, signal);
  const rehearsed = await load(
    {
      ...plan,
      tables: twice.map(({ table, sources }) => ({ table, sources: sources.map(({ first }) => first) })),
      settings: { ...reading, ...plan.settings },
    },
    { ...tools, target: engine, append: () => undefined, keep: async () => undefined, rejects },
  );
  for (const table of tables)
    await engine.command(`DROP TABLE IF EXISTS ${tableSql(table)}`, { purpose: 'rehearsal' }).catch(() => undefined);
  const bad = rehearsed.rejection?.rows ?? 0;
  const over = on_error.mode === 'quarantine' ? bad > limit : bad > 0;
  const ok = rehearsed.status === 'ok' && !over;
  await run.store.json('artifacts/load/rehearsal.json', 'artifact', rehearsed);
  const rows = rehearsed.tables.reduce((sum, table) => sum + (table.rows_read ?? table.rows_written), 0);
  const facts = {
    how,
    status: ok ? ('ok' as const) : ('failed' as const),
    rows,
    bad,
    duration_ms: performance.now() - started,
  };
  return {
    plan: {
      ...plan,
      tables: twice.map(({ table, sources }) => ({ table, sources: sources.map(({ second }) => second) })),
    },
    failed: ok ? undefined : blocked(plan, rehearsed, facts),
    facts,
  };
}

/** The load that was not begun, with what the rehearsal found in its place. */
function blocked(plan: LoadPlan, rehearsed: LoadFacts, facts: Rehearsed['facts']): LoadFacts {
  const names = plan.tables.flatMap(({ sources }) => sources.map(({ name }) => name)).join(', ');
  const { error, rejection } = rehearsed;
  const why =
    facts.bad > 0
      ? `${plural(facts.bad, 'row')} of ${formatCount(facts.rows)} would not be stored as sent`
      : (error?.message ?? 'the load was stopped');
  return {
    ...rehearsed,
    status: rehearsed.status === 'canceled' ? 'canceled' : 'failed',
    tables: rehearsed.tables.map((table) => ({
      ...table,
      created: false,
      rows_sent: 0,
      rows_written: 0,
      rows_rejected: undefined,
      bytes: 0,
      batches: 0,
      status: rehearsed.status === 'canceled' ? ('canceled' as const) : ('failed' as const),
    })),
    rows_sent: 0,
    rows_written: 0,
    bytes: 0,
    error:
      facts.bad === 0 && error !== undefined && 'failure' in error
        ? { ...error, message: `the rehearsal failed, and nothing was sent: ${error.message}` }
        : {
            code: 'REHEARSAL_FAILED',
            message: `the rehearsal failed, and nothing was sent: ${why}`,
            source: names,
            ...(rejection?.groups[0] === undefined ? {} : { row: rejection.groups[0].first_row }),
          },
    ...(rejection === undefined
      ? {}
      : { rejection: { ...rejection, mode: 'rehearsal' as const, limit: undefined, files: [] } }),
    rehearsal: facts,
  };
}

/** Those tables that are there, as the target itself prints them, empty, without what reaches outside of them. */
async function copyTables(from: Target, to: Target, tables: readonly TableName[], signal: AbortSignal): Promise<void> {
  const schemas = await (await lookAt(from, 'rehearsal', signal)).schema(tables);
  for (const database of new Set(tables.map((table) => table.database)))
    await to.command(`CREATE DATABASE IF NOT EXISTS ${quoteName(database)}`, { purpose: 'rehearsal', signal });
  for (const table of tables) {
    const schema = schemas.find(({ name }) => tableText(name) === tableText(table));
    const statement = schema && cloneStatement(schema, table, 'table');
    if (statement === undefined) continue;
    await withAllowed({}, (settings) => to.command(statement, { purpose: 'rehearsal', signal, settings }));
  }
}
