import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import clockOffset from '../../checks/clock-offset.ts';
import diskHeadroom from '../../checks/disk-headroom.ts';
import freshness from '../../checks/freshness.ts';
import jobRuns from '../../checks/job-runs.ts';
import partsPressure from '../../checks/parts-pressure.ts';
import rowCounts from '../../checks/row-counts.ts';
import serverErrors from '../../checks/server-errors.ts';
import serverSettings from '../../checks/server-settings.ts';
import serverVersion from '../../checks/server-version.ts';
import stuckMutations from '../../checks/stuck-mutations.ts';
import targetReachable from '../../checks/target-reachable.ts';
import { openTarget } from '../../src/engine/http.ts';
import type { Target } from '../../src/engine/target.ts';
import { startEngine, type TestEngine } from '../helpers/engine.ts';
import { type OldServer, oldServerMissing, startOldServer } from '../helpers/old-server.ts';
import { probeHooks } from '../helpers/target-hooks.ts';
import { collectWith, resultOf } from './collect-with.ts';

const CHECKS = [
  targetReachable,
  serverVersion,
  clockOffset,
  diskHeadroom,
  partsPressure,
  stuckMutations,
  serverSettings,
  serverErrors,
  rowCounts,
  freshness,
  jobRuns,
];
const sales = { database: 'shop', table: 'sales' };
const prices = { database: 'shop', table: 'prices' };
const configs = { 'job-runs': { options: { table: 'shop.runs', job: 'nightly' } } };

async function furnish(target: Target) {
  for (const statement of [
    'CREATE DATABASE shop',
    'CREATE TABLE shop.sales (day Date, sold_at DateTime, n UInt32) ENGINE = MergeTree PARTITION BY day ORDER BY sold_at',
    'CREATE TABLE shop.prices (id UInt32, v UInt64) ENGINE = ReplacingMergeTree(v) ORDER BY id',
    'CREATE TABLE shop.runs (job String, status String, started_at DateTime, finished_at DateTime, rows_processed UInt64, message String) ENGINE = MergeTree ORDER BY started_at',
    "INSERT INTO shop.sales SELECT toDate('2025-01-01') + number % 2, toDateTime('2025-01-02 03:04:05', 'UTC'), number FROM (SELECT number FROM system.numbers LIMIT 10)",
    'INSERT INTO shop.prices SELECT number % 3, number FROM (SELECT number FROM system.numbers LIMIT 3)',
    'INSERT INTO shop.prices SELECT number % 3, number + 3 FROM (SELECT number FROM system.numbers LIMIT 3)',
    "INSERT INTO shop.runs SELECT 'nightly', 'ok', now(), now(), 10, ''",
  ])
    await target.command(statement);
}

describe('on the embedded engine', () => {
  let engine: TestEngine;
  beforeAll(async () => {
    engine = await startEngine();
    await furnish(engine.target);
  });
  afterAll(() => engine?.close());

  test('every check gets its facts and a verdict', async () => {
    const { collected, results, files } = await collectWith(engine.target, CHECKS, {
      tables: [sales, prices],
      configs,
    });
    expect(
      collected.map(({ id, outcome }) => [id, outcome.status, 'message' in outcome ? outcome.message : '']),
    ).toEqual(CHECKS.map((check) => [check.id, 'collected', '']));
    expect(results.filter((one) => one.status === 'error')).toEqual([]);
    expect(files.map((file) => file.path)).toContain('data/facts/before/row-counts.json');
    expect(resultOf(results, 'row-counts').message).toBe('shop.sales: 10 rows, shop.prices: 6 rows');
    expect(resultOf(results, 'row-counts').because.map((line) => line.text)).toEqual([
      'shop.sales by partition: 2025-01-01 5, 2025-01-02 5',
    ]);
    expect(resultOf(results, 'freshness').message).toMatch(/^shop\.sales\.sold_at: newest 2025-01-02 03:04:05 UTC/);
    expect(resultOf(results, 'job-runs').status).toBe('pass');
    expect(resultOf(results, 'stuck-mutations').message).toBe('no unfinished mutation');
    expect(resultOf(results, 'parts-pressure').message).toMatch(/\d active parts? \(/);
    expect(resultOf(results, 'target-reachable').status).toBe('pass');
  });

  test('FINAL is counted beside the rows of a replacing table', async () => {
    const { facts } = await collectWith(engine.target, [rowCounts], { tables: [prices] });
    expect(facts.get('row-counts')).toMatchObject({ tables: [{ table: 'shop.prices', rows: '6', rows_final: '3' }] });
  });

  test('a counter that moved is told with its code and message', async () => {
    const before = await collectWith(engine.target, [serverErrors]);
    await expect(engine.target.all('SELECT * FROM shop.nothing_there')).rejects.toThrow();
    const after = await collectWith(engine.target, [serverErrors], { phase: 'after', before: before.facts });
    const [result] = after.results;
    expect(result?.because.map((line) => line.text).join('\n')).toMatch(/^UNKNOWN_TABLE \(60\) \+\d+/m);
  });

  test('limits of the table itself go before those of the server', async () => {
    await engine.target.command(
      'CREATE TABLE shop.tight (n UInt8) ENGINE = MergeTree ORDER BY n SETTINGS parts_to_delay_insert = 2, parts_to_throw_insert = 9',
    );
    for (const n of [1, 2]) await engine.target.command(`INSERT INTO shop.tight SELECT ${n}`);
    const { results } = await collectWith(engine.target, [partsPressure], {
      tables: [{ database: 'shop', table: 'tight' }],
    });
    expect(results[0]).toMatchObject({ status: 'warn', message: expect.stringContaining('inserts are slowed down') });
  });

  test('a mutation that cannot finish is named with its reason and the statement that gives it up', async () => {
    await engine.target.command('CREATE TABLE shop.words (w String) ENGINE = MergeTree ORDER BY tuple()');
    await engine.target.command("INSERT INTO shop.words SELECT 'not a number'");
    await engine.target.command('ALTER TABLE shop.words UPDATE w = toString(toUInt8(w)) WHERE 1', {
      settings: { mutations_sync: 0 },
    });
    let message = '';
    for (let attempt = 0; attempt < 40 && !message.includes('cannot finish'); attempt += 1) {
      const { results } = await collectWith(engine.target, [stuckMutations], {
        tables: [{ database: 'shop', table: 'words' }],
      });
      message = results[0]?.message ?? '';
      if (message.includes('cannot finish')) expect(results[0]?.remedies[0]).toContain('KILL MUTATION WHERE');
      else await new Promise((resolve) => setTimeout(resolve, 250));
    }
    expect(message).toMatch(/^1 mutation cannot finish: /);
    await engine.target.command("KILL MUTATION WHERE database = 'shop' AND table = 'words'");
  });
});

describe('on a server of 2018', () => {
  const missing = oldServerMissing();
  if (missing !== undefined) {
    test.runIf(process.env.CI !== undefined)('the old server is there', () => expect.fail(missing));
    return;
  }
  let server: OldServer | undefined;
  let target: Target;
  beforeAll(async () => {
    const started = await startOldServer();
    if (!started.server) throw new Error(started.reason);
    server = started.server;
    target = await openTarget(server.config(), probeHooks());
    await furnish(target);
  });
  afterAll(async () => {
    await target?.close();
    await server?.stop();
  });

  test('what it has is asked, what it lacks is skipped with the reason', async () => {
    const { collected, results } = await collectWith(target, CHECKS, { tables: [sales, prices], configs });
    const bad = collected.filter(({ outcome }) => outcome.status !== 'collected' && outcome.status !== 'unmet');
    expect(bad).toEqual([]);
    const skipped = results.filter((one) => one.status === 'skip').map((one) => one.id);
    expect(skipped).toEqual(['disk-headroom', 'server-errors']);
    // No GRANT mends what a version does not have.
    expect(resultOf(results, 'server-errors')).toMatchObject({
      message: expect.stringContaining('does not have system.errors'),
      remedies: [],
    });
    expect(resultOf(results, 'disk-headroom').message).toBe('ClickHouse 18.16.1 does not have system.disks (yet)');
    expect(resultOf(results, 'row-counts').message).toBe('shop.sales: 10 rows, shop.prices: 6 rows');
    expect(resultOf(results, 'freshness').message).toMatch(
      /^shop\.sales\.sold_at: newest 2025-01-02 03:04:05 UTC \(2025-01-02 06:04:05 Europe\/Moscow\)/,
    );
    expect(resultOf(results, 'server-version').status).toBe('warn');
    expect(resultOf(results, 'job-runs').status).toBe('pass');
  });

  test('a user who may only read gets the same answers', async () => {
    if (!server) throw new Error('no server');
    const reader = await openTarget(server.config({ user: 'reader' }), probeHooks());
    try {
      const { results } = await collectWith(reader, [rowCounts, serverSettings], { tables: [sales] });
      expect(resultOf(results, 'row-counts').message).toBe('shop.sales: 10 rows');
      expect(resultOf(results, 'server-settings')).toMatchObject({
        status: 'warn',
        message: expect.stringContaining('readonly = 1'),
      });
    } finally {
      await reader.close();
    }
  });
});

test('an address where nobody answers fails one check and skips the others with that reason', async () => {
  const target = await openTarget(
    {
      kind: 'server',
      url: 'http://127.0.0.1:1',
      database: 'default',
      user: 'default',
      password: '',
      connectTimeoutMs: 2000,
      requestTimeoutMs: 2000,
      settings: {},
      origin: 'test',
    },
    probeHooks(),
  );
  try {
    const { results } = await collectWith(target, [targetReachable, rowCounts, serverVersion], { tables: [sales] });
    expect(results.map((one) => one.status)).toEqual(['fail', 'skip', 'skip']);
    expect(resultOf(results, 'target-reachable').because[0]?.text).toMatch(/refused$/);
    expect(resultOf(results, 'row-counts').message).toMatch(/^the target does not answer: /);
  } finally {
    await target.close();
  }
});
