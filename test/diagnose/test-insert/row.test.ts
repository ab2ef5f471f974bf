import { describe, expect, test } from 'vitest';
import { satisfying } from '../../../src/diagnose/test-insert/constraint.ts';
import { testRow } from '../../../src/diagnose/test-insert/row.ts';
import { isSame } from '../../../src/diagnose/test-insert/same.ts';
import { storageOf } from '../../../src/diagnose/test-insert/storage.ts';
import { testValue } from '../../../src/diagnose/test-insert/value.ts';
import type { ColumnSchema, TableSchema } from '../../../src/model/check.ts';

const column = (name: string, type: string, default_kind = ''): ColumnSchema => ({
  name,
  type,
  default_kind,
  default_expression: '',
  codec: '',
  comment: '',
});

const value = (type: string) => {
  const made = testValue(type);
  return 'value' in made ? made.value : made.refused;
};

describe('test values', () => {
  test.each([
    ['UInt256', 1],
    ['Nullable(Decimal(9, 2))', 1.5],
    ['Decimal(9, 0)', 1],
    ['FixedString(3)', 'chw'],
    ["Enum8('b\\'x' = 2, 'a' = 1)", "b'x"],
    ["DateTime64(3, 'UTC')", '2024-02-29 12:34:56.123'],
    ['DateTime64(0)', '2024-02-29 12:34:56'],
    ['LowCardinality(Nullable(String))', 'chwitness'],
    ['Array(Array(UInt8))', [[1]]],
    ['Tuple(UInt8, Array(String))', [1, ['chwitness']]],
    ['Tuple(x UInt8, y Decimal(9, 2))', { x: 1, y: 1.5 }],
    ['Nested(a UInt8, b String)', [{ a: 1, b: 'chwitness' }]],
    ['Map(String, UInt64)', { chwitness: 1 }],
    ['Variant(UInt8, String)', 1],
    ['SimpleAggregateFunction(sum, UInt64)', 1],
    ['QBit(Float32, 2)', [0.5, 0.5]],
  ])('%s', (type, expected) => {
    expect(value(type)).toEqual(expected);
  });

  test('what cannot be written as text is refused with the reason, also inside', () => {
    expect(value('AggregateFunction(sum, UInt64)')).toMatch(/aggregate state/);
    expect(value('Array(SomethingNew(3))')).toMatch(/SomethingNew/);
  });

  test('a row leaves out what the server computes', () => {
    const row = testRow([column('a', 'UInt8'), column('b', 'UInt8', 'MATERIALIZED'), column('c', 'String', 'ALIAS')]);
    expect(row.values).toEqual({ a: 1 });
    expect(row.left.map((left) => left.column)).toEqual(['b', 'c']);
  });
});

describe('comparing what came back', () => {
  test('the same value in other clothes is the same', () => {
    expect(isSame(1.5, '1.50')).toBe(true);
    expect(isSame(true, 1)).toBe(true);
    expect(isSame({ x: 1 }, ['1'])).toBe(true);
    expect(isSame({ a: 'x' }, { a: 'x', added: 0 })).toBe(true);
  });

  test('another value is not', () => {
    expect(isSame('a', 'b')).toBe(false);
    expect(isSame([1], [1, 2])).toBe(false);
    expect(isSame(1, null)).toBe(false);
    expect(isSame('x', undefined)).toBe(false);
  });
});

describe('values for a CHECK', () => {
  const rows = (check: string, ...columns: ColumnSchema[]) =>
    satisfying({ kind: 'constraint', name: 'c', text: `CONSTRAINT c CHECK ${check}`, ttl: '' }, columns, 60);

  test('come from its own literals and their neighbours', () => {
    expect(rows('n > 100 AND n < 102', column('n', 'Int32'))).toContainEqual({ n: 101 });
    expect(rows("city IN ('red', 'blue')", column('city', 'LowCardinality(String)'))[0]).toEqual({ city: 'red' });
    expect(rows('length(h) = 64', column('h', 'String'))).toContainEqual({ h: 'a'.repeat(64) });
  });

  test('are combined over the columns, and bounded', () => {
    const dates = rows('lo < hi', column('lo', 'Date'), column('hi', 'Date'));
    expect(dates.some((row) => String(row.lo) < String(row.hi))).toBe(true);
    expect(
      rows('a + b + c > 5', column('a', 'Int8'), column('b', 'Int8'), column('c', 'Int8')).length,
    ).toBeLessThanOrEqual(60);
    expect(rows('1 = 2')).toEqual([]);
  });
});

describe('where rows come to lie', () => {
  const schema = (table: string, engine: string, create_query = ''): TableSchema => ({
    name: { database: 'shop', table },
    engine,
    engine_full: '',
    create_query,
    sorting_key: '',
    primary_key: '',
    partition_key: '',
    sampling_key: '',
    columns: [],
  });
  const orders = schema('orders', 'MergeTree');
  const look = async ({ table }: { table: string }) => (table === 'orders' ? orders : undefined);

  test('a view with a target, a Distributed and a Buffer are followed', async () => {
    const view = schema(
      'mv',
      'MaterializedView',
      'CREATE MATERIALIZED VIEW shop.mv TO shop.orders (`a` UInt8) AS SELECT 1 AS a',
    );
    const all = schema(
      'all',
      'Distributed',
      "CREATE TABLE shop.all (`a` UInt8) ENGINE = Distributed('two', 'shop', 'orders', rand())",
    );
    const buffer = schema(
      'b',
      'Buffer',
      "CREATE TABLE shop.b (`a` UInt8) ENGINE = Buffer('', 'orders', 16, 1, 2, 3, 4, 5, 6)",
    );
    for (const table of [view, all, buffer])
      expect(await storageOf(table, look)).toMatchObject({ kind: 'table', table: orders });
    const found = await storageOf(all, look);
    expect(found.kind === 'table' && found.path).toBe(
      'shop.all is a Distributed that writes to shop.orders on cluster two',
    );
  });

  test('queues and what lies outside are passed over, also behind a Buffer', async () => {
    expect(await storageOf(schema('k', 'Kafka'), look)).toMatchObject({
      kind: 'skip',
      reason: expect.stringContaining('Kafka is a queue'),
    });
    const buffer = schema(
      'b',
      'Buffer',
      "CREATE TABLE shop.b (`a` UInt8) ENGINE = Buffer('shop', 'm', 16, 1, 2, 3, 4, 5, 6)",
    );
    expect(await storageOf(buffer, async () => schema('m', 'MySQL'))).toMatchObject({ kind: 'skip' });
  });

  test('a circle comes to an end', async () => {
    const buffer = schema(
      'b',
      'Buffer',
      "CREATE TABLE shop.b (`a` UInt8) ENGINE = Buffer('shop', 'b', 16, 1, 2, 3, 4, 5, 6)",
    );
    expect((await storageOf(buffer, async () => buffer)).kind).toBe('skip');
  });
});
