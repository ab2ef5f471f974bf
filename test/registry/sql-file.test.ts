import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../src/kernel/package.ts';
import { adapt, parseSqlFile, sqlLibrary } from '../../src/registry/sql-file.ts';

const text = `SELECT
    name,
    last_error_time, -- if: system.errors.last_error_time
    both, -- if: system.errors.name, system.parts
    old, -- unless: system.errors.last_error_time
    value
FROM system.errors`;

test('a line stays or goes with the columns that the server shows', () => {
  expect(adapt(text, { errors: ['name', 'last_error_time'], parts: [] }).replace(/\s+/g, ' ')).toBe(
    'SELECT name, last_error_time, both, value FROM system.errors',
  );
  expect(adapt(text, { errors: ['name'] }).replace(/\s+/g, ' ')).toBe('SELECT name, old, value FROM system.errors');
});

test('a header says title, needs and format; parameters are found in the text', () => {
  const file = parseSqlFile(
    'x',
    '-- title: all of it\n-- needs: system.errors, http\nSELECT {a:UInt8}, {b:Array(String)}, {a:UInt8};\n',
    'x.sql',
  );
  expect(file).toMatchObject({
    title: 'all of it',
    needs: ['system.errors', 'http'],
    params: ['a', 'b'],
    format: 'JSONEachRow',
  });
  expect(file.text({})).toBe('SELECT {a:UInt8}, {b:Array(String)}, {a:UInt8}');
});

test('a need that does not exist is refused with the file’s name', () => {
  expect(() => parseSqlFile('x', '-- needs: sytem.errors\nSELECT 1', 'here/x.sql')).toThrow(
    '"sytem.errors" is nothing a statement can need',
  );
});

test('a statement that does not exist, or a name that leaves the folder, is refused', () => {
  const library = sqlLibrary();
  expect(() => library('nothing-of-that-name')).toThrow('There is no statement "nothing-of-that-name"');
  expect(() => library('../schema/x')).toThrow('There is no statement');
});

test('a project may bring statements of its own', () => {
  const folder = mkdtempSync(join(tmpdir(), 'chwitness-sql-'));
  try {
    writeFileSync(join(folder, 'own.sql'), 'SELECT 7 AS seven');
    expect(sqlLibrary([], [folder])('own').text({})).toBe('SELECT 7 AS seven');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('every statement of the package has a title, names its columns, and orders what it limits', () => {
  const folder = join(packageRoot, 'sql', 'evidence');
  for (const name of readdirSync(folder)) {
    const source = readFileSync(join(folder, name), 'utf8');
    const file = parseSqlFile(name, source, name);
    expect([name, file.title !== name]).toEqual([name, true]);
    expect([name, /SELECT\s+\*/.test(source)]).toEqual([name, false]);
    if (/\bLIMIT\b/.test(source)) expect([name, /\bORDER BY\b/.test(source)]).toEqual([name, true]);
  }
});
