import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { GROUNDS, type Ground } from '../campaign/scenes.ts';
import { openPlace, type Place } from '../helpers/cli.ts';
import { mustSkipServer, startTargetServer, type TargetServer } from '../helpers/target-server.ts';
import { mountTmpfs } from '../helpers/tmpfs.ts';

const COLUMNS = '(id UInt32, p UInt8, note String) ENGINE = MergeTree PARTITION BY p ORDER BY id';
/** Rows that do not pack well, of as many partitions in turn, hundred by hundred. */
const rows = (count: number, partitions: number) =>
  Array.from({ length: count }, (_, id) => {
    const note = createHash('sha256').update(String(id)).digest('base64');
    return `{"id":${id},"p":${Math.floor(id / 100) % partitions},"note":"${note}"}\n`;
  }).join('');

let place: Place;
beforeEach(async () => {
  place = await openPlace();
});
afterEach(() => place.close());
const load = (url: string, ...args: string[]) =>
  place.run(['load', ...args, '--url', url, '--only', 'row-counts', '--retry-for', '1s']);
const waiting = () => readdirSync(join(place.state, 'loads'));

describe.skipIf(mustSkipServer())('limits of 18.16', () => {
  let server: TargetServer;
  beforeAll(async () => {
    server = await startTargetServer();
  });
  afterAll(() => server?.stop());

  test('its disk full in the middle of a batch: that batch is unknown, and is not sent again once there is room', async () => {
    await server.sql('CREATE DATABASE small');
    const data = join(server.folder, 'data', 'data', 'small');
    const disk = mountTmpfs(data, '3m');
    if (!disk) return;
    try {
      await server.sql(`CREATE TABLE small.orders ${COLUMNS}`);
      place.file('orders.ndjson', rows(60_000, 2));
      const args = ['orders.ndjson', '--table', 'small.orders', '--batch-rows', '5000', '--connections', '1'];
      const { code, stdout, run } = await load(server.url, ...args);
      expect(code, stdout).toBe(1);
      const { error, rows_written, tables } = run?.ingestion ?? {};
      expect(error).toMatchObject({ failure: 'server', message: expect.stringContaining('No space left on device') });
      // Not tried again: a full disk stays full.
      expect(tables?.[0]?.retries).toBeUndefined();
      expect(tables?.[0]?.rows_unknown).toBe(5000);
      expect(run?.findings.map(({ cause }) => cause)).toContain('disk_reservation_failed');
      expect(stdout).toContain('5 000 rows are unknown: stored or not');
      const stored = await server.count('small.orders');
      expect(stored).toBeGreaterThanOrEqual(rows_written ?? 0);
      expect(stored).toBeLessThanOrEqual((rows_written ?? 0) + 5000);

      spawnSync('mount', ['-o', 'remount,size=64m', data]);
      const on = await load(server.url, '--resume', run?.ingestion.resumable ?? '');
      expect(on.code, on.stdout).toBe(1);
      expect(on.stdout).toMatch(/of 5[  ]?000 rows it is not known whether they are stored/);
      const [all, different] = (await server.sql('SELECT count(), uniqExact(id) FROM small.orders')).trim().split('\t');
      expect(all).toBe(different);
      expect(Number(all)).toBeGreaterThanOrEqual(55_000);
    } finally {
      await server.sql('DROP DATABASE small').catch(() => undefined);
      disk.unmount();
    }
  });

  test('the disk of the loader full: exit code 3, and what is sent goes on once there is room, none twice', async () => {
    await server.sql(`CREATE TABLE default.orders ${COLUMNS}`);
    const disk = mountTmpfs(place.state, '200k');
    if (!disk) return;
    try {
      place.file('orders.ndjson', rows(20_000, 2));
      const args = ['orders.ndjson', '--table', 'default.orders', '--batch-rows', '50'];
      const { code, stdout, stderr } = await load(server.url, ...args);
      expect(code, stdout + stderr).toBe(3);
      expect(stdout + stderr).toContain('ENOSPC');
      const stored = await server.count('default.orders');
      expect(stored).toBeLessThan(20_000);
      spawnSync('mount', ['-o', 'remount,size=64m', place.state]);
      const [id = ''] = waiting();
      const on = await load(server.url, '--resume', id);
      expect(on.code, on.stdout + on.stderr).toBe(0);
      expect(await server.sql('SELECT count(), uniqExact(id) FROM default.orders')).toBe('20000\t20000\n');
      expect(waiting()).toEqual([]);
    } finally {
      await server.sql('DROP TABLE default.orders');
      disk.unmount();
    }
  });
});

describe.each([
  // 18.16 has no limit of partitions yet.
  { name: 'the sandbox', open: GROUNDS.embedded, skipped: false, partitions: true },
  { name: '18.16', open: GROUNDS.server, skipped: mustSkipServer(), partitions: false },
])('limits of $name', ({ open, skipped, partitions }) => {
  describe.skipIf(skipped)('through the command line', () => {
    let ground: Ground;
    beforeAll(async () => {
      ground = await open();
    });
    afterAll(() => ground?.close());
    afterEach(() => ground.sql('DROP TABLE default.orders'));

    const orders = async (settings = '') => {
      await ground.sql(`CREATE TABLE default.orders ${COLUMNS}${settings}`);
      place.file('orders.ndjson', rows(20_000, 150));
    };
    const run = (...args: string[]) =>
      place.run(
        ['load', 'orders.ndjson', '--table', 'default.orders', '--only', 'row-counts', '--retry-for', '2s', ...args],
        { env: ground.env },
      );
    const count = async () => Number(await ground.sql('SELECT count() FROM default.orders'));

    const whereLimited = partitions ? test : undefined;
    whereLimited?.('more partitions in a block than may be: at once, nothing stored', async () => {
      await orders();
      const { code, stdout, run: seen } = await run();
      expect(code, stdout).toBe(1);
      expect(seen?.ingestion).toMatchObject({ rows_written: 0, error: { code: 252 } });
      expect(seen?.ingestion.tables[0]).not.toHaveProperty('retries');
      expect(seen?.ingestion.tables[0]).not.toHaveProperty('rows_unknown');
      expect(seen?.findings.map(({ cause }) => cause)).toContain('partition_key_high_cardinality');
      expect(await count()).toBe(0);
    });

    test('too many parts: tried again until the time is over, nothing stored', async () => {
      await orders(' SETTINGS parts_to_delay_insert = 1, parts_to_throw_insert = 1');
      await ground.sql('INSERT INTO default.orders FORMAT JSONEachRow {"id":1000000,"p":1,"note":""}');
      const { code, stdout, run: seen } = await run('--batch-rows', '100');
      expect(code, stdout).toBe(1);
      expect(seen?.ingestion).toMatchObject({ error: { code: 252 } });
      expect(seen?.ingestion.tables[0]?.retries).toBeGreaterThan(0);
      expect(seen?.findings.map(({ cause }) => cause)).toContain('too_many_small_inserts');
      expect(stdout).toContain('chwitness load --resume');
      expect(await count()).toBe(1 + (seen?.ingestion.rows_written ?? 0));
    });

    test('the memory of a statement: its own word, and no row twice', async () => {
      await orders();
      place.file(
        'chwitness.yaml',
        'load:\n  settings:\n    max_memory_usage: "100000"\n    max_untracked_memory: "1"\n',
      );
      const { code, stdout, run: seen } = await run('--batch-rows', '10000');
      expect(code, stdout).toBe(1);
      expect(seen?.ingestion).toMatchObject({ error: { code: 241 } });
      expect(seen?.findings.map(({ cause }) => cause)).toContain('memory_limit_query');
      const stored = await count();
      const { rows_written = 0, tables = [] } = seen?.ingestion ?? {};
      expect(stored).toBeGreaterThanOrEqual(rows_written);
      expect(stored).toBeLessThanOrEqual(rows_written + (tables[0]?.rows_unknown ?? 0));
      expect(await ground.sql('SELECT uniqExact(id) FROM default.orders')).toBe(`${stored}\n`);
    });
  });
});
