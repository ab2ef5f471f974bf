import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createNormaliser, type Normaliser } from '../../src/evidence/normalise.ts';
import { diffSchemas, mendingStatements } from '../../src/model/schema-diff/index.ts';
import { startEngine, type TestEngine } from '../helpers/engine.ts';

let engine: TestEngine;
let normaliser: Normaliser;
const signal = new AbortController().signal;

beforeAll(async () => {
  engine = await startEngine();
  normaliser = createNormaliser({ start: async () => engine.target, database: 'shop' });
});
afterAll(() => engine?.close());

const printed = (...texts: string[]) =>
  normaliser.normalise(
    texts.map((text, i) => ({ source: `${i}.sql`, text })),
    signal,
  );

const base = `CREATE TABLE shop.orders (id UInt64, day Date, city LowCardinality(String), n Nullable(Int32),
  s String DEFAULT 'x', v UInt64 CODEC(ZSTD(3)))
  ENGINE = MergeTree PARTITION BY toYYYYMM(day) ORDER BY (id, day) TTL day + INTERVAL 1 YEAR`;

const withElement = (element: string) => base.replace('ZSTD(3))', `ZSTD(3)), ${element}`);

describe('DDL printed by the embedded engine', () => {
  test('migrations are applied in order, and names without a database get the configured one', async () => {
    const found = await printed(
      "create database if not exists shop on cluster '{c}'; -- a; comment",
      base.replace('shop.', ''),
      `ALTER TABLE orders ON CLUSTER c ADD COLUMN z UInt8 AFTER id, MODIFY COLUMN s String DEFAULT 'y';
       INSERT INTO orders FORMAT JSONEachRow
{"id":1,"s":"it's; \`"}

       RENAME TABLE orders TO orders2; GRANT SELECT ON *.* TO someone`,
    );
    expect(found.problems).toEqual([]);
    expect(found.tables.map((table) => table.name)).toEqual([{ database: 'shop', table: 'orders2' }]);
    expect(found.tables[0]?.columns.map((column) => column.name)).toEqual(['id', 'z', 'day', 'city', 'n', 's', 'v']);
    expect(found.notes).toEqual([
      '2.sql: INSERT INTO says nothing of structure, passed over',
      '2.sql: GRANT SELECT says nothing of structure, passed over',
    ]);
  });

  test('engines that cannot run here keep their name and arguments', async () => {
    const found = await printed(
      `${base.replace('MergeTree', "ReplicatedReplacingMergeTree('/c/{shard}/x', '{replica}', v)").replace('YEAR', "YEAR TO VOLUME 'cold'")} SETTINGS storage_policy = 'hot'`,
      "CREATE TABLE shop.all AS shop.orders ENGINE = Distributed('{cluster}', shop, orders, rand())",
      "CREATE TABLE shop.queue (a UInt8) ENGINE = Kafka SETTINGS kafka_broker_list = 'x:1', kafka_topic_list = 't', kafka_group_name = 'g', kafka_format = 'JSONEachRow'",
      'CREATE TABLE shop.buffer AS shop.orders ENGINE = Buffer(shop, orders, 16, 1, 2, 3, 4, 5, 6)',
    );
    expect(found.problems).toEqual([]);
    const engines = Object.fromEntries(found.tables.map((table) => [table.name.table, table.engine]));
    expect(engines).toEqual({
      all: 'Distributed',
      buffer: 'Buffer',
      orders: 'ReplicatedReplacingMergeTree',
      queue: 'Kafka',
    });
    const orders = found.tables.find((table) => table.name.table === 'orders');
    expect(orders?.create_query).toContain("ReplicatedReplacingMergeTree('/c/{shard}/x', '{replica}', v)");
    expect(orders?.create_query).toContain("TTL day + toIntervalYear(1) TO VOLUME 'cold'");
    expect(orders?.create_query).toContain("storage_policy = 'hot'");
  });

  test('views may come before their tables; one without its table is told, not guessed', async () => {
    const found = await printed(
      'CREATE MATERIALIZED VIEW shop.mv TO shop.sums AS SELECT city, sum(v) AS v FROM shop.orders GROUP BY city',
      'CREATE VIEW shop.lost AS SELECT * FROM nowhere.at_all',
      base,
      'CREATE TABLE shop.sums (city String, v UInt64) ENGINE = SummingMergeTree ORDER BY city',
    );
    expect(found.tables.map((table) => table.name.table)).toEqual(['mv', 'orders', 'sums']);
    expect(found.problems).toHaveLength(1);
    expect(found.problems[0]).toMatch(/^1\.sql: CREATE VIEW shop\.lost .*nowhere/);
  });

  test('what 18.16 prints and what a file says are one structure', async () => {
    const old = `CREATE TABLE shop.t ( a UInt8,  d Date,  mm UInt8 MATERIALIZED CAST(a + 1, 'UInt8')) ENGINE = MergeTree PARTITION BY d ORDER BY a SETTINGS index_granularity = 8192`;
    const file =
      'create table shop.t (a UInt8, d Date, mm UInt8 materialized a + 1) engine = MergeTree partition by d order by (a)';
    const [want, have] = [await printed(file), await printed(old)];
    expect(diffSchemas(want.tables, have.tables)).toEqual([]);
  });

  test('nothing stays in the engine', async () => {
    await printed(base);
    const left = await engine.target.all("SELECT name FROM system.databases WHERE name = 'shop'");
    expect(left).toEqual([]);
  });
});

const cases: [name: string, want: string, have: string, aspects: string[]][] = [
  ['a missing column', base, base.replace('city LowCardinality(String), ', ''), ['column']],
  [
    'a missing column of the order key',
    base
      .replace('ORDER BY (id, day)', 'PRIMARY KEY (id, day) ORDER BY (id, day, z)')
      .replace('id UInt64', 'id UInt64, z UInt8'),
    base,
    ['column', 'order key'],
  ],
  ['a narrower type', base, base.replace('v UInt64', 'v UInt32'), ['type']],
  ['another type', base, base.replace('v UInt64', 'v String'), ['type']],
  ['another type in the key', base, base.replace('id UInt64', 'id UInt32'), ['type']],
  ['a column that takes no NULL', base, base.replace('Nullable(Int32)', 'Int32'), ['nullability']],
  ['a column that takes NULL', base.replace('Nullable(Int32)', 'Int32'), base, ['nullability']],
  ['another default', base, base.replace("'x'", "'z'"), ['default']],
  ['a default too many', base.replace(" DEFAULT 'x'", ''), base, ['default']],
  ['ALIAS for DEFAULT', base.replace("DEFAULT 'x'", 'ALIAS toString(id)'), base, ['default']],
  ['EPHEMERAL for DEFAULT', base.replace("DEFAULT 'x'", "EPHEMERAL 'x'"), base, ['default']],
  ['MATERIALIZED for DEFAULT', base.replace("DEFAULT 'x'", 'MATERIALIZED toString(id)'), base, ['default']],
  ['another codec', base, base.replace('ZSTD(3)', 'ZSTD(1)'), ['codec']],
  ['a codec too many', base.replace(' CODEC(ZSTD(3))', ''), base, ['codec']],
  ['another order key', base, base.replace('(id, day)', '(day, id)'), ['order key', 'primary key']],
  ['another partition key', base, base.replace('toYYYYMM', 'toMonday'), ['partition key']],
  ['another sampling key', base.replace('TTL', 'SAMPLE BY id TTL'), base, ['sampling key']],
  ['another engine', base.replace('MergeTree', 'ReplacingMergeTree(v)'), base, ['engine']],
  ['a dropped table', base, '', ['table']],
  ['another TTL', base, base.replace('1 YEAR', '2 YEAR'), ['ttl']],
  ['a TTL too many', base.replace(/ TTL.*$/, ''), base, ['ttl']],
  ['a missing TTL', base, base.replace(/ TTL.*$/, ''), ['ttl']],
  ['a missing column TTL', base.replace('ZSTD(3))', 'ZSTD(3)) TTL day + INTERVAL 1 DAY'), base, ['ttl']],
  ['another comment', base.replace("DEFAULT 'x'", "DEFAULT 'x' COMMENT 'it''s'"), base, ['comment']],
  ['a missing index', withElement('INDEX i s TYPE minmax GRANULARITY 1'), base, ['index']],
  [
    'another index',
    withElement('INDEX i s TYPE minmax GRANULARITY 1'),
    withElement('INDEX i v TYPE minmax GRANULARITY 1'),
    ['index'],
  ],
  ['a missing constraint', withElement('CONSTRAINT c CHECK id > 0'), base, ['constraint']],
  ['a missing projection', withElement('PROJECTION p (SELECT s, id ORDER BY s)'), base, ['projection']],
  ['another setting', `${base} SETTINGS min_bytes_for_wide_part = 0`, base, ['settings']],
  ['another granularity', `${base} SETTINGS index_granularity = 4096`, base, ['settings']],
  [
    'a column of a Log table',
    'CREATE TABLE shop.l (a UInt8, b String) ENGINE = Log',
    'CREATE TABLE shop.l (a UInt8) ENGINE = Log',
    ['column'],
  ],
  [
    'another view',
    `${base}; CREATE VIEW shop.w AS SELECT id FROM shop.orders`,
    `${base}; CREATE VIEW shop.w AS SELECT id, day FROM shop.orders`,
    ['column', 'query'],
  ],
];

describe('executing what is printed makes the next comparison empty', () => {
  test.each(cases)('%s', async (_name, want, have, aspects) => {
    const [expected, actual] = [await printed(want), await printed(have)];
    const found = diffSchemas(expected.tables, actual.tables);
    expect(found.map((one) => one.aspect)).toEqual(aspects);
    const statements = mendingStatements(found).filter((one) => !one.startsWith('--'));
    const mended = await printed([have, ...statements].filter((one) => one !== '').join(';\n'));
    expect(mended.problems).toEqual([]);
    expect(diffSchemas(expected.tables, mended.tables)).toEqual([]);
  });

  test('a copy keeps the rows, and a column that the DDL does not know', async () => {
    const have = base.replace('id UInt64', 'id UInt64, extra String');
    const want = base.replace('toYYYYMM', 'toMonday').replace('v UInt64', 'v UInt16');
    const statements = mendingStatements(diffSchemas((await printed(want)).tables, (await printed(have)).tables));
    const run = (sql: string) => engine.target.command(sql);
    await run('CREATE DATABASE shop');
    try {
      await run(have);
      await run("INSERT INTO shop.orders (id, extra, day, v) SELECT number, 'kept', today(), number FROM numbers(5)");
      for (const statement of statements.filter((one) => !one.startsWith('--'))) await run(statement);
      expect(
        await engine.target.all('SELECT count() AS rows, sum(v) AS sum, any(extra) AS extra FROM shop.orders'),
      ).toEqual([{ rows: '5', sum: '10', extra: 'kept' }]);
      expect(await engine.target.all('SELECT count() AS rows FROM shop.orders__new')).toEqual([{ rows: '5' }]);
    } finally {
      await run('DROP DATABASE shop SYNC');
    }
  });
});
