import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TableRow, tableGroupOf } from '../../src/diagnose/logs/by-table.ts';
import { openTarget } from '../../src/engine/http.ts';
import type { Target } from '../../src/engine/target.ts';
import { sqlLibrary } from '../../src/registry/sql-file.ts';
import { QUERY_LOG } from '../fixtures/query-log-columns.ts';
import { startEngine, type TestEngine } from '../helpers/engine.ts';
import { type OldServer, oldServerMissing, startOldServer } from '../helpers/old-server.ts';
import { probeHooks } from '../helpers/target-hooks.ts';

const now = () => Math.floor(Date.now() / 1000);
const bounds = () => ({ from: now() - 600, to: now() + 60, limit: 100 });

/** What a statement of the library says, asked of a log that lies elsewhere. */
async function ask<Row>(
  target: Target,
  name: string,
  columns: readonly string[],
  log: string,
  more = {},
): Promise<Row[]> {
  const sql = sqlLibrary()(name).text({ query_log: [...columns] });
  return target.all<Row>(sql.replaceAll('system.query_log', log), { params: { ...bounds(), ...more } });
}

/** `table | kind | user | named_by | finished`, sorted. */
async function counted(target: Target, columns: readonly string[], log: string): Promise<string[]> {
  const rows = await ask<TableRow>(target, 'query-log-tables', columns, log);
  return rows
    .map((row) => tableGroupOf(row, 'shop'))
    .map((one) => [one.table, one.kind, one.user, one.named_by, one.finished].join(' | '))
    .sort();
}

/** Statements as texts, and the tables that a server names of them. */
const STATEMENTS: readonly [query: string, kind: string, tables: readonly string[]][] = [
  ['SELECT s.n FROM sales AS s JOIN web.users u ON u.n = s.n WHERE x = \'FROM nowhere\' -- FROM nobody', 'Select', ['shop.sales', 'web.users']],
  ['SELECT * FROM numbers(10)', 'Select', ['_table_function.numbers']],
  ['INSERT INTO TABLE `sales` (n) SELECT n FROM `web`.`users`', 'Insert', ['shop.sales', 'web.users']],
  ['/* FROM nobody */ ALTER TABLE shop.sales DELETE WHERE n = 1', 'Alter', ['shop.sales']],
  ['CREATE TABLE IF NOT EXISTS shop.copy AS shop.sales', 'Create', ['shop.copy']],
  ['DESCRIBE TABLE shop.sales', 'Describe', ['shop.sales']],
  ['SHOW TABLES FROM shop', 'Show', []],
  ['SYSTEM FLUSH LOGS', 'System', []],
]; // biome-ignore format: one statement a line
const EXPECTED = [
  ['shop.sales', 'SELECT'],
  ['web.users', 'SELECT'],
  ['shop.sales', 'INSERT'],
  ['web.users', 'INSERT'],
  ['shop.sales', 'ALTER'],
  ['shop.copy', 'CREATE'],
  ['shop.sales', 'DESCRIBE'],
];
const expected = (by: string) => EXPECTED.map(([table, kind]) => `${table} | ${kind} | app | ${by} | 1`).sort();
const quoted = (text: string) => `'${text.replace(/[\\']/g, '\\$&')}'`;

describe('in the columns of versions between', () => {
  let engine: TestEngine;
  beforeAll(async () => {
    engine = await startEngine();
    await engine.target.command('CREATE DATABASE shapes');
  });
  afterAll(() => engine?.close());

  describe.each(Object.entries(QUERY_LOG))('of %s', (version, columns) => {
    const log = `shapes.\`${version}\``;
    let names: string[];
    beforeAll(async () => {
      const { target } = engine;
      await target.command(`CREATE TABLE ${log} (${columns}) ENGINE = MergeTree ORDER BY event_time`);
      names = (await target.all<{ name: string }>(`DESCRIBE TABLE ${log}`)).map((one) => one.name);
      const has = (name: string) => names.includes(name);
      for (const [index, [query, kind, tables]] of STATEMENTS.entries()) {
        const given: Record<string, string> = {
          type: '2',
          event_date: 'today()',
          event_time: 'now()',
          query_start_time: 'now()',
          is_initial_query: '1',
          query: quoted(query),
          user: "'app'",
          query_id: `'q-${index}'`,
          ...(has('query_kind') ? { query_kind: `'${kind}'` } : {}),
          ...(has('current_database') ? { current_database: "'shop'" } : {}),
          ...(has('tables') ? { tables: `[${tables.map(quoted).join(', ')}]` } : {}),
        };
        await target.command(
          `INSERT INTO ${log} (${Object.keys(given).join(', ')}) SELECT ${Object.values(given).join(', ')}`,
        );
      }
    });

    test('SELECTs and all others are counted by table, by what the server logged or else by their texts', async () => {
      expect(await counted(engine.target, names, log)).toEqual(expected(names.includes('tables') ? 'log' : 'text'));
    });

    test.each([
      ['query-log-rows', {}],
      ['query-log-failed', {}],
      ['query-log-tally', { words: ['sales'] }],
      ['query-log-inserts', { start: now(), end: now() }],
      ['query-log-writers', { start: now(), end: now() }],
      ['query-log-slowest', {}],
      ['query-log-unfinished', {}],
      ['query-log-load', { prefix: 'chwitness-r-load-' }],
      ['query-log-by-id', { ids: ['q-1'] }],
    ])('%s is understood', async (name, more) => {
      const found = await ask<object>(engine.target, name, names, log, more);
      if (['query-log-rows', 'query-log-tally', 'query-log-by-id'].includes(name))
        expect(found.length).toBeGreaterThan(0);
    });
  });

  test('a statement of which the server logged no table, as of one that failed before it began, is read by its text', async () => {
    const log = 'shapes.`21.3`';
    await engine.target.command(
      `INSERT INTO ${log} (type, event_date, event_time, query_start_time, query, query_kind, user, query_id, current_database)
       SELECT 3, today(), now(), now(), 'SELECT n FROM gone', 'Select', 'late', 'q-late', 'shop'`,
    );
    const names = (await engine.target.all<{ name: string }>(`DESCRIBE TABLE ${log}`)).map((one) => one.name);
    expect(await counted(engine.target, names, log)).toContain('shop.gone | SELECT | late | text | 0');
  });
});

const missing = oldServerMissing();
if (missing !== undefined) {
  process.stderr.write(`${missing}\n`);
  test.runIf(process.env.CHWITNESS_REQUIRE_ENGINES === '1')('the old server is there', () => expect.fail(missing));
}

describe.runIf(missing === undefined)('on 18.16', () => {
  let server: OldServer;
  let target: Target;
  beforeAll(async () => {
    const started = await startOldServer();
    if (!started.server) throw new Error(started.reason);
    server = started.server;
    target = await openTarget(server.config(), probeHooks());
    for (const statement of [
      'CREATE DATABASE shop',
      'CREATE TABLE shop.sales (n UInt8) ENGINE = MergeTree ORDER BY n',
      'INSERT INTO shop.sales SELECT 1',
    ])
      await target.command(statement);
    await target.all('SELECT * FROM shop.sales', { queryId: 'mine-1' });
    await target.all('DESCRIBE TABLE shop.sales', { queryId: 'mine-2' });
    await target.command('SYSTEM FLUSH LOGS');
  });
  afterAll(async () => {
    await target?.close();
    await server?.stop();
  });

  test('they are read from the texts', async () => {
    const names = (await target.capabilities()).system.query_log ?? [];
    expect(await counted(target, names, 'system.query_log')).toEqual(
      expect.arrayContaining([
        'shop.sales | SELECT | default | text | 1',
        'shop.sales | DESCRIBE | default | text | 1',
      ]),
    );
  });
});
