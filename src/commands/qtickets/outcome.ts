import { randomUUID } from 'node:crypto';
import { plural } from '../../kernel/format.ts';
import type { Tables } from '../../load/qtickets/tables.ts';
import type { ApiSource, JobRun } from '../../model/api-source.ts';
import type { LoadFacts, TableLoad } from '../../model/load.ts';
import type { Findings } from '../../source/qtickets/drift.ts';
import type { LoadWindow } from './window.ts';
import type { Told } from './world.ts';

/** Rows of facts were made by the server out of what was staged: none of them was sent. */
export function factLoads(told: Told, tables: Tables): TableLoad[] {
  return told.facts.map(({ key, rows }) => ({
    table: tables[key],
    sources: [key === 'latest' ? tables.inventory.table : tables.orders.table],
    format: 'INSERT SELECT',
    created: false,
    rows_sent: 0,
    rows_written: rows,
    rows_written_from: 'acknowledged batches' as const,
    bytes: 0,
    batches: 0,
    status: 'ok' as const,
    replaces: true,
    notes: [
      `${plural(rows, 'row')} computed from what is staged, in the place of those of the same ${key === 'latest' ? 'events' : 'days'}`,
    ],
  }));
}

/** The row that monitoring reads. Its texts are still to be redacted. */
export function jobRunOf(run: {
  job: string;
  startedAt: Date;
  finishedAt: Date;
  window: LoadWindow;
  told: Told;
  findings: Findings;
  error: LoadFacts['error'];
}): { row: Omit<JobRun, 'metrics'>; metrics: Record<string, unknown> } {
  const { told, window, findings, error } = run;
  const rows = Object.entries(told.rows).filter(([name]) => name.endsWith('_rows'));
  const processed = rows.reduce((sum, [, more]) => sum + more, 0);
  const rejected = findings.rejections().reduce((sum, { count }) => sum + count, 0);
  const { events = 0, orders = 0 } = told.records;
  const metrics = {
    events,
    orders,
    ...told.rows,
    lookback_hours: window.hours,
    // From here on all orders are staged, when the run is good: the next one relies on it.
    window_from: window.from,
    backfill_mode: window.backfill,
    rows_processed: processed,
    rejected,
    drift: findings.drifts().reduce((sum, { count }) => sum + count, 0),
    skipped_resources: told.skipped.map(({ resource, reason, details }) => ({
      resource,
      reason,
      ...(details === undefined ? {} : { details }),
    })),
    ...(error === undefined ? {} : { error: error.message, error_details: error }),
  };
  const seconds = (time: Date) => Math.floor(time.getTime() / 1000);
  return {
    row: {
      job: run.job,
      run_id: randomUUID(),
      started_at: seconds(run.startedAt),
      finished_at: seconds(run.finishedAt),
      status: error === undefined ? 'ok' : 'error',
      rows_processed: processed,
      message:
        error?.message ??
        `${plural(orders, 'order')}, ${plural(events, 'event')}${rejected === 0 ? '' : `, ${rejected} records rejected`}`,
    },
    metrics,
  };
}

/** What reading was like, for the archive. */
export function apiSourceOf(read: {
  dryRun: boolean;
  window: LoadWindow;
  requests: number;
  retries: number;
  told: Told;
  findings: Findings;
  jobRun: ApiSource['job_run'];
}): ApiSource {
  const { window, findings, told } = read;
  const iso = (seconds: number) => new Date(seconds * 1000).toISOString();
  return {
    name: 'qtickets',
    dry_run: read.dryRun,
    window: { from: iso(window.from), to: iso(window.to), hours: window.hours, backfill: window.backfill },
    requests: read.requests,
    retries: read.retries,
    records: told.records,
    left_out: { ...findings.leftOut },
    drift: findings.drifts(),
    rejected: findings.rejections(),
    skipped: told.skipped,
    notes: [...findings.notes],
    job_run: read.jobRun,
  };
}
