import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import sourceAnswers from '../../checks/source-answers.ts';
import { schemaFiles } from '../../src/evidence/schema-files.ts';
import { packageRoot } from '../../src/kernel/package.ts';
import { createAll, wantedBy } from '../../src/load/create-missing.ts';
import { tablesIn } from '../../src/load/qtickets/tables.ts';
import type { ApiSource } from '../../src/model/api-source.ts';
import { sqlCheck } from '../../src/registry/sql-check.ts';
import { sqlLibrary } from '../../src/registry/sql-file.ts';
import { startEngine, type TestEngine } from '../helpers/engine.ts';
import { collectWith } from './collect-with.ts';
import { say } from './say.ts';

const FOLDER = join(packageRoot, 'checks');
const FILES = readdirSync(FOLDER).filter((name) => /^qtickets-.*\.sql$/.test(name));
const tables = tablesIn('default');
let engine: TestEngine;

beforeAll(async () => {
  engine = await startEngine();
  const { wanted } = wantedBy(await schemaFiles(join(packageRoot, 'sql', 'schema', 'qtickets')), 'default');
  await createAll(engine.target, wanted, new AbortController().signal, () => undefined);
});
afterAll(() => engine?.close());
beforeEach(async () => {
  for (const { table } of Object.values(tables)) await engine.target.command(`TRUNCATE TABLE ${table}`);
});

async function verdict(id: string, asked = Object.values(tables)) {
  const path = join(FOLDER, `${id}.sql`);
  const { check, statements } = sqlCheck(id, readFileSync(path, 'utf8'), path);
  const { results } = await collectWith(engine.target, [check], {
    phase: 'after',
    tables: asked,
    statements: sqlLibrary(statements),
  });
  return results[0];
}

const order = (id: string, change: Record<string, string> = {}) => {
  const row: Record<string, string> = {
    order_id: `'${id}'`,
    event_id: "'77'",
    utm_source: "'vk'",
    sale_ts: 'now() - 3600',
    tickets_sold: '1',
    revenue: '1500',
    _ver: '1',
    _dedup_key: `hex(MD5('${id}'))`,
    ...change,
  };
  const columns = Object.keys(row).join(', ');
  const values = Object.values(row).join(', ');
  return engine.target.command(`INSERT INTO stg_qtickets_api_orders_raw (${columns}) SELECT ${values}`);
};
const facts = (tickets: number) =>
  engine.target.command(
    `INSERT INTO fact_qtickets_sales_daily (sales_date, event_id, tickets_sold, _ver) SELECT toDate(now() - 3600, 'Europe/Moscow'), '77', ${tickets}, 1`,
  );

/** What makes each check fail, and what it then is. */
const BAD: Record<string, [as: 'fail' | 'warn', ...ways: (() => Promise<unknown>)[]]> = {
  'qtickets-amounts': ['fail', () => order('1', { revenue: '-0.01' })],
  'qtickets-duplicates': [
    'fail',
    async () => {
      await order('1');
      await order('1', { revenue: '1400', _dedup_key: "hex(MD5('1::1400'))" });
    },
  ],
  'qtickets-freshness': ['warn', () => order('1', { sale_ts: 'now() - 72 * 3600' })],
  'qtickets-utm': ['warn', () => order('1', { utm_source: "''" })],
  'qtickets-dashboards': [
    'fail',
    () => order('1'),
    async () => {
      await order('1');
      await facts(1);
      await engine.target.command(
        "INSERT INTO fact_qtickets_sales_daily (sales_date, event_id, city, tickets_sold, _ver) SELECT toDate(now() - 3600, 'Europe/Moscow'), '77', 'again', 1, 1",
      );
    },
    () =>
      engine.target.command(
        "INSERT INTO stg_qtickets_api_inventory_raw (snapshot_ts, event_id, _ver, _dedup_key) SELECT now(), '77', 1, hex(MD5('x'))",
      ),
  ],
};

test('each of them has a way to fail here, and names its tables', () => {
  expect(FILES.map((name) => name.replace('.sql', ''))).toEqual(Object.keys(BAD).sort());
  const names = Object.values(tables).map(({ table }) => table);
  for (const name of FILES) {
    const header = /^-- tables: (.+)$/m.exec(readFileSync(join(FOLDER, name), 'utf8'))?.[1] ?? '';
    expect(
      header.split(/[\s,]+/).filter((table) => !names.includes(table)),
      name,
    ).toEqual([]);
  }
});

describe.each(Object.entries(BAD))('%s', (id, [as, ...ways]) => {
  test('passes on what is good', async () => {
    await order('1');
    await facts(1);
    expect(await verdict(id)).toMatchObject({ status: 'pass' });
  });

  test.each(ways.map((make, index) => ({ make, way: index + 1 })))(
    'does not on what is bad, way $way',
    async ({ make }) => {
      await make();
      expect(await verdict(id)).toMatchObject({ status: as });
    },
  );

  test('is skipped where its table is not in question', async () => {
    expect(await verdict(id, [tables.jobRuns])).toMatchObject({ status: 'skip' });
  });
});

describe('source-answers', () => {
  const api: ApiSource = {
    name: 'qtickets',
    dry_run: false,
    window: { from: '2026-01-01T00:00:00.000Z', to: '2026-01-02T00:00:00.000Z', hours: 24, backfill: false },
    requests: 3,
    retries: 0,
    records: { orders: 5 },
    left_out: {},
    drift: [],
    rejected: [],
    skipped: [],
    notes: [],
    job_run: {
      outcome: 'written',
      caught_up: 0,
      row: {
        job: 'j',
        run_id: 'r',
        started_at: 0,
        finished_at: 1,
        status: 'ok',
        rows_processed: 5,
        message: '',
        metrics: '',
      },
    },
  };

  test('passes where all was as documented, also where something was left out on purpose', () => {
    expect(say(sourceAnswers, { api }).status).toBe('pass');
    const skipped: ApiSource['skipped'] = [{ resource: 'clients', reason: 'http_403' }];
    expect(say(sourceAnswers, { api: { ...api, skipped } }).status).toBe('pass');
  });

  test('warns of drift and fails on rejected records, with place and count', () => {
    const drift: ApiSource['drift'] = [
      {
        resource: '/orders',
        kind: 'type',
        path: 'price',
        expected: 'number',
        found: 'a text',
        count: 2,
        example: 'page 1, data[0].price',
      },
    ];
    const warned = say(sourceAnswers, { api: { ...api, drift } });
    expect(warned).toMatchObject({ status: 'warn' });
    expect(JSON.stringify(warned)).toContain('2 times, first at page 1, data[0].price');
    const rejected = [{ resource: '/orders', reason: 'no time', count: 1, examples: ['id 7'] }];
    const failed = say(sourceAnswers, { api: { ...api, rejected, drift } });
    expect(failed).toMatchObject({ status: 'fail' });
    expect(JSON.stringify(failed)).toContain('1 record rejected, no time (id 7)');
  });

  test('is skipped where rows came from no API', () => {
    expect(say(sourceAnswers, {}).status).toBe('skip');
  });
});
