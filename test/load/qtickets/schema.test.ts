import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTarget } from '../../../src/engine/http.ts';
import type { Target } from '../../../src/engine/target.ts';
import { schemaFiles } from '../../../src/evidence/schema-files.ts';
import { packageRoot } from '../../../src/kernel/package.ts';
import { createAll, missingOn, wantedBy } from '../../../src/load/create-missing.ts';
import { COLUMNS, type StagingKey, tablesIn } from '../../../src/load/qtickets/tables.ts';
import { startEngine, type TestEngine } from '../../helpers/engine.ts';
import { type OldServer, startOldServer } from '../../helpers/old-server.ts';
import { probeHooks } from '../../helpers/target-hooks.ts';
import { mustSkipServer } from '../../helpers/target-server.ts';

const FOLDER = join(packageRoot, 'sql', 'schema', 'qtickets');
const signal = new AbortController().signal;

async function createOn(target: Target): Promise<string[]> {
  const { wanted, passed } = wantedBy(await schemaFiles(FOLDER), 'default');
  expect(passed).toEqual([]);
  const plan = await missingOn(target, wanted, signal);
  expect(plan).toMatchObject({ databases: [], objects: wanted });
  const made: string[] = [];
  await createAll(target, plan.objects, signal, ({ name }) => made.push(name.table));
  expect((await missingOn(target, wanted, signal)).objects).toEqual([]);
  return made;
}

async function columnsOf(target: Target): Promise<Record<string, string[]>> {
  const rows = await target.all<{ table: string; name: string; type: string }>(
    `SELECT table, name, type FROM system.columns WHERE database = 'default' AND (table LIKE '%qtickets%' OR table IN ('dim_events', 'meta_job_runs')) ORDER BY table, name`,
  );
  const found: Record<string, string[]> = {};
  for (const { table, name, type } of rows) found[table] = [...(found[table] ?? []), `${name} ${type}`];
  return found;
}

const files = readdirSync(FOLDER).map((name) => name.replace('.sql', ''));

test('there is a file for each table that a run writes, and no other', () => {
  expect(files).toEqual(
    Object.values(tablesIn('d'))
      .map(({ table }) => table)
      .sort(),
  );
});

describe('the newest engine and the oldest server make the same tables', () => {
  let engine: TestEngine;
  let server: OldServer | undefined;
  let old: Target | undefined;
  beforeAll(async () => {
    engine = await startEngine();
    if (mustSkipServer()) return;
    server = (await startOldServer()).server;
    if (server) old = await openTarget(server.config(), probeHooks());
  });
  afterAll(async () => {
    await engine?.close();
    await old?.close();
    await server?.stop();
  });

  test('the newest creates every table, and every column that a run writes is there', async () => {
    expect((await createOn(engine.target)).sort()).toEqual(files);
    const columns = await columnsOf(engine.target);
    const tables = tablesIn('default');
    for (const [key, names] of Object.entries(COLUMNS)) {
      const table = tables[key as StagingKey].table;
      const there = columns[table]?.map((column) => column.split(' ')[0]);
      expect(
        names.filter((name) => !there?.includes(name)),
        table,
      ).toEqual([]);
    }
  });

  test('18.16 creates them, with LowCardinality allowed, and with the same columns', async () => {
    if (!old) return;
    expect((await createOn(old)).sort()).toEqual(files);
    expect(await columnsOf(old)).toEqual(await columnsOf(engine.target));
  });
});

test('a statement that would replace or drop something is never run', () => {
  const text = `
    DROP TABLE a; CREATE OR REPLACE TABLE b (x Int8) ENGINE = Memory; ALTER TABLE c ADD COLUMN y Int8;
    CREATE TABLE d (x Int8) ENGINE = Memory; CREATE VIEW other.e AS SELECT 1; INSERT INTO d VALUES (1);
    TRUNCATE TABLE d; CREATE TEMPORARY TABLE f (x Int8); ATTACH TABLE g (x Int8) ENGINE = Memory`;
  const { wanted, passed } = wantedBy([{ source: 'x.sql', text }], 'db');
  expect(wanted.map(({ statement }) => statement)).toEqual([
    'CREATE TABLE IF NOT EXISTS `db`.`d` (x Int8) ENGINE = Memory',
    'CREATE VIEW IF NOT EXISTS `other`.`e` AS SELECT 1',
  ]);
  expect(passed).toHaveLength(7);
});
