import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import check from '../../checks/query-log.ts';
import type { QueryLogFacts } from '../../src/diagnose/logs/query-log-facts.ts';
import { groupOf, insertTable, type StatementGroup } from '../../src/diagnose/logs/tally.ts';
import { countedBounds, keptBounds } from '../../src/diagnose/logs/window.ts';
import { openTarget } from '../../src/engine/http.ts';
import type { Target } from '../../src/engine/target.ts';
import { createControl } from '../../src/evidence/control.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { noLoad } from '../../src/model/load.ts';
import { sqlLibrary } from '../../src/registry/sql-file.ts';
import { startEngine, type TestEngine } from '../helpers/engine.ts';
import { type OldServer, oldServerMissing, startOldServer } from '../helpers/old-server.ts';
import { probeHooks } from '../helpers/target-hooks.ts';
import { type Asked, collectWith, resultOf } from './collect-with.ts';
import { loadOf, say } from './say.ts';

const SEEN: QueryLogFacts['control']['query_log'] = { outcome: 'seen', after_ms: 300 };
const OFF: QueryLogFacts['control']['query_log'] = {
  outcome: 'unavailable',
  reason: 'setting',
  because: 'log_queries = 0 for loader: its statements are not logged',
  remedies: ['ALTER USER `loader` SETTINGS log_queries = 1'],
};
const LAGS: QueryLogFacts['control']['query_log'] = {
  outcome: 'not-seen',
  waited_ms: 9000,
  because: 'nothing at all was written to it around that time',
  remedies: [],
};
const at = { utc: '2026-11-24T11:59:00Z', server: '2026-11-24 14:59:00 Europe/Moscow' };

function group(change: Partial<StatementGroup> = {}): StatementGroup {
  return {
    whose: 'other',
    kind: 'INSERT',
    user: 'loader',
    database: 'shop',
    target: 'sales',
    code: 0,
    name: '',
    mentions: '',
    started: 1,
    finished: 1,
    failed: 0,
    written_rows: '10',
    first: at,
    last: at,
    exception: '',
    last_query_id: 'q-1',
    ...change,
  };
}
const failed = (change: Partial<StatementGroup> = {}) =>
  group({
    code: 27,
    name: 'CANNOT_PARSE_INPUT_ASSERTION_FAILED',
    exception: 'Code: 27. DB::Exception: Cannot parse input',
    started: 0,
    finished: 0,
    failed: 2,
    mentions: 'sales',
    ...change,
  });

type Log = NonNullable<QueryLogFacts['log']>;
function facts(
  log: Partial<Log> | null,
  change: Partial<QueryLogFacts> & { control?: never } = {},
  control: Partial<QueryLogFacts['control']> = {},
): QueryLogFacts {
  return {
    window: {
      from: '2026-11-24T11:00:00Z',
      to: '2026-11-24T12:00:00Z',
      margin_seconds: 30,
      server_timezone: 'Europe/Moscow',
    },
    control: {
      run_id: 'r1',
      covers: 'window',
      canaries: [],
      flush: { outcome: 'flushed', message: '', remedies: [] },
      settings: {},
      query_log: SEEN,
      text_log: SEEN,
      ...control,
    },
    hostname: 'ch-1',
    database: 'shop',
    tables: ['shop.sales'],
    log: log && {
      rows: { path: 'data/q.jsonl', bytes: 10, lines: 3 },
      groups: [],
      groups_cut: false,
      slowest: [],
      unfinished: [],
      load: { statements: 0, finished: 0, failed: 0 },
      ...log,
    },
    asked: { ids: [], found: [] },
    ...change,
  };
}
/** Words that nobody may use while the control queries were not seen. */
const DENIALS = /absent|reached the server|no INSERT .* is logged between/;

describe('what the rows say', () => {
  test('failed INSERTs into the tables in question fail, with their codes, where they stand, and the server’s own time', () => {
    const said = say(check, facts({ groups: [failed(), group()] }));
    expect(said).toMatchObject({
      status: 'fail',
      message: '2 INSERTs into shop.sales failed: code 27 CANNOT_PARSE_INPUT_ASSERTION_FAILED ×2',
    });
    expect(said.because[0]).toEqual({
      text: 'INSERT into sales of loader, ×2, last 2026-11-24T11:59:00Z (2026-11-24 14:59:00 Europe/Moscow), query_id q-1: Code: 27. DB::Exception: Cannot parse input',
      file: 'data/q.jsonl',
    });
  });

  test('they fail also where the control queries were not seen: what is there needs none', () => {
    expect(say(check, facts({ groups: [failed()] }, {}, { query_log: OFF })).status).toBe('fail');
  });

  test('a failure that a retry of the load mended is a warning', () => {
    const mended = facts({ groups: [failed({ whose: 'load' })], load: { statements: 2, finished: 1, failed: 1 } });
    expect(say(check, mended, { load: loadOf() })).toMatchObject({
      status: 'warn',
      message: expect.stringContaining('the load tried again and succeeded'),
    });
    expect(say(check, mended, { load: loadOf({ status: 'failed' }) }).status).toBe('fail');
  });

  test('what an earlier load of ours had failed in, just before this one, is not this one’s', () => {
    const earlier = facts({ groups: [failed({ whose: 'load' })], load: { statements: 1, finished: 1, failed: 0 } });
    expect(say(check, earlier, { load: loadOf() }).status).toBe('pass');
    expect(say(check, earlier).status).toBe('fail');
  });

  test('what failed before a run is no reason against it, and is said', () => {
    expect(say(check, facts({ groups: [failed()] }), { phase: 'before' })).toMatchObject({
      status: 'warn',
      message: expect.stringMatching(/^shortly before this run, 2 INSERTs into shop\.sales failed/),
    });
  });

  test('other statements that mention them and failed are a warning, those of other tables are nothing', () => {
    const select = failed({ kind: 'SELECT', target: '', code: 60, name: 'UNKNOWN_TABLE' });
    expect(say(check, facts({ groups: [group(), select] }))).toMatchObject({
      status: 'warn',
      message: '2 statements that mention the tables in question failed: code 60 UNKNOWN_TABLE ×2',
    });
    expect(say(check, facts({ groups: [group(), { ...select, mentions: '' }] })).status).toBe('pass');
  });

  test('without a table named every failure is a warning', () => {
    expect(say(check, facts({ groups: [failed()] }, { tables: [] })).status).toBe('warn');
  });

  test('our own questions and health checks are counted apart', () => {
    const groups = [
      group(),
      group({ whose: 'own', kind: 'SELECT', target: '', finished: 40 }),
      group({ whose: 'health check', kind: 'SELECT', target: '', finished: 112 }),
      failed({ whose: 'own' }),
    ];
    const said = say(check, facts({ groups }));
    expect(said).toMatchObject({
      status: 'pass',
      message: '1 statement of 1 user (1 INSERT); 1 INSERT into the tables in question, 10 rows written, none failed',
    });
    expect(said.because.map((line) => line.text)).toEqual(
      expect.arrayContaining(['health checks, counted apart: 112 statements (112 SELECT)']),
    );
  });

  test('a cut is said', () => {
    const rows = { path: 'data/q.jsonl', bytes: 10, lines: 1000, cut: 'the newest 1000 rows, at the limit rows' };
    const said = say(check, facts({ groups: [group()], rows }));
    expect(said.because.map((line) => line.text).join('\n')).toContain('kept: the newest 1000 rows, at the limit rows');
  });

  test('an INSERT that began and did not end is a warning', () => {
    const unfinished = [{ query_id: 'q-9', user: 'loader', at, query: 'INSERT INTO shop.sales FORMAT Native' }];
    expect(say(check, facts({ groups: [group()], unfinished }))).toMatchObject({
      status: 'warn',
      message: expect.stringContaining('1 INSERT began and no end of it is logged'),
    });
  });

  test('a statement asked for by its id fails with its own exception', () => {
    const row = {
      query_id: 'mine',
      at,
      type: 'ExceptionBeforeStart',
      user: 'loader',
      duration_ms: '1',
      written_rows: '0',
      exception: 'Code: 60. DB::Exception: no such table\nStack trace: 0. x',
      query: 'INSERT INTO nowhere',
    };
    expect(say(check, facts({}, { asked: { ids: ['mine'], found: [row] } }))).toMatchObject({
      status: 'fail',
      message: 'mine failed: Code: 60. DB::Exception: no such table',
    });
    expect(say(check, facts({ groups: [group()] }, { asked: { ids: ['lost'], found: [] } })).message).toMatch(
      /^lost: not logged/,
    );
  });
});

describe('what silence says', () => {
  test('with both control queries seen, that nothing reached the server', () => {
    expect(say(check, facts({ groups: [] }), { load: noLoad })).toMatchObject({
      status: 'warn',
      message: expect.stringContaining('no INSERT into shop.sales reached the server ch-1 between'),
    });
    const load = loadOf({ batches: 3, status: 'failed', rows_written: 0 });
    expect(say(check, facts({ groups: [] }), { load })).toMatchObject({
      status: 'fail',
      message: 'the load says it sent 3 INSERTs, and none of them reached the server ch-1',
    });
  });

  test('of a load whose INSERTs a server answered, that they are in another log, never that they did not arrive', () => {
    const refused = { failure: 'server' as const, code: 60, message: 'no such table' };
    for (const load of [loadOf(), { ...loadOf({ rows_written: 0, status: 'failed' }), error: refused }]) {
      const said = say(check, facts({ groups: [] }), { load });
      expect(said).toMatchObject({ status: 'warn', message: expect.stringContaining('another node took them') });
      expect(said.message).not.toMatch(DENIALS);
    }
  });

  test('with some of a load’s INSERTs logged, how many', () => {
    const load = loadOf({ batches: 3 });
    const some = facts({ groups: [group({ whose: 'load' })], load: { statements: 2, finished: 1, failed: 0 } });
    expect(say(check, some, { load })).toMatchObject({
      status: 'warn',
      message: 'the load says it sent 3 INSERTs; 2 of them are logged, 1 as finished',
    });
    const all = facts({ groups: [group({ whose: 'load' })], load: { statements: 3, finished: 3, failed: 0 } });
    expect(say(check, all, { load }).status).toBe('pass');
  });

  test('of the past, that logging works now, and what else is logged of then', () => {
    const now = { covers: 'now' as const };
    const other = group({ kind: 'SELECT', target: '' });
    const said = say(check, facts({ groups: [other] }, {}, now), { load: noLoad });
    expect(said).toMatchObject({
      status: 'warn',
      message: expect.stringContaining('1 other statement of that window is'),
    });
    expect(said.message).not.toContain('reached');
    expect(said.because.map((line) => line.text).join('\n')).toContain('query_log works now');
    const silent = say(check, facts({ groups: [group({ whose: 'own', kind: 'SELECT', target: '' })] }, {}, now));
    expect(silent).toMatchObject({ status: 'skip', message: expect.stringContaining('not established') });
  });

  test.each([
    ['off', OFF],
    ['lagging', LAGS],
  ])('with logging %s, nothing: a skip with the reason', (_, query_log) => {
    for (const load of [noLoad, loadOf({ status: 'failed' })]) {
      const said = say(check, facts({ groups: [] }, {}, { query_log }), { load });
      expect(said).toMatchObject({
        status: 'skip',
        message: expect.stringContaining(query_log === OFF ? 'log_queries = 0' : 'not seen'),
      });
      expect(said.message).not.toMatch(DENIALS);
    }
    expect(say(check, facts(null, {}, { query_log })).status).toBe('skip');
  });

  test('without the log, the GRANT that is missing', () => {
    const remedies = ['GRANT SELECT ON `system`.`query_log` TO `loader`'];
    const query_log = { outcome: 'unavailable' as const, reason: 'grant' as const, because: 'not granted', remedies };
    expect(say(check, facts(null, {}, { query_log }))).toMatchObject({ status: 'skip', remedies });
  });
});

test('tables of INSERTs are read as the server reads them', () => {
  const of = (target: string, database = '') => insertTable({ target, database }, 'shop');
  expect([of('sales'), of('sales', 'web'), of('`web`.`sa.les`'), of('"web" . "sales"'), of('')]).toEqual([
    'shop.sales',
    'web.sales',
    'web.sa.les',
    'web.sales',
    undefined,
  ]);
});

test('the attempt before this one is kept and not counted', () => {
  const window = { from: '2026-11-24T11:00:00.500Z', to: '2026-11-24T12:00:00Z', margin_seconds: 30 };
  const from = Date.parse('2026-11-24T11:00:00Z') / 1000;
  expect(keptBounds(window)).toEqual({ from: from - 30, to: from + 3631 });
  expect(countedBounds(window, 5)).toEqual({ from: from - 2, to: from + 3631 });
  expect(countedBounds(window, 86_400_000).from).toBe(from - 31);
});

const sales = { database: 'shop', table: 'sales' };
const bytes = (text: string) => Buffer.from(text);

/** Statements of every sort that a window may hold. */
async function furnish(target: Target) {
  await target.command('CREATE DATABASE shop');
  await target.command('CREATE TABLE shop.sales (n UInt8) ENGINE = MergeTree ORDER BY n');
  await target.insert(sales, 'JSONEachRow', bytes('{"n":1}\n{"n":2}\n'), { queryId: 'good-1' });
  await target.insert(sales, 'JSONEachRow', bytes('{"n":"seven"}\n'), { queryId: 'bad-1' }).catch(() => undefined);
  await target.all('SELECT nothing FROM shop.sales', { queryId: 'bad-2' }).catch(() => undefined);
  await target.all('SELECT 1', { queryId: 'health-1' });
}

function asked(target: Target, change: Asked = {}): Asked {
  const control = createControl({ target, runId: 'r1', statements: sqlLibrary(), clock: systemClock });
  return { tables: [sales], phase: 'after', control, ...change };
}

async function collected(target: Target, change: Asked = {}) {
  const found = await collectWith(target, [check], asked(target, change));
  const result = resultOf(found.results, 'query-log');
  // biome-ignore lint/style/noNonNullAssertion: a check that collected nothing fails the test here.
  return { result, facts: check.facts.parse(found.facts.get('query-log')!), files: found.files };
}

function finds(target: () => Target, code: RegExp) {
  test('the failed INSERT is found by its table, with its code', async () => {
    const { result, facts } = await collected(target());
    expect(result).toMatchObject({ status: 'fail', message: expect.stringMatching(code) });
    expect(facts.control.query_log.outcome).toBe('seen');
    const inserts = facts.log?.groups.filter((one) => insertTable(one, 'shop') === 'shop.sales') ?? [];
    expect(inserts.reduce((total, one) => total + one.finished, 0)).toBe(1);
    expect(inserts.find((one) => one.finished > 0)).toMatchObject({ whose: 'other', written_rows: '2' });
    expect(facts.log?.groups.filter((one) => one.whose === 'health check')).toMatchObject([{ finished: 1 }]);
    expect(facts.log?.unfinished).toEqual([]);
    expect(
      facts.log?.groups.find((one) => one.whose === 'other' && one.failed > 0 && one.kind === 'SELECT'),
    ).toMatchObject({
      mentions: 'sales',
    });
  });

  test('statements asked for by id are kept whole', async () => {
    const lines: string[] = [];
    const { result, facts } = await collected(target(), {
      queryIds: ['bad-1', 'nobody'],
      look: (folder) => {
        const path = join(folder, 'data/artifacts/after/query-log/query_ids.jsonl');
        lines.push(...readFileSync(path, 'utf8').trim().split('\n'));
      },
    });
    expect(result.message).toMatch(/^bad-1 failed: Code: 27/);
    expect(facts.asked.rows?.lines).toBe(lines.length);
    const rows = lines.map((line) => JSON.parse(line));
    expect(rows.every((row) => row.query_id === 'bad-1' && /^\d{4}-/.test(row.event_time_utc))).toBe(true);
    expect(Object.keys(rows[0]).length).toBeGreaterThan(15);
  });

  test('the newest rows are kept under a limit, the cut is said, and failures are kept beside', async () => {
    let kept: { event_time: string; query_id: string }[] = [];
    const { facts, result } = await collected(target(), {
      limits: { rows: 4, artifact_bytes: 1_000_000 },
      look: (folder) => {
        const text = readFileSync(join(folder, 'data/artifacts/after/query-log/query_log.jsonl'), 'utf8');
        kept = text
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line));
      },
    });
    expect(facts.log?.rows).toMatchObject({ lines: 4, cut: 'the newest 4 rows, at the limit rows' });
    const times = kept.map((row) => row.event_time);
    expect(times).toEqual([...times].sort().reverse());
    expect(facts.log?.failed?.lines).toBeGreaterThan(0);
    expect(result.because.map((line) => line.text).join('\n')).toContain('kept: the newest 4 rows');
  });
}

describe('on the embedded engine', () => {
  let engine: TestEngine;
  beforeAll(async () => {
    engine = await startEngine();
    await furnish(engine.target);
  });
  afterAll(() => engine?.close());
  finds(() => engine.target, /^1 INSERT into shop\.sales failed: code 27 CANNOT_PARSE_INPUT_ASSERTION_FAILED ×1$/);
});

const missing = oldServerMissing();
if (missing !== undefined) {
  test.runIf(process.env.CI !== undefined)('the old server is there', () => expect.fail(missing));
} else {
  describe('on 18.16', () => {
    let server: OldServer;
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
    finds(() => target, /^1 INSERT into shop\.sales failed: code 27 ×1$/);

    test('a user whose statements are not logged establishes nothing of another table', async () => {
      const silent = await openTarget(server.config({ settings: { log_queries: '0' } }), probeHooks());
      try {
        const { result } = await collected(silent, { tables: [{ database: 'shop', table: 'other' }], load: noLoad });
        expect(result).toMatchObject({ status: 'skip', message: expect.stringContaining('log_queries = 0') });
        expect(result.message).not.toMatch(DENIALS);
      } finally {
        await silent.close();
      }
    });
  });
}

test('a row of the tally with 64-bit numbers as texts is read', () => {
  const row = {
    ...failed(),
    words: 'sales',
    started: '0',
    finished: '0',
    failed: '2',
    first_seconds: 0,
    last_seconds: 60,
    last_exception: 'Code: 27, e.displayText() = DB::Exception: bad\nthing, e.what() = DB::Exception',
  };
  expect(groupOf(row, 'Europe/Moscow')).toMatchObject({
    failed: 2,
    exception: 'Code: 27, e.displayText() = DB::Exception: bad thing',
    last: { utc: '1970-01-01T00:01:00Z', server: '1970-01-01 03:01:00 Europe/Moscow' },
  });
});

test('whose statements and which exceptions there were is told also where the verdict is about something else', () => {
  const groups = [
    group({ user: 'app', kind: 'SELECT', target: '', finished: 7, started: 7 }),
    group(),
    failed({ user: 'app', kind: 'SELECT', target: '', mentions: '', code: 60, name: 'UNKNOWN_TABLE' }),
  ];
  const said = say(check, facts({ groups }));
  expect(said.status).toBe('pass');
  const lines = said.because.map((line) => line.text);
  expect(lines).toEqual(
    expect.arrayContaining([
      'of app: 9 statements (9 SELECT)',
      'of loader: 1 statement (1 INSERT)',
      'exceptions by code: code 60 UNKNOWN_TABLE ×2',
    ]),
  );
  expect(lines.join('\n')).toContain('between 2026-11-24T11:00:00Z (2026-11-24 14:00:00 Europe/Moscow) and');
});
