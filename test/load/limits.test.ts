import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTarget } from '../../src/engine/http.ts';
import type { Target } from '../../src/engine/target.ts';
import { beginJournal } from '../../src/load/journal/state.ts';
import { probeHooks } from '../helpers/target-hooks.ts';
import { mustSkipServer, startTargetServer, type TargetServer } from '../helpers/target-server.ts';
import { mountTmpfs } from '../helpers/tmpfs.ts';
import { loadFile } from './kit.ts';

describe.skipIf(mustSkipServer())('limits of a real server', () => {
  let server: TargetServer;
  let target: Target;
  let folder: string;
  let file: string;
  beforeAll(async () => {
    server = await startTargetServer();
    target = await openTarget(server.config(), probeHooks());
    folder = mkdtempSync(join(tmpdir(), 'chwitness-limits-'));
    file = join(folder, 'rows.ndjson');
    writeFileSync(file, Array.from({ length: 20_000 }, (_, id) => `{"id":${id},"p":${id % 200}}\n`).join(''));
  });
  afterAll(async () => {
    await target?.close();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const table = async (name: string, rest: string) => {
    await target.command(`CREATE TABLE default.${name} (id UInt32, p UInt8) ENGINE = MergeTree ${rest}`);
    return { database: 'default', table: name };
  };

  test('too many parts are waited for, then it is their error, and nothing is stored', async () => {
    const parts = await table('parts', 'ORDER BY id SETTINGS parts_to_delay_insert = 1, parts_to_throw_insert = 1');
    await target.insert(parts, 'JSONEachRow', Buffer.from('{"id":1,"p":1}\n'));
    const facts = await loadFile(target, file, parts, { retryForMs: 2500 });
    expect(facts).toMatchObject({ status: 'failed', rows_written: 0, error: { failure: 'server', code: 252 } });
    expect(facts.tables[0]?.retries).toBeGreaterThan(0);
    expect(await server.count('default.parts')).toBe(1);
  });

  test('a memory limit is the server’s error, and what it stored is settled by its log', async () => {
    const small = await table('small', 'ORDER BY id');
    const facts = await loadFile(target, file, small, { retryForMs: 1000, settings: { max_memory_usage: '100000' } });
    expect(facts).toMatchObject({ status: 'failed', error: { failure: 'server', code: 241 } });
    expect(facts.rows_written).toBe(await server.count('default.small'));
  });

  test('a journal whose disk is full ends the load before the batch that it could not write down', async () => {
    const disk = mountTmpfs(join(folder, 'full'), '16k');
    if (!disk) return;
    const journal = await beginJournal(
      join(folder, 'full'),
      {
        schema: 1,
        run: 'run9',
        job: 'j',
        url: server.url,
        database: 'default',
        batch_rows: 100,
        batch_bytes: 1 << 20,
        atomic: false,
        tables: [],
      },
      (value) => JSON.stringify(value),
    );
    try {
      const full = await table('full', 'ORDER BY id');
      const facts = await loadFile(target, file, full, { batchRows: 100, journal });
      expect(facts.status).toBe('failed');
      expect(facts.error?.message).toContain('ENOSPC');
      const stored = await server.count('default.full');
      expect(stored).toBeGreaterThanOrEqual(facts.rows_written);
      expect(stored).toBeLessThanOrEqual(facts.rows_sent);
      expect(stored).toBeLessThan(20_000);
    } finally {
      await journal.close(true).catch(() => undefined);
      disk.unmount();
    }
  });
});
