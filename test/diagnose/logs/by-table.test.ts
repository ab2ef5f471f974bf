import { expect, test } from 'vitest';
import { byTable, type TableGroup, tableGroupOf } from '../../../src/diagnose/logs/by-table.ts';

const group = (change: Partial<TableGroup> = {}): TableGroup => ({
  whose: 'other',
  kind: 'SELECT',
  user: 'app',
  table: 'shop.sales',
  named_by: 'log',
  started: 3,
  finished: 3,
  failed: 0,
  ...change,
});

test('each table has its kinds and users, with those that failed', () => {
  const groups = [
    group({ table: 'shop.users' }),
    group(),
    group({ user: 'loader', kind: 'INSERT', started: 2, finished: 1, failed: 1 }),
    group({ whose: 'load', user: 'loader', kind: 'INSERT', finished: 9, started: 9 }),
  ];
  expect(byTable(groups, ['shop.sales'], 10)).toEqual([
    'shop.sales: 9 INSERT of the load, 3 SELECT of app, 2 INSERT of loader (1 failed)',
    'shop.users: 3 SELECT of app',
  ]);
});

test('tables in question come first, then the busiest, and what is left out is counted', () => {
  const groups = ['a', 'b', 'c'].map((name, index) => group({ table: `shop.${name}`, finished: index }));
  expect(byTable([...groups, group({ finished: 0, started: 0 })], ['shop.sales'], 2)).toEqual([
    'shop.sales: 0 SELECT of app',
    'shop.a: 3 SELECT of app',
    'and 2 more tables',
  ]);
});

test('where the log does not tell the tables, that they were read from the text', () => {
  expect(byTable([group({ named_by: 'text' })], [], 10)).toEqual([
    'shop.sales: 3 SELECT of app (by the text of the statements)',
  ]);
  expect(byTable([group({ named_by: 'text' }), group({ kind: 'INSERT' })], [], 10)[0]).toMatch(
    / \(in part by the text of the statements\)$/,
  );
});

test('names are read with the database of the statement, and with ours where the log has none', () => {
  const row = {
    whose: 'other',
    kind: 'SELECT',
    user: 'app',
    named_by: 'text',
    started: '1',
    finished: '1',
    failed: '0',
  };
  const of = (table_name: string, database: string) => tableGroupOf({ ...row, table_name, database }, 'shop').table;
  expect([of('sales', ''), of('sales', 'web'), of('`web` . "sa.les"', '')]).toEqual([
    'shop.sales',
    'web.sales',
    'web.sa.les',
  ]);
});
