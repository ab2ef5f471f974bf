import { describe, expect, test } from 'vitest';
import type { ColumnSchema, TableSchema } from '../../../src/model/check.ts';
import { diffSchemas, mendingStatements } from '../../../src/model/schema-diff/index.ts';
import { isSafeChange } from '../../../src/model/schema-diff/types.ts';

const column = (name: string, type: string, change: Partial<ColumnSchema> = {}): ColumnSchema => ({
  name,
  type,
  default_kind: '',
  default_expression: '',
  codec: '',
  comment: '',
  ...change,
});

function table(columns: ColumnSchema[], change: Partial<TableSchema> = {}): TableSchema {
  const list = columns.map((one) => `\`${one.name}\` ${one.type}`).join(', ');
  return {
    name: { database: 'shop', table: 'orders' },
    engine: 'MergeTree',
    engine_full: 'MergeTree ORDER BY id',
    create_query: `CREATE TABLE shop.orders (${list}) ENGINE = MergeTree ORDER BY id`,
    sorting_key: 'id',
    primary_key: 'id',
    partition_key: '',
    sampling_key: '',
    columns,
    ...change,
  };
}

const id = column('id', 'UInt64');
const city = column('city', 'String');

describe('the difference of two structures', () => {
  test('there is none between a table and itself', () => {
    expect(diffSchemas([table([id, city])], [table([id, city])])).toEqual([]);
  });

  test('a missing column comes with the ALTER that puts it in its place', () => {
    const [found] = diffSchemas([table([id, city])], [table([id])]);
    expect(found).toMatchObject({ kind: 'missing', aspect: 'column', severity: 'error', column: 'city' });
    expect(found?.statements).toEqual(['ALTER TABLE `shop`.`orders` ADD COLUMN `city` String AFTER `id`']);
  });

  test('a column too many is a warning, and dropping it is left to the user', () => {
    const [found] = diffSchemas([table([id])], [table([id, city])]);
    expect(found).toMatchObject({ kind: 'extra', severity: 'warn' });
    expect(found?.statements[0]).toMatch(/^-- .*DROP COLUMN `city`$/);
  });

  test('a type that cannot hold every value is copied, not mutated', () => {
    const differences = diffSchemas([table([id, column('city', 'UInt8')])], [table([id, city])]);
    expect(mendingStatements(differences)).toContain('EXCHANGE TABLES `shop`.`orders` AND `shop`.`orders__new`');
    expect(mendingStatements(differences).every((one) => !/^(?:DROP|ALTER)/.test(one))).toBe(true);
  });

  test('without EXCHANGE the tables change places by one RENAME', () => {
    const differences = diffSchemas([table([id], { partition_key: 'id' })], [table([id])], { exchange: false });
    expect(mendingStatements(differences)).toContain(
      'RENAME TABLE `shop`.`orders` TO `shop`.`orders__old`, `shop`.`orders__new` TO `shop`.`orders`',
    );
  });

  test('nullability is told apart from type', () => {
    const [found] = diffSchemas([table([id, column('city', 'Nullable(String)')])], [table([id, city])]);
    expect(found?.aspect).toBe('nullability');
    expect(found?.statements).toEqual(['ALTER TABLE `shop`.`orders` MODIFY COLUMN `city` Nullable(String)']);
  });

  test('the cast that old servers put around a default is no difference', () => {
    const plain = column('n', 'UInt8', { default_kind: 'MATERIALIZED', default_expression: 'id + 1' });
    const cast = { ...plain, default_expression: "CAST(id + 1, 'UInt8')" };
    expect(diffSchemas([table([id, plain])], [table([id, cast])])).toEqual([]);
  });

  test('path and replica of a replicated table are its own affair', () => {
    const at = (path: string) =>
      table([id], {
        engine: 'ReplicatedMergeTree',
        create_query: `CREATE TABLE shop.orders (\`id\` UInt64) ENGINE = ReplicatedMergeTree('${path}', '{replica}') ORDER BY id`,
      });
    expect(diffSchemas([at('/a')], [at('/b')])).toEqual([]);
    expect(diffSchemas([at('/a')], [table([id])])[0]).toMatchObject({
      aspect: 'engine',
      expected: 'ReplicatedMergeTree',
      actual: 'MergeTree',
    });
  });

  test('a rebuilt replicated table gets a path of its own', () => {
    const replicated = table([id], {
      engine: 'ReplicatedMergeTree',
      partition_key: 'id',
      create_query:
        "CREATE TABLE shop.orders (`id` UInt64) ENGINE = ReplicatedMergeTree('/t/orders', '{replica}') PARTITION BY id ORDER BY id",
    });
    const text = mendingStatements(diffSchemas([replicated], [{ ...replicated, partition_key: '' }])).join('\n');
    expect(text).toContain("ReplicatedMergeTree('/t/orders_rebuilt', '{replica}')");
  });

  test('a missing table is created, an extra one told only when asked', () => {
    expect(diffSchemas([table([id])], [])[0]?.statements[0]).toMatch(/^CREATE TABLE `shop`.`orders`/);
    const other = table([id], { name: { database: 'shop', table: 'other' } });
    expect(diffSchemas([table([id])], [table([id]), other])).toEqual([]);
    expect(diffSchemas([table([id])], [table([id]), other], { extraTables: true })).toMatchObject([
      { severity: 'info', table: 'shop.other' },
    ]);
  });

  test('only what can hold every value is changed in place', () => {
    expect(isSafeChange('UInt8', 'Int16')).toBe(true);
    expect(isSafeChange('Int8', 'UInt16')).toBe(false);
    expect(isSafeChange('UInt64', 'UInt32')).toBe(false);
    expect(isSafeChange('String', 'LowCardinality(Nullable(String))')).toBe(true);
    expect(isSafeChange('Nullable(String)', 'String')).toBe(false);
  });
});
