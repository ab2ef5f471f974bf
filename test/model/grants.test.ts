import { describe, expect, test } from 'vitest';
import { allows, grantStatement, parseGrants } from '../../src/model/grants.ts';

const orders = { database: 'shop', table: 'orders' };
const insert = (columns?: string[]) => ({ privilege: 'INSERT', on: orders, columns });

describe('grants', () => {
  test('a grant on the table allows it, and one on another table does not', () => {
    expect(allows(parseGrants(['GRANT INSERT ON shop.orders TO loader']), insert()).answer).toBe('yes');
    expect(allows(parseGrants(['GRANT INSERT ON shop.items TO loader']), insert()).answer).toBe('no');
  });

  test('database and global wildcards reach down to the table', () => {
    expect(allows(parseGrants(['GRANT SELECT, INSERT ON shop.* TO loader']), insert()).answer).toBe('yes');
    expect(allows(parseGrants(['GRANT ALL ON *.* TO admin WITH GRANT OPTION']), insert()).answer).toBe('yes');
    expect(allows(parseGrants(['GRANT INSERT ON shop.ord* TO loader']), insert()).answer).toBe('yes');
    expect(allows(parseGrants(['GRANT INSERT ON sh*.* TO loader']), insert()).answer).toBe('yes');
    expect(allows(parseGrants(['GRANT INSERT ON shop.it* TO loader']), insert()).answer).toBe('no');
  });

  test('a grant on columns names the columns that it leaves out', () => {
    const held = parseGrants(['GRANT SELECT, INSERT(id, `the day`) ON shop.orders TO loader']);
    expect(allows(held, insert(['id', 'the day'])).answer).toBe('yes');
    expect(allows(held, insert(['id', 'city']))).toEqual({ answer: 'no', missing: ['city'] });
  });

  test('a partial revoke cuts out of a wider grant', () => {
    const table = parseGrants(['GRANT INSERT ON shop.* TO loader', 'REVOKE INSERT ON shop.orders FROM loader']);
    expect(allows(table, insert()).answer).toBe('no');
    expect(allows(table, { privilege: 'INSERT', on: { database: 'shop', table: 'items' } }).answer).toBe('yes');
    const column = parseGrants([
      'GRANT INSERT ON shop.orders TO loader',
      'REVOKE INSERT(city) ON shop.orders FROM loader',
    ]);
    expect(allows(column, insert(['id', 'city']))).toEqual({ answer: 'no', missing: ['city'] });
  });

  test('what a role allows is not known, and is not denied', () => {
    const held = parseGrants(['GRANT SELECT ON shop.* TO loader', 'GRANT writers, `night shift` TO loader']);
    expect(held.roles).toEqual(['writers', 'night shift']);
    expect(allows(held, insert()).answer).toBe('unknown');
  });

  test('wider privileges hold narrower ones', () => {
    const held = parseGrants(['GRANT SHOW, SELECT, CREATE, DROP ON shop.* TO loader']);
    expect(allows(held, { privilege: 'CREATE TABLE', on: orders }).answer).toBe('yes');
    expect(allows(held, { privilege: 'DROP TABLE', on: orders }).answer).toBe('yes');
    expect(allows(held, { privilege: 'CREATE TEMPORARY TABLE' }).answer).toBe('yes');
    expect(allows(parseGrants(['GRANT SELECT ON *.* TO r']), { privilege: 'CREATE TEMPORARY TABLE' }).answer).toBe(
      'no',
    );
  });

  test('lines about sources and lines of another kind give nothing', () => {
    expect(parseGrants(['GRANT READ ON S3 TO loader', 'SETTINGS x = 1', '']).grants).toEqual([]);
  });

  test('the missing grant is written out ready to run', () => {
    expect(grantStatement(insert(['city', 'a`b']), 'loader')).toBe(
      'GRANT INSERT(`city`, `a\\`b`) ON `shop`.`orders` TO `loader`',
    );
    expect(grantStatement({ privilege: 'CREATE TEMPORARY TABLE' }, 'loader')).toBe(
      'GRANT CREATE TEMPORARY TABLE ON *.* TO `loader`',
    );
  });
});
