import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import manualInsert from '../../checks/manual-insert.ts';
import { emptyInsert } from '../../src/evidence/empty-insert.ts';
import { createScratch } from '../../src/evidence/scratch.ts';
import { startEngine, type TestEngine } from '../helpers/engine.ts';
import { collectWith, noTools, resultOf } from './collect-with.ts';
import { say } from './say.ts';

type Facts = Parameters<typeof manualInsert.judge>[0];
type Step = Facts['ladders'][number]['steps'][number];

const facts = (steps: Step[], change: Partial<Facts['ladders'][number]> = {}): Facts => ({
  ladders: [
    { table: 'shop.orders', engine: 'MergeTree', steps, columns_tried: ['id', 'day'], columns_left: [], ...change },
  ],
  absent: [],
});

const empty: Step = { step: 'empty insert', status: 'ok', message: 'accepted' };
const row: Step = { step: 'test row', status: 'ok', message: 'read back' };

describe('manual-insert judges', () => {
  test('a row that came back passes, and columns that were not tried are named', () => {
    const left = [{ column: 'agg', reason: 'an aggregate state' }];
    const verdict = say(manualInsert, facts([empty, row], { columns_left: left }));
    expect(verdict).toMatchObject({
      status: 'pass',
      message: '2 columns of 1 table stored and read back, 1 column not tried',
    });
    expect(verdict.because.map((line) => line.text)).toContain('shop.orders.agg was not tried: an aggregate state');
  });

  test('a refused insert of no rows fails with the server’s words', () => {
    const refused: Step = {
      step: 'empty insert',
      status: 'failed',
      message: 'No such column zz',
      error: { failure: 'server', code: 16, message: 'No such column zz' },
    };
    expect(say(manualInsert, facts([refused, row]))).toMatchObject({
      status: 'fail',
      message: 'shop.orders: No such column zz',
    });
  });

  test('a lacking grant for the clone is a skip that prints it', () => {
    const skipped: Step = {
      step: 'test row',
      status: 'skipped',
      message: 'may create neither',
      remedy: 'GRANT CREATE TEMPORARY TABLE ON *.* TO `x`',
    };
    expect(say(manualInsert, facts([empty, skipped], { columns_tried: [] }))).toMatchObject({
      status: 'skip',
      remedies: ['GRANT CREATE TEMPORARY TABLE ON *.* TO `x`'],
    });
  });

  test('a table that is not there is a skip, not a pass', () => {
    expect(say(manualInsert, { ladders: [], absent: ['shop.orders'] }).status).toBe('skip');
  });
});

describe('manual-insert on the embedded engine', () => {
  let engine: TestEngine;
  const folder = mkdtempSync(join(tmpdir(), 'chwitness-manual-'));
  beforeAll(async () => {
    engine = await startEngine();
    await engine.target.command('CREATE DATABASE shop');
    await engine.target.command('CREATE TABLE shop.orders (id UInt64, day Date) ENGINE = MergeTree ORDER BY id');
    await engine.target.command('CREATE TABLE shop.days (day Date) ENGINE = MergeTree ORDER BY day');
    await engine.target.command('CREATE MATERIALIZED VIEW shop.mv TO shop.days AS SELECT day FROM shop.orders');
  });
  afterAll(async () => {
    await engine?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('runs as a check, and no table has a row more', async () => {
    const tools = { ...noTools, emptyInsert, scratch: createScratch({ id: 't', ledger: join(folder, 'l.jsonl') }) };
    const tables = [
      { database: 'shop', table: 'orders' },
      { database: 'shop', table: 'mv' },
    ];
    const { results } = await collectWith(engine.target, [manualInsert], { tables, tools });
    expect(resultOf(results, 'manual-insert')).toMatchObject({
      status: 'pass',
      message: '3 columns of 2 tables stored and read back',
    });
    const left = await engine.target.all(
      "SELECT name, total_rows FROM system.tables WHERE database = 'shop' AND engine = 'MergeTree' ORDER BY name",
    );
    expect(left).toEqual([
      { name: 'days', total_rows: '0' },
      { name: 'orders', total_rows: '0' },
    ]);
  });
});
