import { describe, expect, test } from 'vitest';
import { parseCreate } from '../../../src/model/schema-diff/create-statement.ts';
import { parseElement, withoutTtl } from '../../../src/model/schema-diff/elements.ts';
import { splitStatements, withoutCluster } from '../../../src/model/schema-diff/statements.ts';
import { plainEngine } from '../../../src/model/schema-diff/structure.ts';
import { splitTop, tokenize } from '../../../src/model/schema-diff/tokens.ts';

describe('splitting DDL files', () => {
  test('semicolons in comments, strings and names end nothing', () => {
    const text = "-- one; two\nCREATE TABLE `a;b` (x String DEFAULT ';''\\';'); /* ; */ SELECT 1 -- last";
    expect(splitStatements(text)).toEqual(["CREATE TABLE `a;b` (x String DEFAULT ';''\\';')", 'SELECT 1']);
  });

  test('inline data of an insert is no SQL', () => {
    const text = 'INSERT INTO t FORMAT JSONEachRow\n{"a":"it\'s; `"}\n\nCREATE TABLE u (a UInt8) ENGINE = Memory';
    expect(splitStatements(text)).toEqual([
      'INSERT INTO t FORMAT JSONEachRow',
      'CREATE TABLE u (a UInt8) ENGINE = Memory',
    ]);
  });

  test('an open quote does not hang or throw', () => {
    expect(tokenize("SELECT 'abc").map((token) => token.text)).toEqual(['SELECT', "'", 'abc']);
    expect(splitTop('a, (b, c), [d, e]', ',')).toEqual(['a', '(b, c)', '[d, e]']);
  });

  test('ON CLUSTER goes, wherever the name stands', () => {
    expect(withoutCluster("CREATE TABLE a.b ON CLUSTER '{c}' (x UInt8)")).toBe('CREATE TABLE a.b (x UInt8)');
    expect(withoutCluster('DROP TABLE a ON CLUSTER c')).toBe('DROP TABLE a ');
  });
});

describe('reading CREATE statements', () => {
  test('takes a table apart', () => {
    const parsed =
      parseCreate(`CREATE TABLE IF NOT EXISTS shop.orders UUID '00000000-0000-0000-0000-000000000001' ON CLUSTER c
      (id UInt64, comment String, ttl Date TTL ttl + INTERVAL 1 DAY, INDEX i id TYPE minmax GRANULARITY 1)
      ENGINE = ReplicatedReplacingMergeTree('/p/{shard}', '{replica}', id) PARTITION BY toYYYYMM(ttl) ORDER BY (id, comment)
      TTL ttl + INTERVAL 1 MONTH TO VOLUME 'cold' SETTINGS index_granularity = 8192, storage_policy = 'hot' COMMENT 'it''s'`);
    expect(parsed).toMatchObject({
      what: 'TABLE',
      cluster: true,
      name: { database: 'shop', table: 'orders' },
      engine: { name: 'ReplicatedReplacingMergeTree', args: ["'/p/{shard}'", "'{replica}'", 'id'] },
      clauses: {
        'PARTITION BY': 'toYYYYMM(ttl)',
        'ORDER BY': '(id, comment)',
        TTL: "ttl + INTERVAL 1 MONTH TO VOLUME 'cold'",
        SETTINGS: "index_granularity = 8192, storage_policy = 'hot'",
        COMMENT: "'it''s'",
      },
    });
    expect(parsed?.elements).toHaveLength(4);
  });

  test('takes views apart: refreshing, with a target, with rows of their own', () => {
    const refreshed = parseCreate('CREATE MATERIALIZED VIEW a.v REFRESH EVERY 1 HOUR APPEND TO a.t AS SELECT 1');
    expect(refreshed).toMatchObject({
      refresh: 'REFRESH EVERY 1 HOUR APPEND',
      to: { database: 'a', table: 't' },
      select: 'SELECT 1',
    });
    const own = parseCreate('CREATE MATERIALIZED VIEW v ENGINE = Log POPULATE AS WITH 1 AS x SELECT x');
    expect(own).toMatchObject({ engine: { name: 'Log' }, clauses: { POPULATE: '' }, select: 'WITH 1 AS x SELECT x' });
    expect(parseCreate('CREATE TABLE b AS a.t ENGINE = Buffer(a, t, 1)')).toMatchObject({
      like: { database: 'a', table: 't' },
    });
  });

  test('a column may be called like a clause', () => {
    expect(parseElement('`ttl` Date TTL `ttl` + toIntervalDay(1)')).toMatchObject({
      name: 'ttl',
      ttl: '`ttl` + toIntervalDay(1)',
    });
    expect(parseElement('index UInt8').kind).toBe('column');
    expect(withoutTtl('a String CODEC(ZSTD(1)) TTL d + toIntervalDay(1)')).toBe('a String CODEC(ZSTD(1))');
  });

  test('a replicated engine has a plain sibling, with its own arguments', () => {
    expect(plainEngine({ name: 'ReplicatedReplacingMergeTree', args: ["'/p'", "'{replica}'", 'ver'] })).toEqual({
      name: 'ReplacingMergeTree',
      args: ['ver'],
    });
    expect(plainEngine({ name: 'SharedMergeTree', args: undefined })).toEqual({ name: 'MergeTree', args: undefined });
  });
});
