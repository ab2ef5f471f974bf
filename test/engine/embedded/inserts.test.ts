import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Endpoint, startEndpoint } from '../../helpers/embedded-http.ts';

let endpoint: Endpoint;
let spool: string;

beforeAll(async () => {
  endpoint = await startEndpoint();
  const data = (await endpoint.sql("SELECT path FROM system.disks WHERE name = 'default'")).trim();
  spool = join(data, '..', '.chwitness', 'spool');
});
afterAll(() => endpoint?.engine.stop());

const insert = (query: string, body: Parameters<Endpoint['send']>[0]['body'], given = {}) =>
  endpoint.send({ with: { query, ...given }, ...(body === undefined ? { method: 'POST' } : { body }) });
const code = (answered: { headers: Record<string, string> }) =>
  Number(answered.headers['x-clickhouse-exception-code'] ?? 0);

/** More than what an insert may hold in memory, so that it takes the way through a file. */
function* large(row: (n: number) => string, rows: number): Generator<string> {
  for (let n = 0; n < rows; n += 5000) {
    let piece = '';
    for (let each = n; each < Math.min(rows, n + 5000); each += 1) piece += row(each);
    yield piece;
  }
}
const WIDE = 'w'.repeat(200);
const ROWS = 200_000;

describe('every way of sending rows', () => {
  beforeEach(() => endpoint.sql('CREATE OR REPLACE TABLE t (a Int32, b String) ENGINE = MergeTree ORDER BY a'));

  test.each([
    ['INSERT INTO t FORMAT JSONEachRow', '{"a":1,"b":"x"}\n{"a":2,"b":"y"}\n'],
    ['INSERT INTO t FORMAT JSONEachRow', '[\n{"a":1,"b":"x"},\n{"a":2,\n"b":"y"}]'],
    ['INSERT INTO default.t (b, a) FORMAT TSV', 'x\t1\ny\t2\n'],
    ['INSERT INTO t FORMAT CSVWithNames', 'b,a\nx,1\ny,2\n'],
    ["INSERT INTO t SETTINGS format_csv_delimiter = ';' FORMAT CSV", '1;x\n2;y\n'],
    ['INSERT INTO t VALUES', "(1, 'x'), (2, lower('Y'))"],
    ["insert into t (a, b) values (1, 'x'), (2, 'y')", undefined],
    ['INSERT INTO TABLE `t` FORMAT Values', "(1,'x'),(2,'y')"],
    ['INSERT INTO t -- FORMAT CSV\nFORMAT /* here */ TSV', '1\tx\n2\ty\n'],
    ["INSERT INTO t SELECT number + 1, ['x', 'y'][number + 1] FROM numbers(2)", undefined],
  ])('%s', async (query, body) => {
    const answered = await insert(query, body);
    expect(answered.text).toBe('');
    expect(answered.summary).toMatchObject({ written_rows: 2 });
    expect(await endpoint.sql('SELECT * FROM t ORDER BY a')).toBe('1\tx\n2\ty\n');
  });

  test('statement and rows may both stand in the body', async () => {
    expect((await endpoint.send({ body: 'INSERT INTO t FORMAT TSV\n1\tx\n2\ty\n' })).summary).toMatchObject({
      written_rows: 2,
    });
    expect(await endpoint.sql('SELECT * FROM t ORDER BY a')).toBe('1\tx\n2\ty\n');
  });

  test('text that is no UTF-8 and NUL bytes arrive as they were', async () => {
    const bytes = Buffer.concat([Buffer.from('{"a":1,"b":"'), Buffer.from([0xff, 0xfe]), Buffer.from('\\u0000"}\n')]);
    await insert('INSERT INTO t FORMAT JSONEachRow', bytes);
    expect(await endpoint.sql('SELECT hex(b) FROM t')).toBe('FFFE00\n');
  });

  test('no rows are no error, but a wrong table or column is', async () => {
    for (const format of ['JSONEachRow', 'CSVWithNames', 'Native', 'Values']) {
      expect((await insert(`INSERT INTO t FORMAT ${format}`, '')).summary).toMatchObject({ written_rows: 0 });
    }
    expect(code(await insert('INSERT INTO nope FORMAT JSONEachRow', ''))).toBe(60);
    expect(code(await insert('INSERT INTO t (nope) FORMAT JSONEachRow', ''))).toBe(16);
    expect(await endpoint.sql('SELECT count() FROM t')).toBe('0\n');
  });

  test('input() is refused rather than read as nothing', async () => {
    expect(code(await insert("INSERT INTO t SELECT a, 'x' FROM input('a Int32') FORMAT TSV", '1\n'))).toBe(48);
  });
});

describe('small and large bodies are treated alike', () => {
  const table = `(a Int32, n Nullable(Int8), plain String DEFAULT 'p', named String DEFAULT concat('x', toString(a)), twice Int64 MATERIALIZED a * 2,
    plus Int64 ALIAS a + 1, list Array(Int8) DEFAULT [1, 2], low LowCardinality(String) DEFAULT 'k', wide String CODEC(ZSTD))
    ENGINE = MergeTree ORDER BY a SETTINGS non_replicated_deduplication_window = 100`;
  const read = (name: string) =>
    endpoint.sql(`SELECT count(), sum(a), sum(n), countIf(n IS NULL), any(plain), uniqExact(named), countIf(named = concat('x', toString(a))),
      sum(twice), sum(plus), sum(length(list)), any(low), sum(length(wide)) FROM ${name}`);

  test.each([
    [
      'JSONEachRow',
      '',
      (n: number) => `{"a":${n},"n":${n % 2 === 0 ? 'null' : 1},"plain":null,"zz":5,"wide":"${WIDE}"}\n`,
    ],
    ['TSV', '(a, n, wide)', (n: number) => `${n}\t${n % 2 === 0 ? '\\N' : 1}\t${WIDE}\n`],
    ['CSV', '(a, n, wide)', (n: number) => `${n},${n % 2 === 0 ? '\\N' : 1},"${WIDE.slice(2)}\n,"\n`],
    ['Values', '(a, n, wide)', (n: number) => `(${n}, ${n % 2 === 0 ? 'NULL' : 1}, '${WIDE}'),\n`],
  ])('%s: defaults, materialized columns, NULLs and counts', async (format, columns, row) => {
    await endpoint.sql(`CREATE OR REPLACE TABLE big ${table}`);
    await endpoint.sql(`CREATE OR REPLACE TABLE small ${table}`);
    const query = (name: string) => `INSERT INTO ${name} ${columns} FORMAT ${format}`;
    const whole = await insert(query('big'), large(row, ROWS));
    expect(whole.text).toBe('');
    expect(whole.summary).toMatchObject({ written_rows: ROWS });
    for (let from = 0; from < ROWS; from += 50_000) {
      const piece = Array.from({ length: 50_000 }, (_, n) => row(from + n)).join('');
      expect((await insert(query('small'), piece)).summary).toMatchObject({ written_rows: 50_000 });
    }
    expect(await read('big')).toBe(await read('small'));
    expect(readdirSync(spool)).toEqual([]);
  });

  test('defaults that read materialized and ephemeral columns', async () => {
    await endpoint.sql(`CREATE OR REPLACE TABLE big (a Int32, m Int64 MATERIALIZED a * 2, e Int32 EPHEMERAL 5, d Int64 DEFAULT m + e, wide String)
      ENGINE = MergeTree ORDER BY a`);
    const answered = await insert(
      'INSERT INTO big (a, wide) FORMAT JSONEachRow',
      large((n) => `{"a":${n},"wide":"${WIDE}"}\n`, ROWS),
    );
    expect(answered.text).toBe('');
    expect(await endpoint.sql('SELECT count(), sum(d) = sum(a) * 2 + 5 * count() FROM big')).toBe(`${ROWS}\t1\n`);
  });

  test('the same exception, with the row counted from the start and no file named', async () => {
    await endpoint.sql(`CREATE OR REPLACE TABLE big ${table}`);
    const bad = function* () {
      yield* large((n) => `{"a":${n},"wide":"${WIDE}"}\n`, ROWS);
      yield '{"a":"zz"}\n';
    };
    const [whole, small] = [
      await insert('INSERT INTO big FORMAT JSONEachRow', bad()),
      await insert('INSERT INTO big FORMAT JSONEachRow', '{"a":"zz"}\n'),
    ];
    expect([whole.status, code(whole)]).toEqual([small.status, code(small)]);
    expect(whole.text).toContain(`(at row ${ROWS + 1})`);
    expect(whole.text).not.toMatch(/spool|insert-|File/);
    const unknown = function* () {
      yield* large((n) => `{"a":${n},"zz":1,"wide":"${WIDE}"}\n`, ROWS);
    };
    expect(
      code(await insert('INSERT INTO big FORMAT JSONEachRow', unknown(), { input_format_skip_unknown_fields: 0 })),
    ).toBe(117);
    const forgiven = await insert('INSERT INTO big FORMAT JSONEachRow', bad(), { input_format_allow_errors_num: 1 });
    expect(forgiven.summary).toMatchObject({ written_rows: ROWS });
    expect(code(await insert('INSERT INTO nope FORMAT JSONEachRow', unknown()))).toBe(60);
    expect(readdirSync(spool)).toEqual([]);
  });

  test('a deduplication token keeps the second copy out', async () => {
    for (const rows of [10, ROWS]) {
      await endpoint.sql(`CREATE OR REPLACE TABLE big ${table}`);
      for (let copy = 0; copy < 2; copy += 1) {
        const body = large((n) => `{"a":${n},"wide":"${WIDE}"}\n`, rows);
        await insert('INSERT INTO big FORMAT JSONEachRow', body, { insert_deduplication_token: `token-${rows}` });
      }
      expect(await endpoint.sql('SELECT count() FROM big')).toBe(`${rows}\n`);
    }
  });

  test('rows of materialized views are counted in written_rows, as a server counts them', async () => {
    await endpoint.sql('CREATE TABLE src (a Int32) ENGINE = MergeTree ORDER BY a');
    await endpoint.sql('CREATE TABLE dst (a Int32) ENGINE = MergeTree ORDER BY a');
    await endpoint.sql('CREATE MATERIALIZED VIEW mv TO dst AS SELECT a FROM src');
    expect((await insert('INSERT INTO src FORMAT TSV', '1\n2\n3\n')).summary).toMatchObject({ written_rows: 6 });
  });
});

test('half a gigabyte passes through in bounded memory', async () => {
  await endpoint.sql('CREATE TABLE heavy (a Int32, wide String) ENGINE = MergeTree ORDER BY a');
  // Where there is no /proc the peak is not known.
  const peak = () =>
    process.platform !== 'linux'
      ? 0
      : Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${endpoint.engine.pid}/status`, 'utf8'))?.[1]) / 1024;
  const line = `{"a":7,"wide":"${'w'.repeat(1000)}"}\n`;
  const piece = line.repeat(1000);
  const answered = await insert(
    'INSERT INTO heavy FORMAT JSONEachRow',
    (function* () {
      for (let n = 0; n < 500; n += 1) yield piece;
    })(),
  );
  expect(answered.summary).toMatchObject({ written_rows: 500_000 });
  // The engine's own parallel parsing and its blocks take some hundred MiB, whatever the size.
  expect(peak()).toBeLessThan(2000);
  const { bytes } = await endpoint.send({ with: { query: 'SELECT a, wide FROM heavy LIMIT 300000 FORMAT TSV' } });
  expect(bytes.length).toBe(300_000 * 1003);
});
