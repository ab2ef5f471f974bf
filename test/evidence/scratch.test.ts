import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTarget } from '../../src/engine/http.ts';
import type { Target } from '../../src/engine/target.ts';
import { runSql } from '../../src/evidence/run-sql.ts';
import { cleanLeftovers, createScratch } from '../../src/evidence/scratch.ts';
import { cloneStatement } from '../../src/evidence/scratch-clone.ts';
import { homeOf } from '../../src/evidence/scratch-ledger.ts';
import { tableSchemas } from '../../src/evidence/table-schemas.ts';
import type { Outside } from '../../src/evidence/tools.ts';
import type { TableSchema } from '../../src/model/check.ts';
import { sqlLibrary } from '../../src/registry/sql-file.ts';
import { embeddedConfig, startEngine, type TestEngine } from '../helpers/engine.ts';
import { type OldServer, oldServerMissing, startOldServer } from '../helpers/old-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'chwitness-scratch-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function outsideOf(target: Target, change: { grants?: string[]; signal?: AbortSignal } = {}): Promise<Outside> {
  const learned = await target.capabilities();
  const capabilities = change.grants ? { ...learned, grants: change.grants } : learned;
  const signal = change.signal ?? new AbortController().signal;
  const library = sqlLibrary();
  const sql = async <Row>(name: string, params = {}) =>
    (
      await runSql<Row>({ target, capabilities, limits: { rows: 1000 } }, library(name), params, {
        purpose: 'test',
        signal,
      })
    ).rows;
  return { target, capabilities, purpose: 'test', signal, sql };
}

async function schemaOf(outside: Outside, table: string): Promise<TableSchema> {
  const [found] = await tableSchemas(outside.sql, [{ database: 'shop', table }]);
  if (!found) throw new Error(`no table ${table}`);
  return found;
}

const names = async (target: Target) =>
  (await target.all<{ name: string }>("SELECT name FROM system.tables WHERE database = 'shop' ORDER BY name")).map(
    (row) => row.name,
  );

const row = new TextEncoder().encode('{"id":7,"day":"2024-02-29"}\n');

/** What holds on every server. */
function suite(target: () => Target) {
  const scratch = (name: string) => createScratch({ id: 'run-7', ledger: join(folder, name) });

  test('the clone takes a row, gives it back and is gone', async () => {
    const outside = await outsideOf(target());
    const table = await schemaOf(outside, 'orders');
    const found = await scratch('a.jsonl')(outside, table, async (clone) => {
      expect(clone.name).toEqual({ database: 'shop', table: '_chwitness_run_7_1' });
      expect(await names(target())).toContain('_chwitness_run_7_1');
      // The name is on the disk while the table exists: a kill here would be tidied up.
      expect(readFileSync(join(folder, 'a.jsonl'), 'utf8')).toContain('_chwitness_run_7_1');
      await clone.insert('JSONEachRow', row, ['id', 'day']);
      return clone.rows(['id', 'day']);
    });
    expect(found.map((one) => ({ ...one, id: String(one.id) }))).toEqual([{ id: '7', day: '2024-02-29' }]);
    expect(await names(target())).toEqual(['orders']);
  });

  test('it is gone also when its use throws, and when the run is stopped in the middle', async () => {
    const stop = new AbortController();
    const outside = await outsideOf(target(), { signal: stop.signal });
    const table = await schemaOf(outside, 'orders');
    const use = scratch('b.jsonl')(outside, table, async () => {
      stop.abort();
      throw new Error('stopped');
    });
    await expect(use).rejects.toThrow('stopped');
    expect(await names(target())).toEqual(['orders']);
  });

  test('a user who could create and not drop gets a temporary one, which no database shows', async () => {
    const outside = await outsideOf(target(), { grants: ['GRANT SELECT, INSERT, CREATE TABLE ON shop.* TO loader'] });
    const table = await schemaOf(outside, 'orders');
    await scratch('c.jsonl')(outside, table, async (clone) => {
      expect(clone.name.database).toBe('');
      expect(await names(target())).toEqual(['orders']);
      await clone.insert('JSONEachRow', row, ['id', 'day']);
      expect(await clone.rows(['day'])).toEqual([{ day: '2024-02-29' }]);
    });
    expect(existsSync(join(folder, 'c.jsonl'))).toBe(false);
  });

  test('a ledger can have nothing dropped but our own tables of this server', async () => {
    const ledger = join(folder, 'forged.jsonl');
    const line = (table: string, url: string) => `${JSON.stringify({ at: '', url, database: 'shop', table })}\n`;
    const url = homeOf(target());
    await target().command('CREATE TABLE shop._chwitness_x_1 (a UInt8) ENGINE = Memory');
    writeFileSync(
      ledger,
      `${line('orders', url)}${line('_chwitness_x_1', url)}${line('_chwitness_gone_1', url)}{"at":"cut o`,
    );
    expect(await cleanLeftovers(target(), ledger)).toEqual(['shop._chwitness_x_1']);
    expect(await names(target())).toEqual(['orders']);
    expect(existsSync(ledger)).toBe(false);
  });
}

const orders =
  "CREATE TABLE shop.orders (id UInt64, day Date, city String DEFAULT 'x') ENGINE = MergeTree PARTITION BY day ORDER BY id";

describe('on the embedded engine', () => {
  let engine: TestEngine;
  beforeAll(async () => {
    engine = await startEngine();
    await engine.target.command('CREATE DATABASE shop');
    await engine.target.command(`${orders} TTL day + INTERVAL 1 DAY`);
  });
  afterAll(() => engine?.close());
  suite(() => engine.target);

  test('tables in another data folder, of the same name too, are left alone and stay in the ledger', async () => {
    const open = (dataDir: string) => openTarget(embeddedConfig({ dataDir }), { runId: 'test' });
    const [ledger, sql] = [join(folder, 'two.jsonl'), 'CREATE TABLE default._chwitness_two_1 (a Int8) ENGINE = Memory'];
    const one = await open(join(folder, 'one'));
    const home = homeOf(one);
    await one.close();
    writeFileSync(ledger, `${JSON.stringify({ at: '', url: home, database: 'default', table: '_chwitness_two_1' })}\n`);
    const two = await open(join(folder, 'two'));
    await two.command(sql);
    expect(await cleanLeftovers(two, ledger)).toEqual([]);
    expect(await two.all('EXISTS TABLE default._chwitness_two_1')).toEqual([{ result: 1 }]);
    await two.close();
    expect(readFileSync(ledger, 'utf8')).toContain('_chwitness_two_1');
    // Another spelling of the first folder is the first folder.
    const again = await open(`${folder}/two/../one`);
    expect(homeOf(again)).toBe(home);
    await again.close();
  });
});

describe.runIf(oldServerMissing() === undefined)('on a server of 18.16', () => {
  let server: OldServer;
  let target: Target;
  beforeAll(async () => {
    const started = await startOldServer();
    if (!started.server) throw new Error(started.reason);
    server = started.server;
    target = await openTarget(server.config(), { runId: 'test' });
    await target.command('CREATE DATABASE shop');
    await target.command(orders);
  });
  afterAll(async () => {
    await target?.close();
    await server?.stop();
  });
  suite(() => target);

  test('a user who may create nothing gets the reason, and an entry of another server stays in the ledger', async () => {
    const reader = await openTarget(server.config({ user: 'reader' }), { runId: 'test' });
    try {
      const outside = await outsideOf(reader);
      const table = await schemaOf(outside, 'orders');
      const use = createScratch({ id: 'r', ledger: join(folder, 'r.jsonl') })(outside, table, async () => 'never');
      await expect(use).rejects.toMatchObject({
        code: 'SCRATCH_NOT_GRANTED',
        next: 'GRANT CREATE TEMPORARY TABLE ON *.* TO `reader`',
      });
    } finally {
      await reader.close();
    }
    const ledger = join(folder, 'other.jsonl');
    const other = `${JSON.stringify({ at: '', url: 'http://other:8123', database: 'shop', table: '_chwitness_o_1' })}\n`;
    writeFileSync(ledger, other);
    expect(await cleanLeftovers(target, ledger)).toEqual([]);
    expect(readFileSync(ledger, 'utf8')).toBe(other);
  });
});

describe('the CREATE of a clone', () => {
  const table = (create_query: string, engine: string): TableSchema => ({
    name: { database: 'shop', table: 't' },
    engine,
    engine_full: '',
    create_query,
    sorting_key: '',
    primary_key: '',
    partition_key: '',
    sampling_key: '',
    columns: [],
  });
  const clone = (create: string, engine: string) =>
    cloneStatement(table(create, engine), { database: 'shop', table: '_chwitness_1_1' }, 'table')?.replace(/\s+/g, ' ');

  test('shares no ZooKeeper path, no TTL and no UUID with the original, and keeps its storage policy', () => {
    const create =
      "CREATE TABLE shop.t UUID '00000000-0000-0000-0000-000000000001' (`a` UInt8 TTL d + toIntervalDay(1), `d` Date, CONSTRAINT c CHECK a > 0) ENGINE = ReplicatedReplacingMergeTree('/p/{uuid}', '{replica}', a) ORDER BY a TTL d + toIntervalDay(1) TO VOLUME 'cold' SETTINGS storage_policy = 'hot'";
    expect(clone(create, 'ReplicatedReplacingMergeTree')).toBe(
      "CREATE TABLE `shop`.`_chwitness_1_1` ( `a` UInt8, `d` Date, CONSTRAINT c CHECK a > 0 ) ENGINE = ReplacingMergeTree(a) ORDER BY a SETTINGS storage_policy = 'hot'",
    );
  });

  test('keeps neither topic, nor destination, nor path in Keeper', () => {
    const kafka = "CREATE TABLE shop.t (`a` UInt8) ENGINE = Kafka SETTINGS kafka_topic_list = 'x'";
    for (const [create, engine] of [
      [kafka, 'Kafka'],
      ["CREATE TABLE shop.t (`a` UInt8) ENGINE = Buffer('shop', 'o', 16, 1, 2, 3, 4, 5, 6)", 'Buffer'],
      ["CREATE TABLE shop.t (`a` UInt8) ENGINE = KeeperMap('/x') PRIMARY KEY a", 'KeeperMap'],
    ] as const) {
      expect(clone(create, engine)).toBe('CREATE TABLE `shop`.`_chwitness_1_1` ( `a` UInt8 ) ENGINE = Memory');
    }
  });
});
