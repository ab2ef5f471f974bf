import { describe, expect, test } from 'vitest';
import { accountLine, reconcile, resumedCounts, type Witnesses } from '../../src/diagnose/counts/reconcile.ts';
import type { TableLoad } from '../../src/model/load.ts';

const own = (change: Partial<TableLoad> = {}): TableLoad => ({
  table: { database: 'd', table: 't' },
  sources: ['rows.csv'],
  format: 'CSV',
  created: false,
  rows_read: 100,
  rows_sent: 100,
  rows_written: 100,
  rows_written_from: 'acknowledged batches',
  bytes: 1000,
  batches: 2,
  status: 'ok',
  ...change,
});
const seen = (change: Partial<Witnesses> = {}): Witnesses => ({
  engine: 'MergeTree',
  before: 5n,
  after: 105n,
  ...change,
});

describe('an even account', () => {
  test('names each number and has nothing to explain', () => {
    const account = reconcile(own(), seen({ logged: 100n, inParts: 100n }));
    expect(account).toMatchObject({ explained: [], differences: [] });
    expect(accountLine(account)).toBe(
      'read 100 · sent 100 · acknowledged 100 · query_log.written_rows 100 · part_log 100 · count() before 5 · count() after 105',
    );
  });

  test('counts what was rejected, and what an interrupted run had stored', () => {
    const account = reconcile(
      own({ rows_rejected: 3, rows_before: 40, rows_sent: 57, rows_written: 57 }),
      seen({ after: 62n }),
    );
    expect(account.differences).toEqual([]);
    expect(accountLine(account)).toContain('rejected 3 · stored by the interrupted run 40 · sent 57');
  });

  test('explains what views wrote, what was deduplicated after a resume, and what merges joined', () => {
    expect(reconcile(own(), seen({ logged: 130n })).explained).toEqual([
      expect.stringContaining('30 rows more: what materialized views wrote'),
    ]);
    const again = reconcile(own({ rows_repeated: 50 }), seen({ after: 55n, inParts: 50n }));
    expect(again.differences).toEqual([]);
    expect(again.explained.join()).toContain('dropped as duplicates, stored when they were sent first');
    expect(reconcile(own(), seen({ engine: 'ReplacingMergeTree', after: 75n })).explained).toEqual([
      'ReplacingMergeTree has joined 30 rows with others of their key',
    ]);
  });

  test('of a load that failed says what was not sent and what got no answer', () => {
    const account = reconcile(own({ status: 'failed', rows_sent: 60, rows_written: 40 }), seen({ after: 65n }));
    expect(account.differences).toEqual([]);
    expect(account.explained).toEqual([
      '40 rows were read and not sent: the load ended as failed',
      '20 rows were sent and got no answer that they are stored',
      '20 rows without an answer are stored',
    ]);
  });
});

describe('a difference', () => {
  test.each<[string, Partial<TableLoad>, Partial<Witnesses>, string]>([
    [
      'rows that were read and never sent',
      { rows_sent: 90, rows_written: 90 },
      { after: 95n },
      '10 rows were read and neither sent nor rejected',
    ],
    [
      'rows that were sent twice',
      { rows_sent: 110, rows_written: 110 },
      { after: 115n },
      '10 rows more were sent than were read',
    ],
    ['rows that no part holds', {}, { inParts: 80n, after: 85n }, '20 rows were acknowledged and are in no new part'],
    ['rows that the table does not hold', {}, { after: 95n }, '10 rows were acknowledged and are not in the table'],
    [
      'rows of which nobody knows',
      { status: 'failed', rows_sent: 80, rows_written: 80, rows_unknown: 20 },
      { after: 85n },
      'of 20 rows it is not known',
    ],
  ])('%s', (_, change, others, said) => {
    expect(reconcile(own(change), seen(others)).differences).toEqual([expect.stringContaining(said)]);
  });
});

test('a resumed load is short by what it sent again at most', () => {
  const resumed = own({ rows_before: 40, rows_sent: 60, rows_written: 60, rows_repeated: 20 });
  expect(resumedCounts(resumed, 60n)).toBe('60 sent, 60 more in the table, 40 there since the interrupted run');
  expect(resumedCounts(resumed, 40n)).toBe('60 sent, 40 more in the table, 60 there since the interrupted run');
  expect(resumedCounts(resumed, 39n)).toBeUndefined();
  expect(resumedCounts(own(), 100n)).toBeUndefined();
});
