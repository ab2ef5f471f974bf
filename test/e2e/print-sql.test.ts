import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPlace, type Place } from '../helpers/cli.ts';
import { journalOf, listedLines, listedStatements, sentLines } from '../helpers/journal.ts';
import { mustSkipServer, startTargetServer, type TargetServer } from '../helpers/target-server.ts';

const ROWS = '{"id":1,"name":"a"}\n{"id":2,"name":"b"}\n';
const TABLES = [
  'CREATE DATABASE IF NOT EXISTS shop',
  'CREATE TABLE shop.orders (id UInt64, name String, at DateTime DEFAULT now()) ENGINE = MergeTree PARTITION BY toYYYYMM(at) ORDER BY id',
  'CREATE TABLE shop.prices (id UInt64, name String, v UInt64) ENGINE = ReplacingMergeTree(v) ORDER BY id',
];

function holds(place: () => Place, flags: () => string[]) {
  const both = async (args: readonly string[]) => {
    const listed = await place().run([...args, '--print-sql', '--json', ...flags()]);
    expect(listed).toMatchObject({ code: 0, archives: [] });
    const ran = await place().run([...args, ...flags()]);
    const journal = await journalOf(ran.archives[0] ?? '');
    const { stdout } = listed;
    return {
      listed: listedLines(stdout),
      statements: listedStatements(stdout),
      journal,
      sent: sentLines(journal, ran.run),
      run: ran.run,
    };
  };
  const tables = ['--table', 'shop.orders', '--table', 'shop.prices'];

  test('preflight: the list is the journal', async () => {
    const { listed, sent } = await both(['preflight', ...tables]);
    expect(listed).toEqual(sent);
  });

  test('collect: the list is the journal', async () => {
    const { listed, sent } = await both(['collect', '--since', '1h', '--query-id', 'nobody', ...tables]);
    expect(listed).toEqual(sent);
  });

  test('load: the list is the journal, its INSERTs counted, and none of it was carried out', async () => {
    const file = place().file('rows.ndjson', ROWS.repeat(10));
    const args = ['load', file, '--table', 'shop.orders', '--batch-rows', '8'];
    const { listed, statements, journal, sent, run } = await both(args);
    expect(listed).toEqual(sent);
    const inserts = (of: readonly { purpose: string; kind: string }[]) =>
      of.filter(({ purpose, kind }) => purpose === 'load' && kind === 'insert');
    expect(inserts(statements)).toMatchObject([{ times: 3, asked: false, table: 'shop.orders' }]);
    expect(inserts(journal)).toHaveLength(3);
    expect(run?.row_counts).toMatchObject([{ table: 'shop.orders', before: '0', after: '20' }]);
  });

  test('load --create: everything listed is sent, and that more follows once the table is there is said', async () => {
    const file = place().file('new.ndjson', ROWS);
    const args = ['load', file, '--create', '--table', 'shop.made'];
    const listed = await place().run([...args, '--print-sql', '--json', ...flags()]);
    expect(JSON.parse(listed.stdout).incomplete_because).toEqual([expect.stringContaining('The load makes a table')]);
    const ran = await place().run([...args, ...flags()]);
    const sent = new Set(sentLines(await journalOf(ran.archives[0] ?? ''), ran.run));
    expect(listedLines(listed.stdout).filter((line) => !sent.has(line))).toEqual([]);
    const ddl = listedStatements(listed.stdout).find((one) => one.kind === 'ddl' && one.purpose === 'load');
    expect(ddl).toMatchObject({
      asked: false,
      sql: expect.stringContaining('CREATE TABLE IF NOT EXISTS `shop`.`made`'),
    });
  });

  test('only questions about what the target has are asked while listing', async () => {
    const listed = await place().run(['preflight', '--print-sql', '--json', ...tables, ...flags()]);
    const statements = listedStatements(listed.stdout);
    const asked = statements.filter((one) => one.asked);
    expect(asked.every((one) => one.kind === 'select')).toBe(true);
    const elsewhere = /\bFROM\s+(?!system\.)/i;
    expect(asked.filter((one) => elsewhere.test(one.sql)).map((one) => one.sql)).toEqual([]);
    expect(statements.filter((one) => !one.asked).length).toBeGreaterThan(10);
  });
}

describe('on the embedded engine', () => {
  let place: Place;
  beforeAll(async () => {
    place = await openPlace();
    const ddl = place.file('sql/schema/shop.sql', `${TABLES.join(';\n')};\n`);
    expect(ddl).toContain('shop.sql');
    for (const name of ['orders', 'prices']) {
      const rows = place.file(`${name}.ndjson`, '{"id":1,"name":"a","at":"2026-01-01 00:00:00","v":1}\n');
      const made = await place.run(['load', rows, '--create', '--table', name, '--embedded', `${place.folder}/data`]);
      expect(made.code).toBe(0);
    }
  });
  afterAll(() => place?.close());

  test('collect and preflight: the list is the journal', async () => {
    const flags = ['--table', 'orders', '--embedded', `${place.folder}/data`];
    for (const args of [['preflight'], ['collect', '--since', '1h']]) {
      const listed = await place.run([...args, '--print-sql', '--json', ...flags]);
      const ran = await place.run([...args, ...flags]);
      const journal = await journalOf(ran.archives[0] ?? '');
      expect(journal.length).toBeGreaterThan(20);
      expect(listedLines(listed.stdout)).toEqual(sentLines(journal, ran.run));
    }
  });

  test('load: the list is the journal', async () => {
    const flags = ['--table', 'orders', '--embedded', `${place.folder}/data`];
    const file = place.file('more.ndjson', '{"id":2,"name":"b","at":"2026-01-01 00:00:00","v":1}\n');
    const listed = await place.run(['load', file, '--print-sql', '--json', ...flags]);
    const ran = await place.run(['load', file, ...flags]);
    const journal = await journalOf(ran.archives[0] ?? '');
    expect(listedLines(listed.stdout)).toEqual(sentLines(journal, ran.run));
  });
});

describe.skipIf(mustSkipServer())('on 18.16', () => {
  let place: Place;
  let server: TargetServer;
  beforeAll(async () => {
    [place, server] = await Promise.all([openPlace(), startTargetServer()]);
    for (const statement of TABLES) await server.sql(statement);
    // A server makes its query log at the first flush: what is not there yet cannot be foreseen.
    await server.sql('SYSTEM FLUSH LOGS');
  });
  afterAll(async () => {
    await place?.close();
    await server?.stop();
  });
  holds(
    () => place,
    () => ['--url', server.url, '--user', 'default'],
  );

  test('it can be read as SQL: everything else is a comment', async () => {
    const { stdout, code } = await place.run(['preflight', '--print-sql', '--url', server.url, '--user', 'default']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^-- What preflight would send to http:.*: \d+ different statements/);
    expect(stdout).toMatch(/^-- check:stuck-mutations\nSELECT/m);
  });
});
