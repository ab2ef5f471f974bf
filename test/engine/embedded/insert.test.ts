import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Endpoint, startEndpoint } from '../../helpers/embedded-http.ts';

let endpoint: Endpoint;

beforeAll(async () => {
  endpoint = await startEndpoint();
});
afterAll(() => endpoint?.engine.stop());

// Defaults of every kind: a constant, one that reads another column, materialized, ephemeral, and one that reads the ephemeral column.
const TABLE = `(a UInt32, s String DEFAULT concat('d', toString(a)), m UInt32 MATERIALIZED a * 2, e String EPHEMERAL 'q',
  f String DEFAULT upper(e), k String DEFAULT 'k') ENGINE = MergeTree ORDER BY a`;
const stored = () => endpoint.sql('SELECT a, s, m, f, k FROM t ORDER BY a FORMAT JSONCompactEachRow');
const ROWS = '[1, "x", 2, "Q", "k"]\n[2, "y", 4, "Q", "k"]\n';
const DEFAULTS = '[1, "d1", 2, "Q", "k"]\n[2, "d2", 4, "Q", "k"]\n';

const BOTH_WAYS = ['the statement in the URL', 'the statement before its data'] as const;
function insert(way: (typeof BOTH_WAYS)[number], query: string, data: string | Uint8Array, headers = {}) {
  return way === BOTH_WAYS[0]
    ? endpoint.send({ with: { query }, body: data, headers })
    : endpoint.send({ body: Buffer.concat([Buffer.from(`${query}\n`), Buffer.from(data)]), headers });
}

beforeEach(() => endpoint.sql(`CREATE OR REPLACE TABLE t ${TABLE}`));

// Empty lines mean nothing in these formats, wherever they stand.
const LOOSE: [string, string, string][] = [
  ['JSONEachRow', 'INSERT INTO t FORMAT JSONEachRow', '{"a":1,"s":"x"}\n{"a":2,"s":"y"}'],
  ['JSONCompactEachRow', 'INSERT INTO t (a, s) FORMAT JSONCompactEachRow', '[1,"x"]\n[2,"y"]'],
  ['Values', 'INSERT INTO t (a, s) VALUES', "(1,'x'),\n(2,'y')"],
  ['a JSON array', 'INSERT INTO t FORMAT JSONEachRow', '[{"a":1,"s":"x"},\n{"a":2,"s":"y"}]'],
];
const LINES: [string, string, string][] = [
  ['CSV', 'INSERT INTO t (a, s) FORMAT CSV', '1,"x"\n2,y'],
  ['CSVWithNames', 'INSERT INTO t FORMAT CSVWithNames', '"s","a"\nx,1\n"y",2'],
  ['TSV', 'INSERT INTO t (a, s) FORMAT TSV', '1\tx\n2\ty'],
  ['TSVWithNames', 'INSERT INTO t FORMAT TSVWithNames', 's\ta\nx\t1\ny\t2'],
];

describe.each(BOTH_WAYS)('%s', (way) => {
  test.each(LOOSE)('%s: empty lines before and after the rows, or no line end at all', async (_name, query, rows) => {
    for (const before of ['', '\n', '\n\n', '\r\n\r\n', ' \n', '\n \n\t\n']) {
      for (const after of ['', '\n', '\n\n', '\r\n']) {
        await endpoint.sql('TRUNCATE TABLE t');
        const answered = await insert(way, query, before + rows + after);
        expect(answered.text, JSON.stringify([before, after])).toBe('');
        expect(answered.summary).toMatchObject({ written_rows: 2 });
        expect(await stored()).toBe(ROWS);
      }
    }
  });

  test.each(LINES)(
    '%s: with and without a line end; an empty line is a row, as a server has it',
    async (_name, query, rows) => {
      for (const after of ['', '\n']) {
        await endpoint.sql('TRUNCATE TABLE t');
        const answered = await insert(way, query, rows + after);
        expect(answered.text).toBe('');
        expect(answered.summary).toMatchObject({ written_rows: 2 });
        expect(await stored()).toBe(ROWS);
      }
      await endpoint.sql('TRUNCATE TABLE t');
      expect((await insert(way, query, `\n\n${rows}`)).headers['x-clickhouse-exception-code']).toMatch(/^(27|117)$/);
      expect(await stored()).toBe('');
    },
  );

  test.each(['Native', 'RowBinary', 'RowBinaryWithNamesAndTypes', 'Parquet', 'ArrowStream', 'ORC', 'Avro', 'MsgPack'])(
    '%s, plain and gzipped, with all columns and with defaults',
    async (format) => {
      const of = async (columns: string) =>
        (await endpoint.send({ body: `SELECT ${columns} FROM numbers(2) FORMAT ${format}` })).bytes;
      const both = await of("toUInt32(number + 1) AS a, if(number = 0, 'x', 'y') AS s");
      for (const [bytes, columns, headers, expected] of [
        [both, 'a, s', {}, ROWS],
        [gzipSync(both), 'a, s', { 'Content-Encoding': 'gzip' }, ROWS],
        [await of('toUInt32(number + 1) AS a'), 'a', {}, DEFAULTS],
      ] as const) {
        // Before its data the statement would have to be gzipped too.
        if (way === BOTH_WAYS[1] && 'Content-Encoding' in headers) continue;
        await endpoint.sql('TRUNCATE TABLE t');
        const answered = await insert(way, `INSERT INTO t (${columns}) FORMAT ${format}`, bytes, headers);
        expect(answered.text).toBe('');
        expect(answered.summary).toMatchObject({ written_rows: 2 });
        expect(await stored()).toBe(expected);
      }
    },
  );
});

test('an ephemeral column feeds the default that reads it', async () => {
  await endpoint.send({ with: { query: 'INSERT INTO t (a, e) FORMAT CSV' }, body: '1,zz' });
  await endpoint.send({ with: { query: 'INSERT INTO t (a, e) FORMAT JSONEachRow' }, body: '\n\n{"a":2,"e":"yy"}\n\n' });
  expect(await endpoint.sql('SELECT a, f FROM t ORDER BY a')).toBe('1\tZZ\n2\tYY\n');
});

test('pieces of any size, cut anywhere, are one body', async () => {
  const rows = '1,x\n2,"y"';
  const answered = await endpoint.send({ with: { query: 'INSERT INTO t (a, s) FORMAT CSV' }, body: [...rows] });
  expect(answered.summary).toMatchObject({ written_rows: 2 });
  expect(await stored()).toBe(ROWS);
});

test('several gzip members are one body; a member cut off stores nothing', async () => {
  const [one, two] = [gzipSync('1,x\n'), gzipSync('2,y\n')];
  const sent = { with: { query: 'INSERT INTO t (a, s) FORMAT CSV' }, headers: { 'Content-Encoding': 'gzip' } };
  expect((await endpoint.send({ ...sent, body: Buffer.concat([one, two]) })).summary).toMatchObject({
    written_rows: 2,
  });
  const broken = await endpoint.send({ ...sent, body: Buffer.concat([one, two.subarray(0, 14)]) });
  expect(broken.headers['x-clickhouse-exception-code']).toBe('354');
  expect(await stored()).toBe(ROWS);
});

test('line breaks inside of values survive, empty lines among them', async () => {
  for (const [query, data] of [
    ['INSERT INTO t (a, s) FORMAT CSV', '1,"x\n\ny"\n'],
    ['INSERT INTO t (a, s) VALUES', "(1, 'x\n\ny')"],
    ['INSERT INTO t FORMAT JSONEachRow', '{"a":1,"s":"x\\n\\ny"}'],
  ] as const) {
    await endpoint.sql(
      `CREATE OR REPLACE TABLE t (a UInt32, s String, m UInt8 DEFAULT 0, f UInt8 DEFAULT 0, k UInt8 DEFAULT 0) ENGINE = Memory`,
    );
    expect((await endpoint.send({ with: { query }, body: data })).text).toBe('');
    expect(await endpoint.sql('SELECT s FROM t FORMAT JSONCompactEachRow'), query).toBe('["x\\n\\ny"]\n');
  }
});

test('settings in the statement and in the URL reach the reader', async () => {
  await endpoint.send({
    with: { query: "INSERT INTO t (a, s) SETTINGS format_csv_delimiter = ';' FORMAT CSV" },
    body: '1;x',
  });
  await endpoint.send({ with: { query: 'INSERT INTO t (a, s) FORMAT CSV', format_csv_delimiter: '|' }, body: '2|y' });
  expect(await stored()).toBe(ROWS);
});

test('a token keeps a second copy out in every format', async () => {
  await endpoint.sql(
    'CREATE TABLE d (a UInt32) ENGINE = MergeTree ORDER BY a SETTINGS non_replicated_deduplication_window = 100',
  );
  const parquet = (await endpoint.send({ body: 'SELECT toUInt32(number) AS a FROM numbers(2) FORMAT Parquet' })).bytes;
  for (const [format, data] of [
    ['CSV', '0\n1\n'],
    ['CSV', '0\n1'],
    ['JSONEachRow', '\n\n{"a":0}\n{"a":1}\n\n'],
    ['Parquet', parquet],
  ] as const) {
    await endpoint.send({
      with: { query: `INSERT INTO d FORMAT ${format}`, insert_deduplication_token: 'once' },
      body: data,
    });
    expect(await endpoint.sql('SELECT count() FROM d'), format).toBe('2\n');
  }
  await endpoint.send({
    with: { query: 'INSERT INTO d FORMAT CSV', insert_deduplication_token: 'twice' },
    body: '0\n1\n',
  });
  expect(await endpoint.sql('SELECT count() FROM d')).toBe('4\n');
});

test('asynchronous inserts are there when the answer is', async () => {
  const given = { async_insert: 1, wait_for_async_insert: 1 };
  const answered = await endpoint.send({
    with: { query: 'INSERT INTO t (a, s) FORMAT CSV', ...given },
    body: '1,x\n2,y\n',
  });
  expect(answered.summary).toMatchObject({ written_rows: 2 });
  expect(await stored()).toBe(ROWS);
});

test('INSERT … SELECT and WITH … INSERT count what they wrote', async () => {
  const wrote = async (body: string) => (await endpoint.send({ body })).summary;
  expect(await wrote('INSERT INTO t (a) SELECT number FROM numbers(10) SETTINGS max_threads = 1')).toMatchObject({
    written_rows: 10,
  });
  expect(await wrote('WITH 5 AS five INSERT INTO t (a) SELECT five FROM numbers(3)')).toMatchObject({
    written_rows: 3,
  });
  expect(await wrote('INSERT INTO t (a) WITH 5 AS five SELECT five')).toMatchObject({ written_rows: 1 });
  expect(await endpoint.sql('SELECT count() FROM t')).toBe('14\n');
});

test('a bad row stores nothing, and its number is in the exception', async () => {
  const rows = Array.from({ length: 1000 }, (_, n) => `${n},x`);
  rows[700] = 'seven hundred,x';
  const answered = await endpoint.send({ with: { query: 'INSERT INTO t (a, s) FORMAT CSV' }, body: rows.join('\n') });
  expect(answered).toMatchObject({ status: 400, headers: { 'x-clickhouse-exception-code': '27' } });
  expect(answered.text).toContain('(at row 701)');
  expect(await endpoint.sql('SELECT count() FROM t')).toBe('0\n');
});

test('half a million rows of VALUES hold nobody up', async () => {
  const body = `INSERT INTO t (a, s) VALUES ${Array.from({ length: 500_000 }, (_, n) => `(${n},'row ${n}')`).join(',')}`;
  const running = endpoint.send({ body });
  const waits: number[] = [];
  let done = false;
  void running.finally(() => {
    done = true;
  });
  while (!done) {
    const before = performance.now();
    await endpoint.send({ path: '/ping', login: false });
    waits.push(performance.now() - before);
  }
  expect((await running).summary).toMatchObject({ written_rows: 500_000 });
  expect(Math.max(...waits)).toBeLessThan(2500);
});
