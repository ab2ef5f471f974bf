import { expect, test } from 'vitest';
import { onlyReads, splitStatements, withoutFormat } from '../../src/registry/statements.ts';

test('semicolons in texts, names and comments end nothing', () => {
  const source = `-- first; really\nSELECT ';', "a;b", \`c;d\` /* ; */;\n\n-- second\nSELECT 'it''s; \\';' ; ;`;
  expect(splitStatements(source).map(({ text, line }) => [text, line])).toEqual([
    [`SELECT ';', "a;b", \`c;d\` /* ; */`, 2],
    [`SELECT 'it''s; \\';'`, 5],
  ]);
});

test('the comment before a statement belongs to it', () => {
  expect(splitStatements('SELECT 1;\n-- expect: empty\nSELECT 2')[1]?.comment).toBe('-- expect: empty');
});

test('only reading statements are let through', () => {
  for (const text of ['SELECT 1', 'with 1 as x select x', '(SELECT 1)', 'SHOW TABLES', 'DESC t', 'EXISTS t'])
    expect([text, onlyReads(text)]).toEqual([text, true]);
  for (const text of ['INSERT INTO t SELECT 1', 'SET x = 1', 'DROP TABLE t', 'SELECTED'])
    expect([text, onlyReads(text)]).toEqual([text, false]);
});

test('a FORMAT clause of its own goes', () => {
  expect(withoutFormat('SELECT 1\nFORMAT PrettyCompact')).toBe('SELECT 1');
});
