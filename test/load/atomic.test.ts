import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTarget } from '../../src/engine/http.ts';
import type { Target } from '../../src/engine/target.ts';
import { stagingStatement } from '../../src/load/staging/ddl.ts';
import { openStaging } from '../../src/load/staging/staging.ts';
import { startEngine } from '../helpers/engine.ts';
import { probeHooks } from '../helpers/target-hooks.ts';
import { mustSkipServer, startTargetServer } from '../helpers/target-server.ts';
import { loadFile } from './kit.ts';

const TABLE = { database: 'default', table: 'orders' };

test('a scratch table keeps partitions and order, and neither the rule of merging, nor a path, nor a TTL', () => {
  const scratch = { database: 'd', table: 's' };
  const of = (engine: string, remembers = false) =>
    stagingStatement({ database: 'd', table: 't' }, scratch, engine, remembers);
  expect(
    of(
      "ReplicatedReplacingMergeTree('/t/{shard}/a)b', '{replica}', v) PARTITION BY p ORDER BY (a, b) TTL d + toIntervalDay(1) SETTINGS index_granularity = 8192",
    ),
  ).toBe(
    'CREATE TABLE IF NOT EXISTS `d`.`s` AS `d`.`t` ENGINE = MergeTree PARTITION BY p ORDER BY (a, b) SETTINGS index_granularity = 8192',
  );
  expect(of('MergeTree ORDER BY a SETTINGS non_replicated_deduplication_window = 5', true)).toBe(
    'CREATE TABLE IF NOT EXISTS `d`.`s` AS `d`.`t` ENGINE = MergeTree ORDER BY a SETTINGS non_replicated_deduplication_window = 10000',
  );
  expect(of('MergeTree(d, (a), 8192)')).toBeUndefined();
  expect(of('Log')).toBeUndefined();
});

const skipServer = mustSkipServer();
const places: [string, boolean, () => Promise<{ target: Target; close(): Promise<void> }>][] = [
  [
    'a server that has no tokens',
    skipServer,
    async () => {
      const server = await startTargetServer();
      const target = await openTarget(server.config(), probeHooks());
      return {
        target,
        async close() {
          await target.close();
          await server.stop();
        },
      };
    },
  ],
  ['the embedded engine', false, () => startEngine()],
];

describe.each(places)('--atomic on %s', (_, skipped, open) => {
  describe.skipIf(skipped)('with several partitions', () => {
    let target: Target;
    let close: () => Promise<void>;
    let folder: string;
    let file: string;

    beforeAll(async () => {
      ({ target, close } = await open());
      folder = mkdtempSync(join(tmpdir(), 'chwitness-atomic-'));
      file = join(folder, 'orders.ndjson');
      writeFileSync(file, Array.from({ length: 30_000 }, (_, id) => `{"id":${id},"p":${id % 3}}\n`).join(''));
      await target.command(
        'CREATE TABLE default.orders (id UInt32, p UInt8) ENGINE = ReplacingMergeTree PARTITION BY p ORDER BY id',
      );
    });
    afterAll(async () => {
      await close?.();
      rmSync(folder, { recursive: true, force: true });
    });

    const ask = async (sql: string) =>
      Object.values((await target.all<Record<string, string>>(sql))[0] ?? {}).map(String);
    const count = async () => Number((await ask('SELECT count() AS n FROM default.orders'))[0]);
    const scratchTables = async () =>
      (
        await target.all<{ name: string }>("SELECT name FROM system.tables WHERE name LIKE '_chwitness%' ORDER BY name")
      ).map(({ name }) => name);

    test('readers see nothing until all is there', async () => {
      const seen: number[] = [];
      const checkStaged = async () => {
        seen.push(await count());
        return { asked: [], failures: [] };
      };
      const facts = await loadFile(target, file, TABLE, { atomic: true, batchRows: 7000, checkStaged });
      expect(facts).toMatchObject({ status: 'ok', rows_written: 30_000 });
      expect(facts.tables[0]?.guarantee?.sentence).toContain('moved into default.orders in one step');
      expect(seen).toEqual([0]);
      expect(await ask('SELECT count() AS n, uniqExact(id) AS ids FROM default.orders')).toEqual(['30000', '30000']);
      expect(await scratchTables()).toEqual([]);
    });

    test('a check that fails leaves the table as it was, and no scratch table', async () => {
      const before = await count();
      const checkStaged = async () => ({
        asked: ['own/no-nulls'],
        failures: ['own/no-nulls: found 3 rows, expected no rows'],
      });
      const facts = await loadFile(target, file, TABLE, { atomic: true, runId: 'run2', checkStaged });
      expect(facts).toMatchObject({
        status: 'failed',
        rows_sent: 30_000,
        rows_written: 0,
        error: { code: 'STAGED_CHECK' },
      });
      expect(facts.error?.message).toContain(
        'default.orders stays as it was: the staged rows do not pass: own/no-nulls',
      );
      expect(await count()).toBe(before);
      expect(await scratchTables()).toEqual([]);
    });

    test('so does a bad row in the last batch', async () => {
      const before = await count();
      const bad = join(folder, 'bad.ndjson');
      writeFileSync(bad, `${'{"id":1,"p":1}\n'.repeat(500)}{"id":"no number","p":1}\n`);
      const facts = await loadFile(target, bad, TABLE, { atomic: true, runId: 'run3', batchRows: 100 });
      expect(facts).toMatchObject({ status: 'failed', rows_written: 0, discarded: true });
      expect(await count()).toBe(before);
      expect(await scratchTables()).toEqual([]);
    });

    test('rows that were moved over are known as such, also by who did not see it', async () => {
      const staging = await openStaging(target, TABLE, 'run4', new AbortController().signal);
      await target.insert(staging.scratch, 'JSONEachRow', Buffer.from('{"id":70001,"p":1}\n{"id":70002,"p":2}\n'));
      expect(await staging.isPublished()).toBe(false);
      await staging.publish();
      expect(await staging.isPublished()).toBe(true);
      await staging.drop();
    });

    test('a table with a materialized view is refused before anything is sent, since its view would miss the rows', async () => {
      await target.command(
        'CREATE MATERIALIZED VIEW default.by_p ENGINE = SummingMergeTree ORDER BY p AS SELECT p, count() AS n FROM default.orders GROUP BY p',
      );
      try {
        const facts = await loadFile(target, file, TABLE, { atomic: true, runId: 'run5' });
        expect(facts).toMatchObject({ status: 'failed', rows_sent: 0, error: { code: 'INPUT_NOT_STAGED' } });
        expect(facts.error?.message).toContain('by_p');
        expect(await scratchTables()).toEqual([]);
      } finally {
        await target.command('DROP TABLE default.by_p');
      }
    });
  });
});
