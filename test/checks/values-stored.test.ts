import { expect, test } from 'vitest';
import check from '../../checks/values-stored.ts';
import type { StoredTable } from '../../src/model/stored.ts';

const table = (found: Partial<StoredTable> = {}): StoredTable => ({
  table: 'shop.orders',
  rows: 64,
  changed: [],
  dropped: [],
  absent: 0,
  notes: [],
  ...found,
});
const changed = (reason: StoredTable['changed'][number]['reason']) => ({
  source: 'orders.ndjson',
  column: 'qty',
  type: 'Int32',
  reason,
  rows: 3,
  first_row: 17,
});
const judge = (tables: StoredTable[] | null) =>
  check.judge({ tables }, { now: new Date(0), phase: 'after', options: {} });

test('passes when every sampled row is stored as it was sent', () => {
  expect(judge([table()])).toMatchObject({ status: 'pass', message: '64 sampled rows stored as sent' });
});

test('fails when another number or another date was stored', () => {
  for (const reason of ['integer_overflow_silent', 'datetime_overflow_wraps'] as const) {
    const verdict = judge([table({ changed: [changed(reason)] })]);
    expect(verdict.status).toBe('fail');
    expect(verdict.message).toContain('shop.orders.qty Int32');
    expect(verdict.message).toContain('3 of 64 sampled rows, the first orders.ndjson row 17');
  }
});

test('warns of NULL stored as a default, of decimals and fields dropped, and of rows that are not there', () => {
  expect(judge([table({ changed: [changed('null_or_nan_replaced_by_default')] })]).status).toBe('warn');
  expect(judge([table({ changed: [changed('decimal_scale_exceeded')] })]).status).toBe('warn');
  expect(
    judge([table({ dropped: [{ source: 'orders.ndjson', field: 'colour', rows: 64, first_row: 1 }] })]).message,
  ).toContain('has no column colour: dropped from 64 sampled rows');
  expect(judge([table({ absent: 2 })]).message).toContain('does not hold 2 of 64 sampled rows');
});

test('skips what nobody sampled, and what could not be compared', () => {
  expect(judge(null).status).toBe('skip');
  expect(judge([table({ notes: ['this user may create no table beside it'] })]).status).toBe('skip');
});
