import { spawnSync } from 'node:child_process';
import { constants, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Endpoint, startEndpoint } from '../../helpers/embedded-http.ts';

let endpoint: Endpoint;

beforeAll(async () => {
  endpoint = await startEndpoint();
  await endpoint.sql('CREATE TABLE t (a Int32) ENGINE = MergeTree ORDER BY a');
});
afterAll(() => endpoint?.engine.stop());

// Code and status as a server gives them for the same statement.
const CODES: [string, number, number, string][] = [
  ["SELECT toUInt32('x')", 6, 400, 'CANNOT_PARSE_TEXT'],
  ['INSERT INTO t (b) VALUES (1)', 16, 500, 'NO_SUCH_COLUMN_IN_TABLE'],
  ['SELECT lower(1)', 43, 500, 'ILLEGAL_TYPE_OF_ARGUMENT'],
  ['SELECT nope()', 46, 404, 'UNKNOWN_FUNCTION'],
  ['SELECT b FROM t', 47, 404, 'UNKNOWN_IDENTIFIER'],
  ['CREATE TABLE x (a Nope) ENGINE = Memory', 50, 404, 'UNKNOWN_TYPE'],
  ['CREATE TABLE t (a Int8) ENGINE = Memory', 57, 500, 'TABLE_ALREADY_EXISTS'],
  ['SELECT * FROM nope', 60, 404, 'UNKNOWN_TABLE'],
  ['SELEC 1', 62, 400, 'SYNTAX_ERROR'],
  ['nope', 62, 400, 'SYNTAX_ERROR'],
  ['1 + 1', 62, 400, 'SYNTAX_ERROR'],
  ['', 62, 400, 'SYNTAX_ERROR'],
  ['-- nothing', 62, 400, 'SYNTAX_ERROR'],
  ["SELECT 'no end", 62, 400, 'SYNTAX_ERROR'],
  ['SELECT /* no end', 62, 400, 'SYNTAX_ERROR'],
  ['SELECT 1; SELECT 2', 62, 400, 'SYNTAX_ERROR'],
  ['SELECT 1 FORMAT Nope', 73, 404, 'UNKNOWN_FORMAT'],
  ['USE nope', 81, 404, 'UNKNOWN_DATABASE'],
  ['SELECT 1 SETTINGS nope = 1', 115, 404, 'UNKNOWN_SETTING'],
  ['SELECT intDiv(1, 0)', 153, 500, 'ILLEGAL_DIVISION'],
  ['SELECT sleepEachRow(0.2) FROM numbers(10) SETTINGS max_execution_time = 0.3, max_block_size = 1', 159, 408, 'TIMEOUT_EXCEEDED'],
  ["SELECT count() FROM (SELECT number FROM numbers(10000000) GROUP BY number) SETTINGS max_memory_usage = '10M'", 241, 500, 'MEMORY_LIMIT_EXCEEDED'],
  ['SELECT throwIf(1)', 395, 500, 'FUNCTION_THROW_IF_VALUE_IS_NON_ZERO'],
  ["SELECT number FROM numbers(10) SETTINGS max_result_rows = 2, result_overflow_mode = 'throw'", 396, 500, 'TOO_MANY_ROWS_OR_BYTES'],
  ['SELECT {x:String}', 456, 500, 'UNKNOWN_QUERY_PARAMETER'],
  ["SELECT * FROM url('http://127.0.0.1:1/', CSV)", 497, 403, 'ACCESS_DENIED'],
]; // biome-ignore format: a table reads better in rows

test.each(CODES)('%s → %i', async (body, code, status, name) => {
  const answered = await endpoint.send({ body });
  expect(answered.text).toMatch(
    new RegExp(`^Code: ${code}\\. DB::Exception: [^]+\\(${name}\\) \\(version \\d+(\\.\\d+)+\\)\\n$`),
  );
  expect(answered).toMatchObject({ status, headers: { 'x-clickhouse-exception-code': `${code}` } });
  expect(answered.headers['content-type']).toBe('text/plain; charset=UTF-8');
  expect(answered.headers['x-clickhouse-query-id']).toMatch(/^[0-9a-f-]{36}$/);
});

describe('GET may only read', () => {
  test.each([
    ['INSERT INTO t VALUES (1)', {}],
    ['CREATE TABLE y (a Int8) ENGINE = Memory', {}],
    ['DROP TABLE t', {}],
    ['WITH 1 AS x INSERT INTO t SELECT x', {}],
    ['INSERT INTO t VALUES (1)', { readonly: 0 }],
    ['INSERT INTO t VALUES (1)', { session_id: 's' }],
    ['INSERT INTO t SETTINGS readonly = 0 VALUES (1)', {}],
  ])('%s %j', async (query, given) => {
    const answered = await endpoint.send({ with: { query, ...given } });
    expect(answered.headers['x-clickhouse-exception-code'], answered.text).toBe('164');
    expect(await endpoint.sql('SELECT count() FROM t')).toBe('0\n');
  });

  test('readonly = 1 takes no settings along', async () => {
    const answered = await endpoint.send({ body: 'SELECT 1 SETTINGS max_threads = 1', with: { readonly: 1 } });
    expect(answered.headers['x-clickhouse-exception-code']).toBe('164');
    expect(await endpoint.sql('SELECT 1', { readonly: 1 })).toBe('1\n');
  });
});

describe('an exception after the first rows were sent', () => {
  const query = 'SELECT number, throwIf(number = 3000000) FROM numbers(4000000)';
  const TAIL =
    /\r\n__exception__\r\n([0-9a-f]{16})\r\nCode: 395\. DB::Exception: ([\s\S]+)\(FUNCTION_THROW_IF_VALUE_IS_NON_ZERO\)\n(\d+) \1\r\n__exception__\r\n$/;

  test('stands at the end, tagged, and the connection is cut', async () => {
    const answered = await endpoint.send({ body: query });
    expect(answered).toMatchObject({ status: 200, cut: true });
    const [, tag] = TAIL.exec(answered.text.slice(-2000)) ?? [];
    expect(tag).toBe(answered.headers['x-clickhouse-exception-tag']);
  });

  test('the same in a compressed answer', async () => {
    const answered = await endpoint.send({
      body: query,
      with: { enable_http_compression: 1 },
      headers: { 'Accept-Encoding': 'gzip' },
    });
    const text = gunzipSync(answered.bytes, { finishFlush: constants.Z_SYNC_FLUSH }).toString('latin1');
    expect(answered.cut).toBe(true);
    expect(text.slice(-2000)).toMatch(TAIL);
  });

  test('curl, which knows nothing of tags, fails', () => {
    const { url, user, password } = endpoint.engine;
    const config = `user = "${user}:${password}"\n`;
    const run = spawnSync('curl', ['-sS', '-K', '-', '-o', '/dev/null', '--data-binary', query, url], {
      input: config,
    });
    expect(run.status).toBe(18);
  });

  test('query_log says what was thrown, and 210 where the client left', async () => {
    await endpoint.send({ body: query, with: { query_id: 'thrown' } });
    const gone = new AbortController();
    const left = endpoint.send({
      body: 'SELECT number FROM numbers(1000000000)',
      with: { query_id: 'left' },
      signal: gone.signal,
    });
    setTimeout(() => gone.abort(), 300);
    await expect(left).rejects.toThrow(/abort/);
    const rows = async () => {
      await endpoint.sql('SYSTEM FLUSH LOGS');
      return endpoint.sql(
        "SELECT query_id, type, exception_code, result_rows FROM system.query_log WHERE query_id IN ('thrown', 'left') ORDER BY query_id, type",
      );
    };
    await expect
      .poll(rows, { timeout: 5000 })
      .toBe(
        'left\tQueryStart\t0\t0\nleft\tExceptionWhileProcessing\t210\t\\N\nthrown\tQueryStart\t0\t0\nthrown\tExceptionWhileProcessing\t395\t\\N\n',
      );
  });
});

test('what came before its authentication is in no log', async () => {
  await endpoint.send({ body: 'SELECT 4711', login: false, with: { query_id: 'stranger' } });
  await endpoint.sql('SYSTEM FLUSH LOGS');
  expect(await endpoint.sql("SELECT count() FROM system.query_log WHERE query_id = 'stranger'")).toBe('0\n');
});
