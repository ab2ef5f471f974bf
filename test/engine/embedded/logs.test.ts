import { afterAll, beforeAll, expect, test } from 'vitest';
import { textLogParser } from '../../../src/engine/embedded/text-log.ts';
import { type Endpoint, startEndpoint } from '../../helpers/embedded-http.ts';

let endpoint: Endpoint;

beforeAll(async () => {
  endpoint = await startEndpoint({ database: 'shop' });
  await endpoint.sql('CREATE TABLE orders (id Int32, note String) ENGINE = MergeTree ORDER BY id');
});
afterAll(() => endpoint?.engine.stop());

const flush = () => endpoint.sql('SYSTEM FLUSH LOGS');
const rows = async (query: string) =>
  (await endpoint.sql(`${query} FORMAT JSONEachRow`))
    .split('\n')
    .filter((line) => line !== '')
    .map((line): Record<string, unknown> => JSON.parse(line));

test('query_log has start and end of what was served, without the rows', async () => {
  const before = Date.now();
  await endpoint.send({
    with: { query: 'INSERT INTO orders FORMAT JSONEachRow', query_id: 'load-1', log_comment: 'job=nightly' },
    body: '{"id":1,"note":"row-canary"}\n{"id":2,"note":"row-canary"}\n',
    headers: { 'User-Agent': 'loader/1' },
  });
  await flush();
  const found = await rows(
    "SELECT *, toUnixTimestamp64Milli(event_time_microseconds) AS at FROM system.query_log WHERE query_id = 'load-1' ORDER BY type",
  );
  expect(found.map(({ type }) => type)).toEqual(['QueryStart', 'QueryFinish']);
  expect(found[1]).toMatchObject({
    query: 'INSERT INTO orders FORMAT JSONEachRow', query_kind: 'Insert', written_rows: 2, result_rows: null, exception_code: 0, user: 'default',
    current_database: 'shop', initial_query_id: 'load-1', is_initial_query: 1, interface: 2, http_method: 2, http_user_agent: 'loader/1',
    log_comment: 'job=nightly', address: '::ffff:127.0.0.1',
  }); // biome-ignore format: one value
  expect(Number(found[1]?.at)).toBeGreaterThanOrEqual(before - 1);
  expect(Number(found[1]?.at)).toBeLessThanOrEqual(Date.now() + 1);
  expect(
    await endpoint.sql(
      "SELECT count() FROM system.query_log WHERE query LIKE '%row-canary%' AND query NOT LIKE '%query_log%'",
    ),
  ).toBe('0\n');
});

test('what failed before its start and what failed on the way are told apart', async () => {
  await endpoint.send({ body: 'SELECT * FROM nope', with: { query_id: 'f-1' } });
  await endpoint.send({ body: 'SELECT throwIf(number = 5) FROM numbers(9)', with: { query_id: 'f-2' } });
  await endpoint.send({ body: 'SELECT 1', with: { query_id: 'f-3', nonsense: 1 } });
  await endpoint.send({ body: 'SELECT 1 FROM', with: { query_id: 'f-4' } });
  await flush();
  expect(
    await endpoint.sql(
      "SELECT query_id, type, exception_code FROM system.query_log WHERE query_id LIKE 'f-%' ORDER BY query_id, type",
    ),
  ).toBe(
    'f-1\tExceptionBeforeStart\t60\nf-2\tQueryStart\t0\nf-2\tExceptionWhileProcessing\t395\nf-3\tExceptionBeforeStart\t115\nf-4\tExceptionBeforeStart\t62\n',
  );
  const [row] = await rows("SELECT exception FROM system.query_log WHERE query_id = 'f-1'");
  expect(row?.exception).toMatch(/^Code: 60\. DB::Exception: .*\(UNKNOWN_TABLE\) \(version/);
});

test('a statement is in the log once its answer was read, also from another connection', async () => {
  for (let n = 0; n < 20; n += 1) {
    await endpoint.sql('SELECT 1', { query_id: `at-once-${n}` });
    await flush();
    expect(await endpoint.sql(`SELECT count() FROM system.query_log WHERE query_id = 'at-once-${n}'`)).toBe('2\n');
  }
});

test('log_queries = 0 keeps a statement out, in the URL and in the statement', async () => {
  await endpoint.sql('SELECT 1', { query_id: 'quiet-1', log_queries: 0 });
  await endpoint.sql('SELECT 1 SETTINGS log_queries = 0', { query_id: 'quiet-2' });
  await flush();
  expect(await endpoint.sql("SELECT count() FROM system.query_log WHERE query_id LIKE 'quiet-%'")).toBe('0\n');
});

test('text_log has the engine’s own lines under the client’s query_id, and nothing of the endpoint’s', async () => {
  await endpoint.sql('SELECT 40 + 2', { query_id: 'line-1', log_comment: 'mine' });
  await endpoint.send({ body: 'SELECT * FROM nope', with: { query_id: 'line-2' } });
  await endpoint.sql('SELECT 1 FORMAT JSON', { query_id: 'line-3', session_id: 's', max_threads: 1 });
  await flush();
  const first = await rows(
    "SELECT * FROM system.text_log WHERE query_id = 'line-1' AND logger_name = 'executeQuery' ORDER BY event_time_microseconds",
  );
  expect(first[0]).toMatchObject({
    level: 'Debug',
    message: expect.stringMatching(/\(comment: mine\).* SELECT 40 \+ 2 \(stage: Complete\)$/),
  });
  const [second] = await rows("SELECT message FROM system.text_log WHERE query_id = 'line-2' AND level = 'Error'");
  expect(second?.message).toMatch(/^Code: 60\. DB::Exception[\s\S]*Stack trace/);
  const third = await rows(
    "SELECT message FROM system.text_log WHERE query_id = 'line-3' AND message LIKE '%SELECT 1%'",
  );
  expect(third[0]?.message).toMatch(/SELECT 1 +FORMAT JSON/);
  const ours =
    "SELECT message FROM system.text_log WHERE query_id != '' AND (match(message, 'chwitness:|chwitness-internal|\\.chwitness') OR message LIKE '%SET log_comment%') AND message NOT LIKE '%text_log%'";
  expect(await rows(ours)).toEqual([]);
});

test('dropped log tables are made again, foreign ones are put aside', async () => {
  await endpoint.sql('DROP TABLE system.query_log');
  await endpoint.sql('SELECT 1', { query_id: 'again' });
  await flush();
  expect(await endpoint.sql("SELECT count() FROM system.query_log WHERE query_id = 'again'")).toBe('2\n');
  await endpoint.sql('DROP TABLE system.query_log SYNC');
  await endpoint.sql('CREATE TABLE system.query_log (other Int8) ENGINE = MergeTree ORDER BY tuple()');
  await flush();
  await flush();
  expect(await endpoint.sql("SELECT count() > 0 FROM system.query_log WHERE query_kind != ''")).toBe('1\n');
  expect(
    await endpoint.sql("SELECT name FROM system.columns WHERE database = 'system' AND table = 'query_log_0'"),
  ).toBe('other\n');
});

test('lines of the log become rows, entries of several lines included', () => {
  const parse = textLogParser('here');
  const text = [
    '2025.10.29 15:10:20.123456 [ 7 ] {e-1} <Debug> executeQuery: (from 127.0.0.1:0) (comment: chwitness:client%201|) (query 1, line 1) SELECT 1 (stage: Complete)',
    '2025.10.29 15:10:20.200000 [ 7 ] {e-1} <Error> executeQuery: Code: 60. DB::Exception: no',
    'second line',
    '2025.10.29 15:10:20.300000 [ 8 ] {} <Information> Application: ready',
    '',
  ].join('\n');
  // Cut anywhere, as a file is read.
  expect([...parse(text.slice(0, 200), false), ...parse(text.slice(200), false), ...parse('', true)]).toEqual([
    expect.objectContaining({
      query_id: 'client 1',
      thread_id: 7,
      message: '(from 127.0.0.1:0) (query 1, line 1) SELECT 1 (stage: Complete)',
    }),
    expect.objectContaining({
      query_id: 'client 1',
      level: 'Error',
      message: 'Code: 60. DB::Exception: no\nsecond line',
    }),
    expect.objectContaining({
      query_id: '',
      level: 'Information',
      event_time: '2025-10-29 15:10:20',
      logger_name: 'Application',
    }),
  ]);
});
