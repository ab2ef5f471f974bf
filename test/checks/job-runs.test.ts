import { expect, test } from 'vitest';
import check from '../../checks/job-runs.ts';
import { loadOf, say } from './say.ts';

const ok = {
  status: 'ok',
  started_at: '2026-11-24 11:30:00',
  finished_at: '2026-11-24 11:31:00',
  rows_processed: '30',
  message: '',
};
function runs(rows: (typeof ok)[], tableRows = String(rows.length)) {
  return {
    found: 'runs' as const,
    table: 'zakaz.meta_job_runs',
    job: 'tickets',
    window: { from: '2026-11-24T11:00:00.000Z', to: '2026-11-24T12:00:00.000Z' },
    table_rows: tableRows,
    runs: rows,
  };
}
const command = loadOf({}, 'command');

test('the last run ended well', () => {
  expect(say(check, runs([ok]), { load: command }).status).toBe('pass');
});

test('an empty table after a command fails: the run left no record', () => {
  expect(say(check, runs([]), { load: command })).toMatchObject({
    status: 'fail',
    message: 'zakaz.meta_job_runs is empty: the run of this window left no record',
  });
});

test('an empty table before a load is a first run', () => {
  expect(say(check, runs([]), { phase: 'before' })).toMatchObject({
    status: 'pass',
    message: expect.stringContaining('first run'),
  });
});

test('other jobs’ rows do not count as this job’s', () => {
  expect(say(check, runs([], '40'), { load: command }).message).toContain('has no row of the job tickets');
});

test('a record older than the window is not this run’s', () => {
  const old = { ...ok, started_at: '2026-11-24 10:59:59' };
  expect(say(check, runs([old]), { load: command })).toMatchObject({
    status: 'fail',
    message: expect.stringContaining('older'),
  });
});

test('a failed run in the window fails with its message, an earlier one warns', () => {
  const failed = { ...ok, status: 'error', message: 'no route' };
  expect(say(check, runs([failed]), { load: command })).toMatchObject({
    status: 'fail',
    message: expect.stringContaining('no route'),
  });
  expect(say(check, runs([failed]), { phase: 'before' }).status).toBe('warn');
});

test('a run without an end warns', () => {
  expect(say(check, runs([{ ...ok, status: 'running' }]), { load: command }).status).toBe('warn');
});

test('not configured, not there and other columns are skips that say what to write', () => {
  for (const facts of [
    { found: 'not-configured' as const },
    { found: 'no-table' as const, table: 'zakaz.runs' },
    { found: 'other-columns' as const, table: 'zakaz.runs', missing: ['job'], has: ['name'] },
  ]) {
    const verdict = say(check, facts);
    expect(verdict.status).toBe('skip');
    expect(verdict.remedies).toHaveLength(1);
  }
});
