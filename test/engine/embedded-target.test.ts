import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { capabilities as capabilitiesSchema } from '../../src/model/target.ts';
import { startEngine, type TestEngine } from '../helpers/engine.ts';
import { failureOf } from '../helpers/target-hooks.ts';

/** The engine's process id: the one child of this process that runs it. */
function engineProcess(): number {
  const list = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' });
  const line = list
    .split('\n')
    .find((text) => text.includes('child-main') && text.split(/\s+/).includes(`${process.pid}`));
  return Number(line?.trim().split(/\s+/)[0]);
}

const TYPES = `
  id UInt64, big Int256, paid Decimal(38, 6), name LowCardinality(String), note Nullable(String),
  at DateTime64(6, 'Europe/Moscow'), tags Array(UInt64), pair Tuple(a Int64, b Float64), map Map(String, UInt64)`;

describe('the embedded engine, spoken to as any server', () => {
  let engine: TestEngine;
  beforeAll(async () => {
    engine = await startEngine();
    await engine.target.command(`CREATE TABLE kinds (${TYPES}) ENGINE = MergeTree ORDER BY id`);
  });
  afterAll(() => engine?.close());

  test('its capabilities are those of a modern server', async () => {
    const found = capabilitiesSchema.parse(await engine.target.capabilities());
    expect(found.major).toBeGreaterThanOrEqual(25);
    expect(found).toMatchObject({ accepts_settings: true, binds_parameters: true });
    expect(Math.abs(found.clock_offset_ms)).toBeLessThan(found.clock_uncertainty_ms + 50);
    expect(found.system.columns).toContain('default_kind');
    expect(found.grants?.join('\n')).toContain('GRANT');
  });

  test('64-bit and wider integers and decimals come back as the strings that went in', async () => {
    const row = {
      id: '18446744073709551615',
      big: '-57896044618658097711785492504343953926634992332820282019728792003956564819968',
      paid: '12345678901234567890.123456',
      name: 'Заказ',
      note: null,
      at: '2025-10-29 12:10:20.123456',
      tags: ['9007199254740993'],
      pair: { a: '-9223372036854775808', b: 1.5 },
      map: { k: '9007199254740993' },
    };
    const body = Buffer.from(`${JSON.stringify(row)}\n`);
    const answer = await engine.target.insert({ database: 'default', table: 'kinds' }, 'JSONEachRow', body, {
      rows: 1,
    });
    expect(answer.query_id).toMatch(/^chwitness-testrun1-\d+$/);
    expect(answer.summary?.written_rows).toBe(1);
    expect(await engine.target.all('SELECT * FROM kinds')).toEqual([row]);
    expect(engine.hooks.records.at(-2)).toMatchObject({ kind: 'insert', rows: 1, bytes: body.length, outcome: 'ok' });
  });

  test('values are bound by the engine itself', async () => {
    const params = { text: "it's \\ \n\t☃", n: 18446744073709551615n, list: ["o'clock", 'b'], none: [], flag: true };
    const sql =
      'SELECT {text:String} AS text, {n:UInt64} AS n, {list:Array(String)} AS list, {none:Array(String)} AS none, {flag:Bool} AS flag';
    expect(await engine.target.all(sql, { params })).toEqual([{ ...params, n: '18446744073709551615' }]);
  });

  test('its errors carry code, name and the whole text', async () => {
    const error = await failureOf(engine.target.all('SELECT * FROM nope'));
    expect(error).toMatchObject({ failure: 'server', code: 60, codeName: 'UNKNOWN_TABLE' });
    expect(error.serverText).toContain('DB::Exception');
    const bad = engine.target.insert(
      { database: 'default', table: 'kinds' },
      'JSONEachRow',
      Buffer.from('{"id":"x"}\n'),
    );
    expect(await failureOf(bad)).toMatchObject({ failure: 'server', code: expect.any(Number) });
  });

  test('an exception after the answer had begun is thrown', async () => {
    const sql = 'SELECT number, throwIf(number = 3000000) FROM numbers(4000000)';
    const read = async () => {
      for await (const _ of engine.target.rows(sql));
    };
    expect(await failureOf(read())).toMatchObject({ failure: 'server', code: 395 });
  });

  test('a statement that takes too long is given up, and the next one is answered', async () => {
    const slow = engine.target.all('SELECT sum(sleepEachRow(0.1)) FROM numbers(30) SETTINGS max_block_size = 1', {
      timeoutMs: 300,
    });
    expect(await failureOf(slow)).toMatchObject({ failure: 'timeout' });
    expect(await engine.target.all('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});

test('settings of the configuration go with each statement', async () => {
  const engine = await startEngine({ settings: { max_block_size: '4242' } });
  try {
    expect(await engine.target.all(`SELECT getSetting('max_block_size') AS size`)).toEqual([{ size: 4242 }]);
  } finally {
    await engine.close();
  }
});

test('an engine that is killed says so, and closing it afterwards is harmless', async () => {
  const engine = await startEngine();
  try {
    await engine.target.all('SELECT 1');
    const running = failureOf(engine.target.all('SELECT sleep(3)'));
    await new Promise((resolve) => setTimeout(resolve, 300));
    process.kill(engineProcess(), 'SIGKILL');
    const during = await running;
    expect(during).toMatchObject({ failure: 'engine-died' });
    expect(during.message).toContain('SIGKILL');
    expect(await failureOf(engine.target.all('SELECT 1'))).toMatchObject({ failure: 'engine-died' });
  } finally {
    await engine.close();
  }
});
