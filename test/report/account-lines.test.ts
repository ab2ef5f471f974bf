import { expect, test } from 'vitest';
import type { TableLoad } from '../../src/model/load.ts';
import { accountLines } from '../../src/report/account-lines.ts';

const table = (name: string, sentence: string, more: Partial<TableLoad> = {}): TableLoad => ({
  table: { database: 'd', table: name },
  sources: ['f'],
  format: 'CSV',
  created: false,
  rows_sent: 1,
  rows_written: 1,
  rows_written_from: 'summary',
  guarantee: { kind: 'at-most-once', sentence },
  bytes: 1,
  batches: 1,
  status: 'ok',
  ...more,
});
const promise = (name: string) => `each row at most once: d.${name} drops no repeated block`;

test('one table is not named again', () => {
  expect(accountLines([table('a', promise('a'), { retries: 1, rows_before: 1, rows_unknown: 2000 })])).toEqual([
    '1 row was stored before it was interrupted',
    '2 000 rows are unknown: stored or not',
    '1 retry',
    'each row at most once: d.a drops no repeated block',
  ]);
});

test('the same promise for several tables stands once, with their names; another one beside it', () => {
  expect(
    accountLines([
      table('a', promise('a')),
      table('b', promise('b'), { retries: 2 }),
      table('c', 'each row once: staged, and moved into d.c'),
    ]),
  ).toEqual([
    'd.b: 2 retries',
    'd.a, d.b: each row at most once: each of them drops no repeated block',
    'd.c: each row once: staged, and moved into d.c',
  ]);
});
