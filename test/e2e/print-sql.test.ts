import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleFile } from '../../src/commands/bundle.ts';
import type { RunJson } from '../../src/model/run.ts';
import type { StatementRecord } from '../../src/model/statement.ts';
import type { ListedStatement } from '../../src/pipeline/list.ts';
import { openPlace, type Place } from '../helpers/cli.ts';
import { mustSkipServer, startTargetServer, type TargetServer } from '../helpers/target-server.ts';

/** A statement as both sides can be compared: who sends it and its text, the run's own id left out. */
type Line = string;

async function journalOf(run: RunJson | undefined, archive: string): Promise<StatementRecord[]> {
  expect(run).toBeDefined();
  const kept = await text(Readable.from(bundleFile(archive, 'data/journal.jsonl')));
  return kept
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

function sentLines(records: readonly StatementRecord[], id: string): Line[] {
  const general = (sql: string) => sql.replaceAll(id, 'RUN_ID').replaceAll(id.replace(/\W+/g, '_'), 'RUN_ID');
  return [...new Set(records.map(({ purpose, sql }) => `${purpose}: ${general(sql)}`))].sort();
}

const listedLines = (statements: readonly ListedStatement[]) =>
  statements.map(({ purpose, sql }) => `${purpose}: ${sql}`).sort();

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
    const { statements }: { statements: ListedStatement[] } = JSON.parse(listed.stdout);
    const ran = await place().run([...args, ...flags()]);
    const [archive = ''] = ran.archives;
    const journal = await journalOf(ran.run, archive);
    return { statements, journal, sent: sentLines(journal, ran.run?.run.id ?? '?'), run: ran.run };
  };
  const tables = ['--table', 'shop.orders', '--table', 'shop.prices'];

  test('preflight: the list is the journal', async () => {
    const { statements, sent } = await both(['preflight', ...tables]);
    expect(listedLines(statements)).toEqual(sent);
  });

  test('collect: the list is the journal', async () => {
    const { statements, sent } = await both(['collect', '--since', '1h', '--query-id', 'nobody', ...tables]);
    expect(listedLines(statements)).toEqual(sent);
  });

  test('load: the list is the journal, its INSERTs counted, and none of it was carried out', async () => {
    const file = place().file('rows.ndjson', ROWS.repeat(10));
    const args = ['load', file, '--table', 'shop.orders', '--batch-rows', '8'];
    const { statements, journal, sent, run } = await both(args);
    expect(listedLines(statements)).toEqual(sent);
    const inserts = (of: readonly { purpose: string; kind: string }[]) =>
      of.filter(({ purpose, kind }) => purpose === 'load' && kind === 'insert');
    expect(inserts(statements)).toMatchObject([{ times: 3, asked: false, table: 'shop.orders' }]);
    expect(inserts(journal)).toHaveLength(3);
    expect(run?.row_counts).toMatchObject([{ table: 'shop.orders', before: '0', after: '20' }]);
  });

  test('only questions about what the target has are asked while listing', async () => {
    const listed = await place().run(['preflight', '--print-sql', '--json', ...tables, ...flags()]);
    const { statements }: { statements: ListedStatement[] } = JSON.parse(listed.stdout);
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
      const { statements }: { statements: ListedStatement[] } = JSON.parse(listed.stdout);
      const ran = await place.run([...args, ...flags]);
      const journal = await journalOf(ran.run, ran.archives[0] ?? '');
      expect(statements.length).toBeGreaterThan(20);
      expect(listedLines(statements)).toEqual(sentLines(journal, ran.run?.run.id ?? '?'));
    }
  });

  test('load: the list is the journal', async () => {
    const flags = ['--table', 'orders', '--embedded', `${place.folder}/data`];
    const file = place.file('more.ndjson', '{"id":2,"name":"b","at":"2026-01-01 00:00:00","v":1}\n');
    const listed = await place.run(['load', file, '--print-sql', '--json', ...flags]);
    const { statements }: { statements: ListedStatement[] } = JSON.parse(listed.stdout);
    const ran = await place.run(['load', file, ...flags]);
    const journal = await journalOf(ran.run, ran.archives[0] ?? '');
    expect(listedLines(statements)).toEqual(sentLines(journal, ran.run?.run.id ?? '?'));
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
