import { spawnSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultIn, isOlder, SINCE } from '../../src/diagnose/versions.ts';
import type { Finding } from '../../src/model/finding.ts';
import { type Endpoint, startEndpoint } from '../helpers/embedded-http.ts';
import { mustSkipServer, startTargetServer, type TargetServer } from '../helpers/target-server.ts';
import { findingsOf } from './failures/score.ts';

/*
 * Real failures of real engines, as curl and clickhouse-client print them, and the cause that is read out of that text alone.
 * What the loader itself meets is in e2e/failures.
 */
const skipped = mustSkipServer();

/** Tables, types, parameters of a URL, and what stands in a configuration file only. */
const NO_SETTING = /_log$|_queue$|^quota_usage$|^Date|^wait_end_of_query$|^listen_|^keep_free_space_bytes$/;

interface Condition {
  condition: string;
  statement: string;
  body?: string | Uint8Array;
  headers?: Record<string, string>;
  parameters?: Record<string, string>;
  method?: string;
  /** Cause on the old server, and on the newest engine; undefined where it does not come about there. */
  old?: string;
  engine?: string;
}

const TABLES = [
  "CREATE TABLE orders (id UInt32, name String, qty Int8, at DateTime, kind Enum8('a' = 1, 'b' = 2), price Decimal(9, 2)) ENGINE = MergeTree PARTITION BY id ORDER BY id",
  'CREATE TABLE plain (id UInt32, at DateTime) ENGINE = MergeTree ORDER BY id',
  'CREATE VIEW looks AS SELECT id FROM plain',
];
const ONLY_NEW = [
  'CREATE TABLE held (id UInt32, CONSTRAINT small CHECK id < 10) ENGINE = MergeTree ORDER BY id',
  'CREATE TABLE source (id UInt32) ENGINE = MergeTree ORDER BY id',
  "CREATE MATERIALIZED VIEW breaks ENGINE = MergeTree ORDER BY n AS SELECT throwIf(id > 5, 'no more') AS n FROM source",
];

const CONDITIONS: Condition[] = [
  {
    condition: 'a table that is missing',
    statement: 'INSERT INTO nowhere FORMAT TSV',
    body: '1\n',
    old: 'table_missing',
    engine: 'table_missing',
  },
  {
    condition: 'a database that is missing',
    statement: 'INSERT INTO nodb.t FORMAT TSV',
    body: '1\n',
    old: 'database_missing',
    engine: 'database_missing',
  },
  {
    condition: 'a column that is missing',
    statement: 'INSERT INTO plain (id, colour) FORMAT TSV',
    body: '1\t2\n',
    old: 'column_missing_in_table',
    engine: 'column_missing_in_table',
  },
  {
    condition: 'an unknown field',
    statement: 'INSERT INTO plain FORMAT JSONEachRow',
    body: '{"id":1,"colour":2}',
    parameters: { input_format_skip_unknown_fields: '0' },
    old: 'unknown_field_in_input',
    engine: 'unknown_field_in_input',
  },
  {
    condition: 'a fraction in an integer',
    statement: 'INSERT INTO plain FORMAT CSV',
    body: '1.5,2025-01-01 00:00:00\n',
    old: 'float_into_integer_column',
    engine: 'float_into_integer_column',
  },
  {
    condition: 'ISO time under the basic parser',
    statement: 'INSERT INTO plain FORMAT JSONEachRow',
    body: '{"id":1,"at":"2025-01-31T12:00:00.000Z"}',
    parameters: { date_time_input_format: 'basic' },
    old: 'datetime_iso8601_basic_parser',
    engine: 'datetime_iso8601_basic_parser',
  },
  {
    condition: 'plain bytes said to be gzip',
    statement: 'INSERT INTO plain FORMAT TSV',
    body: 'this is no gzip at all\n',
    headers: { 'Content-Encoding': 'gzip' },
    old: 'body_not_gzip_but_header_says_gzip',
    engine: 'body_not_gzip_but_header_says_gzip',
  },
  {
    condition: 'gzip without its header',
    statement: 'INSERT INTO plain FORMAT JSONEachRow',
    body: gzipSync('{"id":1}'),
    old: 'gzip_body_without_header',
    engine: 'gzip_body_without_header',
  },
  {
    condition: 'too many partitions in a block',
    statement: 'INSERT INTO orders (id) SELECT number FROM numbers(300)',
    parameters: { max_partitions_per_insert_block: '100' },
    engine: 'partition_key_high_cardinality',
  },
  {
    condition: 'an unknown element of an Enum',
    statement: 'INSERT INTO orders (kind) FORMAT TSV',
    body: 'z\n',
    old: 'enum_value_unknown',
    engine: 'enum_value_unknown',
  },
  {
    condition: 'too many digits',
    statement: 'INSERT INTO orders (price) FORMAT TSV',
    body: '12345678901234.00\n',
    engine: 'decimal_precision_exceeded',
  },
  { condition: 'a constraint', statement: 'INSERT INTO held FORMAT TSV', body: '20\n', engine: 'constraint_violated' },
  {
    condition: 'a view that fails',
    statement: 'INSERT INTO source SELECT number FROM numbers(9)',
    engine: 'mv_expression_error',
  },
  {
    condition: 'a view as target',
    statement: 'INSERT INTO looks FORMAT TSV',
    body: '1\n',
    old: 'insert_into_view',
    engine: 'insert_into_view',
  },
  {
    condition: 'NULL into a plain column',
    statement: 'INSERT INTO plain SELECT NULL, now()',
    parameters: { insert_null_as_default: '0' },
    engine: 'null_into_non_nullable',
  },
  {
    condition: 'a limit of memory',
    statement: 'INSERT INTO plain SELECT number, now() FROM numbers(20000000) GROUP BY number',
    parameters: { max_memory_usage: '20000000' },
    old: 'memory_limit_query',
    engine: 'memory_limit_query',
  },
  {
    condition: 'a limit of time',
    statement: 'INSERT INTO plain SELECT sleepEachRow(1), now() FROM numbers(5)',
    parameters: { max_execution_time: '1', max_block_size: '1' },
    old: 'max_execution_time_exceeded',
    engine: 'max_execution_time_exceeded',
  },
  {
    condition: 'rows without a format',
    statement: 'INSERT INTO plain\n',
    body: '{"id":1,"at":"x"}',
    engine: 'data_parsed_as_sql_missing_format',
  },
  {
    condition: 'an unknown setting',
    statement: 'INSERT INTO plain FORMAT TSV',
    body: '1\t2025-01-01 00:00:00\n',
    parameters: { insert_faster: '1' },
    old: 'client_unknown_or_readonly_setting',
    engine: 'client_unknown_or_readonly_setting',
  },
  {
    condition: 'an INSERT by GET',
    statement: 'INSERT INTO plain SELECT 1, now()',
    method: 'GET',
    old: 'insert_sent_with_http_get',
    engine: 'insert_sent_with_http_get',
  },
];

let server: TargetServer;
let engine: Endpoint;

function curl(url: string, login: readonly string[], one: Condition): string {
  const address = new URL(url);
  for (const [name, value] of Object.entries({ ...one.parameters, query: one.statement }))
    address.searchParams.set(name, value);
  const headers = Object.entries(one.headers ?? {}).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const data = one.method === 'GET' ? [] : ['--data-binary', '@-'];
  const { stdout, stderr } = spawnSync('curl', ['-sS', '-i', ...login, ...headers, ...data, address.href], {
    input: one.body ?? '',
    timeout: 60_000,
    maxBuffer: 256 * 1024 ** 2,
  });
  return `${stdout.toString('utf8')}\n${stderr.toString('utf8')}`;
}

function holds(findings: readonly Finding[], cause: string, text: string): void {
  expect(findings[0]?.cause, `${text}\n${JSON.stringify(findings, null, 1)}`).toBe(cause);
}

describe.skipIf(skipped)('what engines really say', () => {
  beforeAll(async () => {
    server = await startTargetServer();
    engine = await startEndpoint();
    for (const ddl of TABLES) {
      await server.sql(ddl);
      await engine.sql(ddl);
    }
    for (const ddl of ONLY_NEW) await engine.sql(ddl);
  });
  afterAll(async () => {
    await engine?.engine.stop();
    await server?.stop();
  });

  test.each(CONDITIONS.filter(({ old }) => old !== undefined))('old server: $condition', (one) => {
    const text = curl(server.url, [], one);
    holds(findingsOf(text), one.old ?? '', text);
  });

  test.each(CONDITIONS.filter((one) => one.engine !== undefined))('newest engine: $condition', (one) => {
    const { url, user, password } = engine.engine;
    const text = curl(url, ['-u', `${user}:${password}`], one);
    holds(findingsOf(text), one.engine ?? '', text);
  });

  test('a wrong password, and a host that refuses', () => {
    const text = curl(server.url, ['-u', 'guarded:wrong'], { condition: '', statement: 'SELECT 1' });
    holds(findingsOf(text), 'auth_wrong_password', text);
    const refused = curl('http://127.0.0.1:1', [], { condition: '', statement: 'SELECT 1' });
    holds(findingsOf(refused), 'connection_refused', refused);
    const native = curl(`http://127.0.0.1:${server.nativePort}`, [], { condition: '', statement: 'SELECT 1' });
    expect(
      findingsOf(native).map(({ cause }) => cause),
      native,
    ).toContain('http_client_on_native_port');
  });

  test('the native client: a table that is missing', () => {
    const ask = (port: number, sql: string) => {
      const { stdout, stderr } = spawnSync(
        'clickhouse-client',
        ['--host', '127.0.0.1', '--port', String(port), '--query', sql],
        { encoding: 'utf8', input: '', timeout: 30_000 },
      );
      return stdout + stderr;
    };
    const missing = ask(server.nativePort, 'INSERT INTO nowhere SELECT 1');
    holds(findingsOf(missing), 'table_missing', missing);
  });

  test('what remedies name is there from the release on that is noted for it: held against both engines', async () => {
    const known = (asked: string) => new Set(asked.split('\n'));
    const settings = 'SELECT name FROM system.settings UNION ALL SELECT name FROM system.merge_tree_settings';
    // The connection that made the tables has lain idle for longer than this server keeps it.
    const old = known(await server.sql(settings).catch(() => server.sql(settings)));
    const newest = known(await engine.sql(`${settings} UNION ALL SELECT name FROM system.server_settings`));
    for (const [name, since] of Object.entries(SINCE)) {
      if (NO_SETTING.test(name)) continue;
      expect([name, newest.has(name)]).toEqual([name, true]);
      // These two an old server reads from its configuration alone, and shows nowhere.
      if (!/^(?:keep_alive_timeout|max_concurrent_queries)$/.test(name))
        expect([name, old.has(name)]).toEqual([name, !isOlder([18, 16], since)]);
    }
    const parts = await server.sql("SELECT value FROM system.merge_tree_settings WHERE name = 'parts_to_throw_insert'");
    expect(parts.trim()).toBe(defaultIn('parts_to_throw_insert', [18, 16]));
    const now = await engine.sql("SELECT value FROM system.merge_tree_settings WHERE name = 'parts_to_throw_insert'");
    expect(now.trim()).toBe(defaultIn('parts_to_throw_insert', [26, 7]));
  });

  test('an exception in the middle of a 200 answer', () => {
    const text = curl(server.url, [], {
      condition: '',
      statement: 'SELECT intDiv(1, number - 3000000) FROM numbers(4000000)',
      parameters: { max_block_size: '1000' },
    });
    holds(findingsOf(text), 'http200_exception_mid_stream', text.slice(-600));
  });
});
