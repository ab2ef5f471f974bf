import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Target } from '../../src/engine/target.ts';
import { createControl } from '../../src/evidence/control.ts';
import { emptyInsert } from '../../src/evidence/empty-insert.ts';
import { createScratch } from '../../src/evidence/scratch.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { shortId } from '../../src/kernel/names.ts';
import { packageRoot } from '../../src/kernel/package.ts';
import type { Check } from '../../src/model/check.ts';
import { CLUSTER_TABLES, SYSTEM_TABLES } from '../../src/model/privileges.ts';
import type { CheckResult, RunJson } from '../../src/model/run.ts';
import { sqlLibrary } from '../../src/registry/sql-file.ts';
import { collectWith, noTools } from '../checks/collect-with.ts';
import { openPlace, type Place } from '../helpers/cli.ts';
import { type Granted, type GrantedPlace, grantedPlace } from '../helpers/granted-engine.ts';

/** What a check that lacks a privilege says. */
const LACKS = /is not visible to|not granted|Not enough privileges/;
const granted = ({ remedies }: CheckResult) => remedies.filter((line) => line.startsWith('GRANT '));

test('every system table that a statement or a check needs is among the privileges that are printed', () => {
  const below = (folder: string) =>
    readdirSync(join(packageRoot, folder)).map((name) => readFileSync(join(packageRoot, folder, name), 'utf8'));
  const read = below('sql/evidence').flatMap((text) => [
    ...text.matchAll(/(?:\bFROM|\bJOIN|^-- needs:.*?)\s+system\.(\w+)/gm),
  ]);
  const wanted = below('checks').flatMap((text) => [...text.matchAll(/'system\.(\w+)'/g)]);
  const needed = new Set([...read, ...wanted].map((found) => found[1] ?? ''));
  expect(needed.size).toBeGreaterThan(8);
  expect([...needed].filter((table) => !(table in SYSTEM_TABLES) && !(table in CLUSTER_TABLES))).toEqual([]);
});

describe('on the embedded engine', () => {
  let place: Place;
  let data: GrantedPlace;
  beforeAll(async () => {
    [place, data] = await Promise.all([
      openPlace(),
      grantedPlace(async (target) => {
        await target.command('CREATE DATABASE shop');
        await target.command(
          'CREATE TABLE shop.orders (id UInt64, day Date, name String) ENGINE = MergeTree PARTITION BY day ORDER BY id',
        );
        await target.command("INSERT INTO shop.orders SELECT 1, '2026-01-01', 'a'");
        await target.command(
          'CREATE TABLE shop.runs (job String, status String, started_at DateTime, finished_at DateTime, rows_processed UInt64, message String) ENGINE = MergeTree ORDER BY started_at',
        );
        await target.command("INSERT INTO shop.runs SELECT 'orders', 'ok', now(), now(), 1, ''");
      }),
    ]);
    place.file('chwitness.yaml', 'job_runs: { table: shop.runs, job: orders }\n');
  });
  afterAll(async () => {
    await place?.close();
    data?.close();
  });

  async function printed(args: readonly string[]): Promise<string[]> {
    const { code, stdout } = await place.run([
      'grants',
      '--json',
      '--user',
      'default',
      '--table',
      'shop.orders',
      ...args,
    ]);
    expect(code).toBe(0);
    const { statements }: { statements: { sql: string; why: string }[] } = JSON.parse(stdout);
    expect(statements.every(({ why }) => why !== '')).toBe(true);
    // The role itself: the engine reads privileges from its configuration, where they need none.
    return statements.map(({ sql }) => sql).filter((sql) => / ON /.test(sql));
  }

  async function run(engine: Granted, args: readonly string[]): Promise<RunJson> {
    const flags = ['--url', engine.url, '--user', engine.user, '--database', 'shop', '--table', 'orders'];
    const ran = await place.run([...args, ...flags], { env: { CLICKHOUSE_PASSWORD: engine.password } });
    if (!ran.run) throw new Error(ran.stderr);
    return ran.run;
  }

  /** One check in this process, without a run around it. */
  async function alone(target: Target, id: string): Promise<CheckResult | undefined> {
    const { default: check }: { default: Check } = await import(`../../checks/${id}.ts`);
    const control = createControl({ target, runId: shortId(), statements: sqlLibrary(), clock: systemClock });
    const tables = [{ database: 'shop', table: 'orders' }];
    const scratch = createScratch({ id: shortId(), ledger: join(place.tmp, 'ledger') });
    const tools = { ...noTools, emptyInsert, scratch };
    return (await collectWith(target, [check], { tables, phase: 'after', control, tools })).results[0];
  }

  test('with what is printed for a load, nothing is skipped for want of a privilege, and the load loads', async () => {
    const grants = await printed(['--for', 'load']);
    expect(grants.length).toBeGreaterThan(10);
    await data.as(grants, async (engine) => {
      const file = place.file('rows.ndjson', '{"id":2,"day":"2026-01-02","name":"b"}\n');
      for (const args of [['preflight'], ['load', file], ['collect', '--since', '1h', '--bundle', 'insert-failure']]) {
        const { checks, ingestion } = await run(engine, args);
        expect(checks.filter((one) => granted(one).length > 0 || LACKS.test(one.message))).toEqual([]);
        expect(checks.filter((one) => one.status === 'fail' || one.status === 'error')).toEqual([]);
        if (args[0] === 'load') expect(ingestion).toMatchObject({ status: 'ok', rows_written: 1 });
      }
    });
  });

  test('with what is printed for a witness, everything is seen and nothing can be written', async () => {
    const grants = await printed(['--for', 'witness']);
    expect(grants.filter((line) => /INSERT|CREATE|ALTER|DROP/.test(line))).toEqual([]);
    await data.as(grants, async (engine) => {
      const { checks } = await run(engine, ['collect', '--since', '1h']);
      const lacking = checks.filter((one) => granted(one).length > 0 || LACKS.test(one.message));
      // Whether it may insert is their question, and it may not.
      expect(lacking.map((one) => one.id).filter((id) => !['insert-privileges', 'manual-insert'].includes(id))).toEqual(
        [],
      );
      await expect(engine.target.command('INSERT INTO shop.orders SELECT 1, today(), 1')).rejects.toThrow(/privileges/);
    });
  });

  test('a user with a row policy is told what it sees, and that others may see more', async () => {
    const grants = await printed(['--for', 'load']);
    const use = async (engine: Granted) => {
      const file = place.file('hidden.ndjson', '{"id":7,"day":"2026-01-02","name":"hidden"}\n');
      const { checks, ingestion } = await run(engine, ['load', file]);
      expect(ingestion).toMatchObject({ status: 'ok', rows_written: 1 });
      const counts = checks.find((one) => one.id === 'row-counts' && one.phase === 'after');
      expect(counts?.message).toMatch(/1 row fewer than were sent/);
      expect(counts?.remedies.join()).toContain('A row policy may hide rows from this user');
    };
    await data.as(grants, use, { 'shop.orders': 'id < 5' });
  });

  test('without them no check crashes, and each GRANT that a skipped check prints makes it run', async () => {
    const least = ['GRANT SELECT, INSERT ON shop.orders'];
    const before = await data.as(least, (engine) => run(engine, ['collect', '--since', '1h']));
    expect(before.checks.filter((one) => one.status === 'error' || one.status === 'timeout')).toEqual([]);
    const skipped = before.checks.filter((one) => one.status === 'skip' && granted(one).length > 0);
    expect(skipped.map((one) => one.id)).toEqual(
      expect.arrayContaining([
        'query-log',
        'text-log',
        'server-errors',
        'disk-headroom',
        'parts-pressure',
        'stuck-mutations',
      ]),
    );
    expect(before.checks.find((one) => one.id === 'query-log')).toMatchObject({
      message: expect.stringContaining('SELECT on system.query_log is not granted to default'),
    });
    for (const check of skipped) {
      // With it nobody has to wait for the logs' own interval.
      const held = [...least, 'GRANT SYSTEM FLUSH LOGS ON *.*'];
      let now: CheckResult | undefined = check;
      // One privilege may uncover the want of the next.
      for (let round = 0; round < 4 && now?.status === 'skip' && granted(now).length > 0; round += 1) {
        held.push(...granted(now).filter((line) => !held.includes(line)));
        now = await data.as(held, ({ target }) => alone(target, check.id));
      }
      // It may have nothing to say, but no longer for want of a privilege.
      expect(now).toBeDefined();
      if (now?.status === 'skip') expect(granted(now)).toEqual([]);
      expect([check.id, now?.status, now?.message]).toEqual([
        check.id,
        expect.stringMatching(/^(pass|warn|fail|skip)$/),
        expect.not.stringMatching(LACKS),
      ]);
    }
  });
});

test('servers older than grants get the nearest that users.xml has', async () => {
  const place = await openPlace();
  try {
    const args = ['grants', '--server-version', '18.16', '--user', 'watcher', '--table', 'shop.orders'];
    const { stdout, code } = await place.run([...args, '--for', 'witness']);
    expect(code).toBe(0);
    expect(stdout).toContain('<readonly>2</readonly>');
    expect(stdout).toContain(
      '<allow_databases><database>shop</database><database>default</database></allow_databases>',
    );
    expect((await place.run([...args.slice(0, 2), 'new', ...args.slice(3)])).code).toBe(2);
  } finally {
    await place.close();
  }
});
