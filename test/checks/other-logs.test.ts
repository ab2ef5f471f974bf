import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import queues from '../../checks/background-queues.ts';
import changed from '../../checks/changed-settings.ts';
import check from '../../checks/other-logs.ts';
import { openTarget } from '../../src/engine/http.ts';
import type { Target } from '../../src/engine/target.ts';
import { createControl } from '../../src/evidence/control.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { shortId } from '../../src/kernel/names.ts';
import type { Check } from '../../src/model/check.ts';
import type { CheckResult } from '../../src/model/run.ts';
import { sqlLibrary } from '../../src/registry/sql-file.ts';
import { ASYNC_INSERT_LOG, CRASH_LOG, PART_LOG, QUERY_VIEWS_LOG, SESSION_LOG } from '../fixtures/log-columns.ts';
import { startEngine, type TestEngine } from '../helpers/engine.ts';
import { type OldServer, oldServerMissing, startOldServer } from '../helpers/old-server.ts';
import { probeHooks } from '../helpers/target-hooks.ts';
import { collectWith, resultOf } from './collect-with.ts';

const sales = { database: 'shop', table: 'sales' };
const text = (result: CheckResult) => result.because.map((line) => line.text).join('\n');

async function look(target: Target, of: Check = check) {
  const control = createControl({ target, runId: shortId(), statements: sqlLibrary(), clock: systemClock });
  const found = await collectWith(target, [of], { tables: [sales], phase: 'after', control });
  return { result: resultOf(found.results, of.id), files: found.files.map((file) => file.path) };
}

describe('on logs in the documented shapes of versions between', () => {
  let engine: TestEngine;
  /** Makes a log of that shape with these rows, for one look. */
  async function withLog<T>(table: string, columns: string, rows: string, use: () => Promise<T>): Promise<T> {
    await engine.target.command(`CREATE TABLE system.${table} (${columns}) ENGINE = MergeTree ORDER BY event_time`);
    try {
      await engine.target.command(`INSERT INTO system.${table} ${rows}`);
      return await use();
    } finally {
      await engine.target.command(`DROP TABLE system.${table} SYNC`);
    }
  }
  /** What a target has is asked once: learns of the new log for one look. */
  async function fresh<T>(use: (target: Target) => Promise<T>): Promise<T> {
    const known = await engine.target.capabilities();
    const columns = await engine.target.all<{ table: string; names: string[] }>(
      "SELECT table, groupArray(name) AS names FROM system.columns WHERE database = 'system' GROUP BY table",
    );
    const before = { ...known.system };
    for (const { table, names } of columns) known.system[table] = names;
    try {
      return await use(engine.target);
    } finally {
      for (const table of Object.keys(known.system)) if (!(table in before)) delete known.system[table];
    }
  }
  beforeAll(async () => {
    engine = await startEngine();
    await engine.target.capabilities();
    await engine.target.command('CREATE DATABASE shop');
    await engine.target.command('CREATE TABLE shop.sales (n UInt8) ENGINE = MergeTree PARTITION BY n ORDER BY n');
  });
  afterAll(() => engine?.close());

  test.each(Object.entries(PART_LOG))(
    'part_log of %s: parts and rows of the tables in question, merges that failed',
    async (_, columns) => {
      const rows = `(event_type, event_date, event_time, database, table, part_name, rows, error, exception) SELECT * FROM (
      SELECT 'NewPart', today(), now(), 'shop', 'sales', 'p1', 7, 0, '' UNION ALL
      SELECT 'NewPart', today(), now(), 'shop', 'other', 'p1', 9, 0, '' UNION ALL
      SELECT 'MergeParts', today(), now(), 'shop', 'sales', 'p2', 0, 241, 'Code: 241. DB::Exception: Memory limit exceeded. Stack trace: 0. x')`;
      const { result, files } = await withLog('part_log', columns, rows, () => fresh((target) => look(target)));
      expect(result).toMatchObject({ status: 'warn', message: 'system.part_log: 1 of MergeParts of shop.sales' });
      expect(text(result)).toContain('NewPart of shop.sales ×1, 7 rows');
      expect(text(result)).toMatch(
        /MergeParts of shop\.sales ×1.*1 bad.*: Code: 241\. DB::Exception: Memory limit exceeded\.$/m,
      );
      expect(text(result)).not.toContain('shop.other');
      expect(files).toContain('data/artifacts/after/other-logs/part_log.jsonl');
    },
  );

  test.each(Object.entries(ASYNC_INSERT_LOG))(
    'asynchronous_insert_log of %s: what failed after the answer',
    async (_, columns) => {
      const rows = `(event_date, event_time, query_id, bytes, exception, status) SELECT * FROM (
      SELECT today(), now(), 'q1', 10, '', 'Ok' UNION ALL
      SELECT today(), now(), 'q2', 10, 'Code: 27. DB::Exception: Cannot parse', 'ParsingError')`;
      const { result } = await withLog('asynchronous_insert_log', columns, rows, () => fresh((target) => look(target)));
      expect(result).toMatchObject({
        status: 'warn',
        message: expect.stringMatching(/^system\.asynchronous_insert_log: 1 of ParsingError/),
      });
      expect(text(result)).toContain('Code: 27. DB::Exception: Cannot parse');
    },
  );

  test.each(Object.entries(QUERY_VIEWS_LOG))('query_views_log of %s: the view that failed', async (_, columns) => {
    const rows = `(event_date, event_time, initial_query_id, view_name, view_target, written_rows, exception_code, exception)
      SELECT today(), now(), 'q', 'shop.daily', 'shop.sums', 0, 60, 'Code: 60. DB::Exception: Table shop.sums does not exist'`;
    const { result } = await withLog('query_views_log', columns, rows, () => fresh((target) => look(target)));
    expect(result.message).toBe('system.query_views_log: 1 of shop.daily of shop.sums');
  });

  test.each(Object.entries(CRASH_LOG))('crash_log of %s: a crash fails', async (_, columns) => {
    const rows = "(event_date, event_time, signal, trace_full) SELECT today(), now(), 11, ['0. DB::parse', '1. main']";
    const { result } = await withLog('crash_log', columns, rows, () => fresh((target) => look(target)));
    expect(result).toMatchObject({ status: 'fail', message: 'system.crash_log: 1 of signal 11' });
  });

  test.each(Object.entries(SESSION_LOG))(
    'session_log of %s: only failed logins of this user count',
    async (_, columns) => {
      const rows = (user: string) =>
        `(type, event_date, event_time, user, failure_reason) SELECT 'LoginFailure', today(), now(), '${user}', 'Invalid credentials'`;
      const other = await withLog('session_log', columns, rows('stranger'), () => fresh((target) => look(target)));
      expect(other.result).toMatchObject({ status: 'pass', message: 'no failure in session_log' });
      const own = await withLog('session_log', columns, rows('default'), () => fresh((target) => look(target)));
      expect(own.result).toMatchObject({ status: 'warn', message: 'system.session_log: 1 of LoginFailure of default' });
    },
  );

  test('without any of them each says how it would come to be', async () => {
    const { result } = await look(engine.target);
    expect(result).toMatchObject({ status: 'skip', remedies: [] });
    expect(result.because).toHaveLength(5);
    expect(text(result)).toMatch(/has no system\.part_log here: it is written where <part_log> is configured/);
  });

  test('a part that was put aside is told, and is bad news only when it is broken', async () => {
    await engine.target.command('INSERT INTO shop.sales SELECT 1');
    await engine.target.command('ALTER TABLE shop.sales DETACH PARTITION 1');
    const { result } = await look(engine.target, queues);
    expect(result).toMatchObject({
      status: 'pass',
      message: 'nothing stuck in replication_queue, distribution_queue, detached_parts',
    });
    expect(text(result)).toContain('system.detached_parts: detached by a statement of shop.sales ×1');
  });

  test('settings that differ from the defaults are kept', async () => {
    const other = await startEngine({ settings: { max_threads: '3' } });
    try {
      const { result } = await look(other.target, changed);
      expect(result.status).toBe('pass');
      expect(text(result)).toMatch(/^max_threads = 3/m);
    } finally {
      await other.close();
    }
  });
});

const missing = oldServerMissing();
if (missing !== undefined) {
  test.runIf(process.env.CI !== undefined)('the old server is there', () => expect.fail(missing));
} else {
  describe('on 18.16 with a part_log', () => {
    let server: OldServer;
    let target: Target;
    beforeAll(async () => {
      const part = '<part_log><database>system</database><table>part_log</table></part_log>';
      const started = await startOldServer({ extra: part });
      if (!started.server) throw new Error(started.reason);
      server = started.server;
      target = await openTarget(server.config(), probeHooks());
      await target.command('CREATE DATABASE shop');
      await target.command('CREATE TABLE shop.sales (n UInt8) ENGINE = MergeTree ORDER BY n');
      await target.command('INSERT INTO shop.sales SELECT 1');
      await target.command('SYSTEM FLUSH LOGS');
    });
    afterAll(async () => {
      await target?.close();
      await server?.stop();
    });

    test('what it has is read, and of what it lacks each says why', async () => {
      const { result } = await look(target);
      expect(result).toMatchObject({ status: 'pass', message: 'no failure in part_log' });
      expect(text(result)).toContain('NEW_PART of shop.sales ×1, 1 row');
      expect(text(result)).toContain('has no system.session_log here');
      expect((await look(target, queues)).result.message).toBe('nothing stuck in replication_queue');
      expect((await look(target, changed)).result.message).toMatch(/^\d+ settings? of default/);
    });
  });
}
