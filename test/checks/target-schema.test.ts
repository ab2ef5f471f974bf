import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import targetSchema from '../../checks/target-schema.ts';
import { createNormaliser, type Normaliser } from '../../src/evidence/normalise.ts';
import { startEngine, type TestEngine } from '../helpers/engine.ts';
import { collectWith, noTools, resultOf } from './collect-with.ts';
import { say } from './say.ts';

type Facts = Parameters<typeof targetSchema.judge>[0];
type Difference = NonNullable<Facts['expected']>['differences'][number];

const table = (type: string): Facts['tables'][number] => ({
  name: { database: 'shop', table: 'orders' },
  engine: 'MergeTree',
  engine_full: '',
  create_query: `CREATE TABLE shop.orders (\`id\` ${type}) ENGINE = MergeTree ORDER BY id`,
  sorting_key: 'id',
  primary_key: 'id',
  partition_key: '',
  sampling_key: '',
  columns: [{ name: 'id', type, default_kind: '', default_expression: '', codec: '', comment: '' }],
});

const difference: Difference = {
  table: 'shop.orders',
  column: 'city',
  aspect: 'column',
  kind: 'missing',
  expected: 'String',
  actual: '',
  severity: 'error',
  message: 'column city String is missing',
  statements: ['ALTER TABLE `shop`.`orders` ADD COLUMN `city` String FIRST'],
};

const facts = (differences: Difference[], problems: string[] = []): Facts => ({
  tables: [table('UInt64')],
  expected: { files: 1, tables: 1, differences, problems },
});

describe('target-schema judges', () => {
  test('what is missing or wrong fails, with the statements that mend it', () => {
    expect(say(targetSchema, facts([difference]), { phase: 'before' })).toMatchObject({
      status: 'fail',
      because: [{ text: 'shop.orders: column city String is missing' }],
      remedies: difference.statements,
    });
  });

  test('what is too many warns; what could not be compared is no pass', () => {
    expect(
      say(targetSchema, facts([{ ...difference, kind: 'extra', severity: 'warn' }]), { phase: 'before' }).status,
    ).toBe('warn');
    expect(say(targetSchema, facts([], ['1.sql: refused']), { phase: 'before' }).status).toBe('warn');
    expect(say(targetSchema, facts([]), { phase: 'before' })).toMatchObject({
      status: 'pass',
      message: '1 table as the DDL says',
    });
  });

  test('without DDL there is nothing to compare before, and the earlier structure after', () => {
    const bare = { tables: [table('UInt64')], not_compared: 'no folder of DDL files' };
    expect(say(targetSchema, bare, { phase: 'before' }).status).toBe('skip');
    expect(say(targetSchema, bare, { phase: 'after', before: bare })).toMatchObject({
      status: 'pass',
      message: '1 table unchanged since before the load',
    });
  });

  test('a schema that changed during the load fails, DDL or not', () => {
    const verdict = say(
      targetSchema,
      { tables: [table('UInt32')] },
      { phase: 'after', before: { tables: [table('UInt64')] } },
    );
    expect(verdict).toMatchObject({ status: 'fail', message: 'the schema changed during the load: 1 difference' });
    expect(say(targetSchema, { tables: [] }, { phase: 'after', before: { tables: [table('UInt64')] } }).status).toBe(
      'fail',
    );
  });
});

describe('target-schema on the embedded engine', () => {
  let engine: TestEngine;
  let oracle: TestEngine;
  let normaliser: Normaliser;
  const folder = mkdtempSync(join(tmpdir(), 'chwitness-ddl-'));
  beforeAll(async () => {
    engine = await startEngine();
    oracle = await startEngine();
    normaliser = createNormaliser({ start: async () => oracle.target, database: 'shop' });
    writeFileSync(
      join(folder, 'orders.sql'),
      'CREATE TABLE orders (id UInt64, city String) ENGINE = ReplacingMergeTree ORDER BY id;',
    );
    await engine.target.command('CREATE DATABASE shop');
    await engine.target.command('CREATE TABLE shop.orders (id UInt64, note String) ENGINE = MergeTree ORDER BY id');
  });
  afterAll(async () => {
    await engine?.close();
    await oracle?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('compares the files with the target, prints what mends it, and passes once that was run', async () => {
    const tools = { ...noTools, normalise: normaliser.normalise };
    const ask = async () =>
      resultOf(
        (await collectWith(engine.target, [targetSchema], { tools, schemaDir: folder })).results,
        'target-schema',
      );
    const found = await ask();
    expect(found).toMatchObject({ status: 'fail' });
    expect(found.because.map((line) => line.text)).toEqual([
      'shop.orders: column city String is missing',
      'shop.orders: engine is MergeTree, expected ReplacingMergeTree',
      'shop.orders: column note String is not in the DDL',
    ]);
    for (const statement of found.remedies.filter((one) => !one.startsWith('--')))
      await engine.target.command(statement);
    expect(await ask()).toMatchObject({
      status: 'warn',
      because: [{ text: 'shop.orders: column note String is not in the DDL' }],
    });
    await engine.target.command('ALTER TABLE shop.orders DROP COLUMN note');
    expect(await ask()).toMatchObject({ status: 'pass' });
  });
});
