import { expect, test } from 'vitest';
import { statementKind, withoutRows } from '../../src/engine/statement-kind.ts';

test('the first word after comments tells what a statement does', () => {
  expect(statementKind('-- why\n/* and */ (SELECT 1)')).toBe('select');
  expect(statementKind('with 1 as x select x')).toBe('select');
  expect(statementKind('INSERT INTO t SELECT 1')).toBe('insert');
  expect(statementKind('ALTER TABLE t ADD COLUMN a UInt8')).toBe('ddl');
  expect(statementKind('SYSTEM FLUSH LOGS')).toBe('system');
  expect(statementKind('USE shop')).toBe('other');
  expect(statementKind('')).toBe('other');
});

test('rows that stand in an INSERT are not kept', () => {
  expect(withoutRows("INSERT INTO t (a) VALUES (1), ('secret')")).toBe('INSERT INTO t (a) VALUES');
  expect(withoutRows('INSERT INTO t FORMAT JSONEachRow\n{"a":"secret"}')).toBe('INSERT INTO t FORMAT JSONEachRow');
  expect(withoutRows('INSERT INTO t FORMAT CSV')).toBe('INSERT INTO t FORMAT CSV');
  expect(withoutRows('INSERT INTO t SELECT * FROM s')).toBe('INSERT INTO t SELECT * FROM s');
  expect(withoutRows("SELECT * FROM format(JSONEachRow, 'x') -- VALUES (1)")).toContain('VALUES (1)');
});
