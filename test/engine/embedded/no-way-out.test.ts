import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Endpoint, startEndpoint } from '../../helpers/embedded-http.ts';

const CANARY = 'canary-9f2c71';
const folder = mkdtempSync(join(tmpdir(), 'chwitness-outside-'));
const secret = join(folder, 'secret.txt');
let endpoint: Endpoint;

beforeAll(async () => {
  writeFileSync(secret, `${CANARY}\n`);
  endpoint = await startEndpoint();
  for (const name of ['t', '`format`', '`values`'])
    await endpoint.sql(`CREATE TABLE ${name} (a String) ENGINE = Memory`);
});
afterAll(async () => {
  await endpoint?.engine.stop();
  rmSync(folder, { recursive: true, force: true });
});

const written = join(folder, 'written');
const struct = `b String DEFAULT file(\\'${secret}\\')`;

const READS: [string, number][] = [
  [`SELECT file('${secret}')`, 497],
  [`SELECT \`file\`('${secret}')`, 497],
  [`SELECT "file"('${secret}')`, 497],
  [`SELECT "f\\x69le"('${secret}')`, 497],
  [`SELECT file/* c */('${secret}')`, 497],
  [`SELECT file -- c\n ('${secret}')`, 497],
  [`SELECT * APPLY file FROM (SELECT '${secret}')`, 497],
  [`SELECT * APPLY(file) FROM (SELECT '${secret}')`, 497],
  [`SELECT arrayMap(file, ['${secret}'])`, 497],
  [`SELECT arrayMap(\`file\`, ['${secret}'])`, 497],
  [`SELECT arrayMap(x -> file(x), ['${secret}'])`, 497],
  [`SELECT 1 UNION ALL SELECT length(file('${secret}'))`, 497],
  [`EXPLAIN SYNTAX SELECT file('${secret}')`, 497],
  [`CREATE FUNCTION reader AS (p) -> file(p)`, 497],
  [`CREATE TABLE d (a String DEFAULT file('${secret}')) ENGINE = Memory`, 497],
  [`CREATE VIEW v AS SELECT file('${secret}')`, 497],
  [`INSERT INTO t SELECT file('${secret}')`, 497],
  [`INSERT INTO t VALUES (file('${secret}'))`, 497],
  [`INSERT INTO t FORMAT Values (file('${secret}'))`, 497],
  [`INSERT INTO t VALUES ((SELECT 'x'))`, 48],
  [`INSERT INTO default.format SELECT file('${secret}')`, 497],
  [`INSERT INTO TABLE format SELECT file('${secret}')`, 497],
  [`INSERT INTO TABLE values SELECT file('${secret}')`, 497],
  [`INSERT INTO \`values\` SELECT file('${secret}')`, 497],
  [`INSERT INTO t SELECT a FROM format AS f, (SELECT file('${secret}') AS a)`, 497],
  [`SELECT * FROM format(Values, 'a String', '(file(\\'${secret}\\'))')`, 497],
  [`SELECT * FROM format(Values, 'a String', concat('(fi', 'le(\\'${secret}\\'))'))`, 48],
  [`SELECT * FROM format(Values, 'a String', '(fi' || 'le(\\'${secret}\\'))')`, 48],
  [`SELECT * FROM format(JSONEachRow, 'a String, ${struct}', '{"a":"x"}')`, 497],
  [`SELECT * FROM format(JSONEachRow, '{"a":"x"}') SETTINGS schema_inference_hints = '${struct}'`, 497],
  [`SELECT a FROM t SETTINGS additional_table_filters = {'t': 'file(\\'${secret}\\') != \\'\\''}`, 497],
  [`SELECT 1 SETTINGS input_format_values_interpret_expressions = 1`, 452],
  [`SET dialect = 'kusto'`, 452],
  [`SELECT * FROM file('${secret}', 'LineAsString')`, 497],
  [`DESCRIBE TABLE file('${secret}')`, 497],
  [`INSERT INTO t FROM INFILE '${secret}' FORMAT LineAsString`, 78],
  [`INSERT INTO t FROM/**/INFILE '${secret}' FORMAT LineAsString`, 78],
  [`CREATE TABLE f (a String) ENGINE = File(LineAsString, '${secret}')`, 497],
  [
    `CREATE DICTIONARY d (a String) PRIMARY KEY a SOURCE(FILE(PATH '${secret}' FORMAT 'LineAsString')) LAYOUT(FLAT()) LIFETIME(0)`,
    497,
  ],
  [`CREATE DATABASE fs ENGINE = Filesystem('${folder}')`, 497],
  [`SELECT * FROM sqlite('${secret}', 'x')`, 497],
  [`SELECT * FROM icebergLocal('${folder}')`, 497],
  [`SELECT * FROM filesystem('${folder}')`, 497],
  [`SELECT arrayFold(file, ['${secret}'], '')`, 497],
  [`SELECT COLUMNS('a') APPLY \`file\` FROM (SELECT '${secret}' AS a)`, 497],
  [`SELECT * REPLACE(file(a) AS a) FROM (SELECT '${secret}' AS a)`, 497],
  [`SELECT file# x\n('${secret}')`, 497],
  [`SELECT file//x\n('${secret}')`, 497],
  [`SELECT a FROM t SETTINGS additional_result_filter = 'file(\\'${secret}\\') != \\'\\''`, 497],
  [`SELECT * FROM loop(file('${secret}', 'LineAsString'))`, 497],
  [`SELECT * FROM deltaLakeLocal('${folder}')`, 497],
  [`CREATE TABLE f AS file('${secret}', 'LineAsString')`, 497],
  [`ALTER TABLE t ADD COLUMN z String DEFAULT file('${secret}')`, 497],
  [`CREATE MATERIALIZED VIEW r REFRESH EVERY 1 SECOND ENGINE = Memory AS SELECT file('${secret}') AS a`, 497],
  [`CREATE VIEW n DEFINER = nobody SQL SECURITY DEFINER AS SELECT * FROM file('${secret}', 'LineAsString')`, 497],
  [
    `CREATE DICTIONARY e (a String) PRIMARY KEY a SOURCE(EXECUTABLE(COMMAND 'cat ${secret}' FORMAT 'TSV')) LAYOUT(COMPLEX_KEY_HASHED()) LIFETIME(0)`,
    497,
  ],
  [`ATTACH TABLE f (a String) ENGINE = File(LineAsString, '${secret}')`, 497],
  [`ATTACH TABLE f FROM '${folder}' (a String) ENGINE = MergeTree ORDER BY a`, 481],
  [`SELECT 'x' AS a FORMAT Template SETTINGS format_template_row = '${secret}'`, 452],
  [`SELECT 'x' AS a FORMAT ProtobufSingle SETTINGS format_schema = '${secret}:M'`, 452],
];

const WRITES: [string, number][] = [
  [`SELECT 1 INTO OUTFILE '${written}'`, 358],
  [`SELECT 1 into\n/* x */ outfile '${written}' FORMAT CSV`, 358],
  [`SHOW TABLES INTO OUTFILE '${written}'`, 358],
  [`INSERT INTO FUNCTION file('${written}', 'CSV', 'a Int8') VALUES (1)`, 497],
  [`BACKUP TABLE t TO File('${written}')`, 497],
  [`RESTORE TABLE t FROM File('${written}')`, 497],
  [
    `CREATE TABLE m (a Int8) ENGINE = MergeTree ORDER BY a SETTINGS disk = disk(type = local, path = '${written}/')`,
    497,
  ],
  [`SELECT 1; SELECT 2`, 62],
  [`INSERT INTO t VALUES ('a'); SELECT 1 INTO OUTFILE '${written}'`, 62],
  [`INSERT INTO t VALUES ('a') -- '\n; SELECT 1 INTO OUTFILE '${written}'; -- '`, 62],
  [`INSERT INTO t VALUES ('a'); SELECT 1 INTO OUTFILE '${written}'; '`, 0],
  [`INSERT INTO t FORMAT JSONEachRow {"a":"a"}\n\nSELECT 1 INTO OUTFILE '${written}'`, 27],
  [`INSERT INTO t FORMAT JSONEachRow;\nSELECT 1 INTO OUTFILE '${written}'`, 27],
  [`INSERT INTO t FORMAT JSONEachRow {"a":"a"};\nSELECT 1 INTO OUTFILE '${written}'`, 27],
  [`INSERT INTO t FORMAT TSV\na\n;\nSELECT 1\tINTO OUTFILE '${written}'`, 27],
  [`INSERT INTO default.format SELECT 1 INTO OUTFILE '${written}'`, 358],
];

const SENDS: [string, number][] = [
  ["SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')", 497],
  ["SELECT * FROM remote('127.0.0.1:1', system.one)", 497],
  ["SELECT * FROM azureBlobStorage('http://127.0.0.1:1/', 'c', 'b', 'a', 'a')", 497],
  ["SELECT * FROM iceberg('http://127.0.0.1:1/bucket/a')", 497],
  ["SELECT * FROM deltaLake('http://127.0.0.1:1/bucket/a')", 497],
  ["SELECT * FROM mongodb('127.0.0.1:1', 'd', 'c', 'u', 'p', 'a String')", 497],
  ["SELECT * FROM odbc('DSN=x', 'y', 'z')", 497],
  ["SELECT * FROM jdbc('x', 'y', 'z')", 497],
  ["SELECT * FROM hdfs('hdfs://127.0.0.1:1/x', 'CSV', 'a String')", 497],
  ["SELECT * FROM executable('cat', 'TabSeparated', 'a String')", 497],
  [
    "SELECT * FROM format(AvroConfluent, 'a String', 'x') SETTINGS format_avro_schema_registry_url = 'http://127.0.0.1:1/'",
    452,
  ],
  ["SELECT AITranslate('a', 'b', 'c') SETTINGS allow_experimental_ai_functions = 1", 452],
  ["SELECT * FROM s3('http://127.0.0.1:1/bucket/a.csv', 'CSV', 'a String')", 497],
  ["SELECT * FROM mysql('127.0.0.1:1', 'a', 'b', 'c', 'd')", 497],
  ["SELECT * FROM postgresql('127.0.0.1:1', 'a', 'b', 'c', 'd')", 497],
  ["CREATE TABLE u (a String) ENGINE = URL('http://127.0.0.1:1', 'CSV')", 497],
  ["CREATE TABLE k (a String) ENGINE = Kafka('a', 'b', 'c', 'CSV')", 497],
  [
    "CREATE DICTIONARY h (a UInt64) PRIMARY KEY a SOURCE(HTTP(URL 'http://127.0.0.1:1/' FORMAT 'CSV')) LAYOUT(FLAT()) LIFETIME(0)",
    497,
  ],
  ["CREATE DATABASE m ENGINE = MySQL('127.0.0.1:1', 'a', 'b', 'c')", 497],
  ["CREATE DATABASE c ENGINE = DataLakeCatalog('http://127.0.0.1:1/') SETTINGS warehouse = 'x'", 497],
  ["RESTORE TABLE t FROM S3('http://127.0.0.1:1/bucket/a', 'a', 'b')", 497],
  [
    "CREATE TABLE w (a Int8) ENGINE = MergeTree ORDER BY a SETTINGS disk = disk(type = web, endpoint = 'http://127.0.0.1:1/')",
    497,
  ],
  ['CREATE USER bob', 497],
  ['GRANT ALL ON *.* TO default', 497],
  ['CREATE NAMED COLLECTION n AS a = 1', 497],
  ['SYSTEM SHUTDOWN', 497],
];

describe.each([
  ['files cannot be read', READS],
  ['files cannot be written', WRITES],
  ['nothing else can be reached', SENDS],
])('%s', (_name, attempts) => {
  test.each(attempts)('%s → %i', async (statement, code) => {
    const answered = await endpoint.send({ body: statement });
    expect(Number(answered.headers['x-clickhouse-exception-code'] ?? 0), answered.text).toBe(code);
    expect(answered.text).not.toContain(CANARY);
    expect(readdirSync(folder)).toEqual(['secret.txt']);
    expect(existsSync(written)).toBe(false);
  });
});

test('the same holds for settings and parameters in the URL, and for statements split between URL and body', async () => {
  const hints = {
    query: `SELECT * FROM format(JSONEachRow, '{"a":"x"}')`,
    schema_inference_hints: `b String DEFAULT file('${secret}')`,
  };
  expect((await endpoint.send({ with: hints })).headers['x-clickhouse-exception-code']).toBe('497');
  const split = await endpoint.send({ with: { query: 'SELECT file' }, body: `('${secret}')` });
  expect(split.headers['x-clickhouse-exception-code']).toBe('497');
  const bound = { query: "SELECT * FROM format(Values, 'a String', {s:String})", param_s: `(file('${secret}'))` };
  expect((await endpoint.send({ with: bound })).headers['x-clickhouse-exception-code']).toMatch(/^(48|497)$/);
  const kill = await endpoint.send({ body: `KILL QUERY WHERE query_id = file('${secret}')` });
  expect(kill.headers['x-clickhouse-exception-code']).toBe('497');
});

test('what only looks like it is left alone', async () => {
  await endpoint.sql('CREATE TABLE files (id Int32, file String, disk String) ENGINE = Memory');
  await endpoint.sql("INSERT INTO files (file, id, disk) VALUES ('file(1).txt', toInt32('7'), upper('into outfile'))");
  expect(
    await endpoint.sql("SELECT id, file, disk, 'x INTO OUTFILE y', format('{}-{}', file, upper(disk)) FROM files"),
  ).toBe('7\tfile(1).txt\tINTO OUTFILE\tx INTO OUTFILE y\tfile(1).txt-INTO OUTFILE\n');
});

test('the internal route needs its own token, and reads out of allowed folders only', async () => {
  const path = `/internal/describe?format=LineAsString&path=${encodeURIComponent(secret)}`;
  expect((await endpoint.send({ path, method: 'POST', body: '' })).status).toBe(404);
  await expect(endpoint.engine.describe('LineAsString', secret)).rejects.toThrow(/is not inside a folder/);
});

test('the data folder is closed to others, and the password is on no command line', async () => {
  const { readFileSync, statSync } = await import('node:fs');
  const base = (await endpoint.sql("SELECT path FROM system.disks WHERE name = 'default'")).trim();
  expect(statSync(join(base, '..')).mode & 0o077).toBe(0);
  if (process.platform !== 'linux') return;
  for (const name of ['cmdline', 'environ']) {
    expect(readFileSync(`/proc/${endpoint.engine.pid}/${name}`, 'latin1')).not.toContain(endpoint.engine.password);
  }
});
