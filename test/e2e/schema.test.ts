import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { schemaDiff } from '../../src/commands/schema.ts';
import { openTarget } from '../../src/engine/http.ts';
import type { Target } from '../../src/engine/target.ts';
import { embeddedConfig, startEngine, type TestEngine } from '../helpers/engine.ts';
import { type OldServer, oldServerMissing, startOldServer } from '../helpers/old-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'chwitness-schema-'));
const signal = new AbortController().signal;
let engine: TestEngine;

mkdirSync(join(folder, 'later'));
writeFileSync(
  join(folder, '1-orders.sql'),
  `CREATE DATABASE IF NOT EXISTS shop;
   CREATE TABLE shop.orders (id UInt64, day Date, city String DEFAULT 'unknown', price Float64, seen UInt8 MATERIALIZED id % 2)
   ENGINE = MergeTree PARTITION BY toYYYYMM(day) ORDER BY (id, day);
   CREATE TABLE shop.items (id UInt64) ENGINE = ReplacingMergeTree ORDER BY id;`,
);
writeFileSync(
  join(folder, 'later', '2-note.sql'),
  'ALTER TABLE shop.orders ADD COLUMN note Nullable(String) AFTER city;',
);

beforeAll(async () => {
  engine = await startEngine();
});
afterAll(async () => {
  await engine?.close();
  rmSync(folder, { recursive: true, force: true });
});

const diff = (target: Target) =>
  schemaDiff({ target, dir: folder, startEngine: () => openTarget(embeddedConfig(), { runId: 'oracle' }), signal });

async function mend(target: Target, statements: readonly string[]): Promise<void> {
  for (const statement of statements.filter((one) => !one.startsWith('--'))) await target.command(statement);
}

async function mendedAfter(target: Target, create: string): Promise<string[]> {
  await target.command('CREATE DATABASE IF NOT EXISTS shop');
  await target.command(create);
  try {
    const found = await diff(target);
    await mend(target, found.statements);
    const again = await diff(target);
    expect(again.differences).toEqual([]);
    return found.differences.map((one) => `${one.table}: ${one.aspect}${one.column ? ` ${one.column}` : ''}`);
  } finally {
    await target.command('DROP DATABASE shop');
  }
}

const wrong =
  "CREATE TABLE shop.orders (id UInt64, day Date, city String DEFAULT '?', price String, seen UInt8 MATERIALIZED id % 2) ENGINE = MergeTree PARTITION BY toYYYYMM(day) ORDER BY (day, id)";

describe('a folder of DDL against a target', () => {
  test('a missing column, a wrong type, another order key and a dropped table are named; what is printed mends them', async () => {
    expect(await mendedAfter(engine.target, wrong)).toEqual([
      'shop.items: table',
      'shop.orders: default city',
      'shop.orders: column note',
      'shop.orders: type price',
      'shop.orders: order key',
      'shop.orders: primary key',
    ]);
  });

  test('a target as the DDL says has no difference', async () => {
    await engine.target.command('CREATE DATABASE shop');
    try {
      await mend(engine.target, (await diff(engine.target)).statements);
      expect(await diff(engine.target)).toMatchObject({ differences: [], statements: [], compared: 2 });
    } finally {
      await engine.target.command('DROP DATABASE shop');
    }
  });

  test('a folder without DDL is an error, not a clean comparison', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'chwitness-empty-'));
    try {
      const call = schemaDiff({
        target: engine.target,
        dir: empty,
        startEngine: () => openTarget(embeddedConfig(), { runId: 'o' }),
        signal,
      });
      await expect(call).rejects.toMatchObject({ code: 'SCHEMA_EMPTY' });
    } finally {
      rmSync(empty, { recursive: true, force: true });
    }
  });

  describe.runIf(oldServerMissing() === undefined)('on a server of 18.16', () => {
    let server: OldServer;
    let old: Target;
    beforeAll(async () => {
      const started = await startOldServer();
      if (!started.server) throw new Error(started.reason);
      server = started.server;
      old = await openTarget(server.config(), { runId: 'test' });
    });
    afterAll(async () => {
      await old?.close();
      await server?.stop();
    });

    test('what it prints in its own way is no difference, and what differs is mended by statements it knows', async () => {
      const found = await mendedAfter(old, wrong);
      expect(found).toContain('shop.orders: type price');
      expect(found).toContain('shop.items: table');
    });
  });
});
