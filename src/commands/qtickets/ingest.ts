import { messageOf, WitnessError } from '../../kernel/errors.ts';
import { dryUpsert } from '../../load/dry.ts';
import { factsOf } from '../../load/fault.ts';
import { coveredBy, earlierRuns, recordRun } from '../../load/qtickets/job-runs.ts';
import { isStaged } from '../../load/qtickets/orders.ts';
import { jobState } from '../../load/qtickets/state.ts';
import { COLUMNS, type StagingKey, tablesIn } from '../../load/qtickets/tables.ts';
import { createUpsert, type Upsert } from '../../load/upsert.ts';
import type { ApiSource, JobRun } from '../../model/api-source.ts';
import type { Config } from '../../model/config.ts';
import type { LoadFacts, TableLoad } from '../../model/load.ts';
import type { QticketsConfig } from '../../model/qtickets-config.ts';
import { parseTable, tableText } from '../../model/table.ts';
import type { Plan } from '../../pipeline/plan.ts';
import type { Run } from '../../pipeline/run.ts';
import { type Client, type ClientOptions, createClient } from '../../source/qtickets/client.ts';
import { Findings } from '../../source/qtickets/drift.ts';
import { cloner } from './clone.ts';
import { loadWindow } from './load-window.ts';
import { apiSourceOf, factLoads, jobRunOf } from './outcome.ts';
import { rehearse } from './rehearse.ts';
import { fromMidnight, gapNote, isCovered, type LoadWindow, windowFor, withUnfinished } from './window.ts';
import { nothingTold, type World } from './world.ts';

export interface IngestOptions {
  settings: QticketsConfig;
  rehearse: boolean;
  signal: AbortSignal;
  /** For tests that cannot wait: patience with the API. */
  patience?: Pick<ClientOptions, 'retries' | 'timeoutMs'> | undefined;
}

/** As much of a run as this load touches. */
export type Ground = Pick<
  Run,
  'id' | 'ledger' | 'workDir' | 'target' | 'redactor' | 'store' | 'batches' | 'clean' | 'oracle'
> & {
  plan: Pick<Plan, 'job' | 'clock' | 'listen'> & {
    config: Pick<Config, 'stateDir'> & { load: Pick<Config['load'], 'settings'> };
  };
};

/** Rows of one INSERT: an order weighs 2 kB with its payload. */
const BATCH = { rows: 10_000, bytes: 8 * 1024 * 1024 };

function tokenOf(settings: QticketsConfig): string {
  if (settings.token !== undefined && settings.token !== '') return settings.token;
  throw new WitnessError({
    code: 'QTICKETS_TOKEN',
    what: 'There is no token for the Qtickets API',
    where: 'QTICKETS_TOKEN',
    next: 'Set it in the environment or in the file that --env-file names',
  });
}

/** Loads one window from the API and leaves a row in the table of job runs. Never throws for what it may meet. */
export async function ingestQtickets(run: Ground, options: IngestOptions): Promise<LoadFacts> {
  const { settings, signal } = options;
  const { target, plan, redactor } = run;
  const started = performance.now();
  const startedAt = plan.clock.now();
  const now = Math.floor(startedAt.getTime() / 1000);
  const tables = tablesIn(target.database);
  const findings = new Findings();
  const state = jobState(plan.config.stateDir, plan.job, target);
  const journal = await run.store.lines('requests.jsonl', 'journal');
  const sent = { requests: 0, retries: 0 };
  const clients: Client[] = [];
  const client = (baseUrl: string, token: string): Client => {
    const made = createClient({
      ...options.patience,
      baseUrl,
      token,
      signal,
      onRequest(record) {
        sent.requests += 1;
        if (record.attempt > 0) sent.retries += 1;
        journal.append(record);
      },
    });
    clients.push(made);
    return made;
  };
  const uploads = new Map<StagingKey, Upsert>();
  const into = (key: StagingKey, sender = target, dry = settings.dryRun): Upsert =>
    dry
      ? dryUpsert(tables[key], `qtickets ${key}`)
      : createUpsert({
          target: sender,
          table: tables[key],
          columns: COLUMNS[key],
          source: `qtickets ${key}`,
          runId: run.id,
          signal,
          batchRows: BATCH.rows,
          batchBytes: BATCH.bytes,
          settings: { ...plan.config.load.settings },
          append: (record) => run.batches.append(record),
          progress: (rows) => tell(key, rows),
        });
  const tell = (key: StagingKey, rows: number) => {
    const rate = (rows * 1000) / Math.max(1, performance.now() - started);
    const progress = { table: tableText(tables[key]), rows, bytes: 0, rate, batches: 0 };
    plan.listen({ type: 'progress', progress });
  };

  const told = nothingTold();
  let window: LoadWindow = windowFor(now, settings, undefined);
  let error: LoadFacts['error'];
  try {
    const token = tokenOf(settings);
    const guard = parseTable(settings.guardTable, target.database) ?? tables.jobRuns;
    const earlier = await earlierRuns(target, guard, plan.job, signal);
    window = windowFor(now, settings, earlier);
    const gap = gapNote(window, earlier);
    if (gap !== undefined) findings.notes.add(gap);
    const whole = withUnfinished(window, await state.unfinished());
    if (whole !== window)
      findings.notes.add(
        `an earlier run did not end: its window is read again, from ${new Date(whole.from * 1000).toISOString()} on`,
      );
    window = whole;
    window = await fromMidnight(window, async (from, to) => {
      // A dry run may come before the tables are there; where runs are not on record nothing is sure.
      if (settings.dryRun || earlier === undefined) return false;
      const covered = await coveredBy(target, guard, plan.job, from, signal);
      return isCovered(from, to, covered) && (await isStaged(target, tables.orders, from, to, signal));
    });
    const world: World = {
      settings,
      client: client(settings.baseUrl, token),
      partners: () => client(settings.partners.baseUrl, settings.partners.token ?? token),
      target,
      tables,
      clone: cloner(target, run, signal),
      state,
      into(key) {
        const upsert = into(key);
        uploads.set(key, upsert);
        return upsert;
      },
      findings,
      signal,
      window,
      version: now,
      dryRun: settings.dryRun,
      told,
    };
    if (options.rehearse) findings.notes.add(await rehearse(run, world, (key, engine) => into(key, engine, false)));
    await loadWindow(world);
  } catch (thrown) {
    error = signal.aborted
      ? { failure: 'canceled', message: 'the load was stopped before its end' }
      : factsOf(thrown, 'qtickets');
  } finally {
    await Promise.all(clients.map((one) => one.close()));
    await journal.close();
  }

  const made = jobRunOf({
    job: plan.job,
    startedAt,
    finishedAt: plan.clock.now(),
    window,
    told,
    findings,
    error,
  });
  const row: JobRun = run.clean('data/load/job-run.json', { ...made.row, metrics: '' });
  row.metrics = JSON.stringify(run.clean('data/load/job-run.json', made.metrics));
  const jobRun: ApiSource['job_run'] = settings.dryRun
    ? { outcome: 'not-written', because: 'dry run', caught_up: 0, row }
    : await recordRun(row, { target, table: tables.jobRuns, state }).catch((thrown: unknown) => ({
        outcome: 'pending' as const,
        because: messageOf(thrown),
        caught_up: 0,
        row,
      }));
  await run.store.json('load/job-run.json', 'artifact', jobRun);
  if (jobRun.outcome === 'pending')
    plan.listen({
      type: 'notice',
      text: redactor.plain(
        `Monitoring will not see this run: its row could not be written to ${tableText(tables.jobRuns)} (${jobRun.because}). It is in the archive, and the next run that can writes it`,
      ),
    });

  const status = error === undefined ? 'ok' : signal.aborted ? 'canceled' : 'failed';
  // Of what was left out, or was not there, there is nothing to tell.
  const staged = [...uploads.values()].map((upsert) => upsert.facts(status));
  const loads: TableLoad[] = [...staged.filter((load) => load.rows_read !== 0), ...factLoads(told, tables)];
  const sum = (of: (load: TableLoad) => number) => loads.reduce((total, load) => total + of(load), 0);
  return {
    kind: 'load',
    status,
    tables: loads,
    rows_sent: sum((load) => load.rows_sent),
    rows_written: sum((load) => (load.format === 'JSONEachRow' ? load.rows_written : 0)),
    bytes: sum((load) => load.bytes),
    duration_ms: performance.now() - started,
    ...(error === undefined ? {} : { error }),
    api: apiSourceOf({ dryRun: settings.dryRun, window, ...sent, told, findings, jobRun }),
  };
}
