import { expect, test } from 'vitest';
import check from '../../checks/parts-pressure.ts';
import { say } from './say.ts';

function table(parts: number[], change: object = {}) {
  return {
    database: 'shop',
    table: 'sales',
    parts_to_delay_insert: 100,
    parts_to_throw_insert: 300,
    max_parts_in_total: 100_000,
    partitions: parts.map((count, index) => ({ partition: `20250${index + 1}`, parts: count })),
    parts: parts.reduce((sum, count) => sum + count, 0),
    ...change,
  };
}
const status = (...parts: number[]) => say(check, { tables: [table(parts)] }).status;

test('warns at 80 % of the limit', () => {
  expect([status(79), status(80)]).toEqual(['pass', 'warn']);
});

test('warns while inserts are slowed, fails when they are refused', () => {
  expect(say(check, { tables: [table([100])] }).message).toContain('inserts are slowed down');
  expect([status(299), status(300)]).toEqual(['warn', 'fail']);
});

test('the busiest partition decides, not the table’s total', () => {
  expect(status(70, 70, 70, 70, 70)).toBe('pass');
  expect(say(check, { tables: [table([90, 1])] }).message).toContain('partition 202501');
});

test('all partitions together have a limit of their own', () => {
  expect(say(check, { tables: [table([10, 10], { max_parts_in_total: 20 })] })).toMatchObject({ status: 'fail' });
});

test('a limit of 0 is none', () => {
  expect(say(check, { tables: [table([5000], { parts_to_delay_insert: 0, parts_to_throw_insert: 0 })] }).status).toBe(
    'pass',
  );
});

test('the worst of several tables decides', () => {
  expect(say(check, { tables: [table([1]), table([301], { table: 'busy' })] })).toMatchObject({
    status: 'fail',
    message: expect.stringContaining('shop.busy'),
  });
});

test('tables of other engines have no parts: a skip', () => {
  expect(say(check, { tables: [] }).status).toBe('skip');
});
