import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Endpoint, startEndpoint } from '../../helpers/embedded-http.ts';

const CANARY = 'canary-5b1e77';
const folder = mkdtempSync(join(tmpdir(), 'chwitness-security-'));
const dataDir = join(folder, 'data');
const secret = join(folder, 'secret.txt');
let endpoint: Endpoint;

beforeAll(async () => {
  writeFileSync(secret, `${CANARY}\n`);
  endpoint = await startEndpoint({ dataDir });
  await endpoint.sql('CREATE TABLE t (a String, b Int32 DEFAULT 0) ENGINE = MergeTree ORDER BY a');
});
afterAll(async () => {
  await endpoint?.engine.stop();
  rmSync(folder, { recursive: true, force: true });
});

const code = (answered: { headers: Record<string, string> }) =>
  Number(answered.headers['x-clickhouse-exception-code'] ?? 0);

describe('what stands between a name and its bracket is read as the engine reads it', () => {
  test.each([
    ['a no-break space', '\u00a0'],
    ['an em space', '\u2003'],
    ['an ideographic space', '\u3000'],
    ['a zero width space', '\u200b'],
    ['a word joiner', '\u2060'],
    ['a byte order mark', '\ufeff'],
    ['a next line', '\u0085'],
    ['a comment after two slashes', '//x\n'],
    ['a comment in a comment', '/*/**/*/'],
    ['a comment after a hash', '#!x\n'],
  ])('%s', async (_name, between) => {
    expect(code(await endpoint.send({ body: `SELECT file${between}('${secret}')` }))).toBe(497);
    expect(code(await endpoint.send({ body: `SELECT 1 INTO${between}OUTFILE '${folder}/out'` }))).toBe(358);
  });

  test('escapes that mean nothing in a name', async () => {
    expect(code(await endpoint.send({ body: `SELECT \`fi\\Nle\`('${secret}')` }))).toBe(497);
  });

  test('random junk in between never gets a file out or in', async () => {
    const pieces = [' ', '\t', '/', '*', '-', '#', '!', '\n', '\u00a0', '\u2003', '\ufeff', '\u200e', "'", '"', '`', '$', '\\', '\0', ';', 'x',
      '--', '/*', '*/', '//', '# ', '$$', '$a$', '{', '}', '.', '@', '\x0b', '\x7f', '\u2212', '|', '1']; // biome-ignore format: a list
    let state = 20_251_029;
    const below = (limit: number) => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
      return state % limit;
    };
    const shapes = [
      (junk: string) => `SELECT file${junk}('${secret}')`,
      (junk: string) => `SELECT ${junk}file('${secret}')`,
      (junk: string) => `SELECT 1 ${junk}, file('${secret}')`,
      (junk: string) => `SELECT '${junk}' || file('${secret}') || '${junk}'`,
      (junk: string) => `SELECT \`${junk}file\`('${secret}')`,
      (junk: string) => `SELECT 1 INTO${junk}OUTFILE '${folder}/out'`,
      (junk: string) => `INSERT INTO t (a) VALUES ('x')${junk}; INSERT INTO t SELECT file('${secret}')${junk}`,
    ];
    const statements = Array.from({ length: 600 }, () => {
      const junk = Array.from({ length: 1 + below(5) }, () => pieces[below(pieces.length)]).join('');
      return shapes[below(shapes.length)]?.(junk) ?? '';
    });
    for (let n = 0; n < statements.length; n += 6) {
      const answers = await Promise.all(statements.slice(n, n + 6).map((body) => endpoint.send({ body })));
      for (const [at, { text }] of answers.entries()) expect(text, statements[n + at]).not.toContain(CANARY);
    }
    expect(await endpoint.sql(`SELECT count() FROM t WHERE a LIKE '%${CANARY}%'`)).toBe('0\n');
    expect(readdirSync(folder).toSorted()).toEqual(['data', 'secret.txt']);
  });
});

const OUTSIDE: [string, number][] = [
  ["SELECT * FROM file('/etc/passwd')", 497],
  ["SELECT * FROM '/etc/passwd'", 497],
  ['SELECT * FROM `/etc/passwd`', 497],
  ["SELECT * FROM executable('id', 'TSV', 'a String')", 497],
  ["CREATE TABLE x (a String) ENGINE = Executable('id', 'TSV')", 497],
  ["CREATE TABLE x (a String) ENGINE = ExecutablePool('id', 'TSV')", 497],
  [`CREATE TABLE x (a String) ENGINE = EmbeddedRocksDB(0, '${folder}/rocks') PRIMARY KEY a`, 497],
  ["CREATE TABLE x (a String) ENGINE = FileLog('secret.txt', 'LineAsString')", 497],
  ["CREATE TABLE x (a String) ENGINE = MySQL('127.0.0.1:1', 'a', 'b', 'c', 'd')", 497],
  ['CREATE TABLE x (a String) ENGINE = File(CSV)', 497],
  [`CREATE TABLE x AS file('${secret}')`, 497],
  ["CREATE DICTIONARY d (a UInt64) PRIMARY KEY a SOURCE(EXECUTABLE(COMMAND 'id' FORMAT 'TSV')) LAYOUT(FLAT()) LIFETIME(0)", 497],
  [`ATTACH TABLE x FROM '${folder}' (a String) ENGINE = MergeTree ORDER BY a`, 481],
  ["ATTACH TABLE x FROM 'src' (a String) ENGINE = MergeTree ORDER BY a", 481],
  [`INSERT INTO t FROM INFILE '${secret}' FORMAT LineAsString`, 78],
  [`SELECT 1 AS a FORMAT Template SETTINGS format_template_row = '${secret}'`, 452],
  [`SELECT 1 AS a FORMAT Template SETTINGS format_template_resultset = '${secret}'`, 452],
  [`SELECT * FROM format(Protobuf, 'a String', 'x') SETTINGS format_schema = '${secret}:X'`, 452],
  [`SELECT 1 AS a FORMAT Protobuf SETTINGS output_format_schema = '${folder}/written.proto'`, 452],
  ["SELECT * FROM format(AvroConfluent, 'a String', 'x') SETTINGS format_avro_schema_registry_url = 'http://127.0.0.1:1/'", 452],
  ['ALTER USER default IDENTIFIED BY \'x\'', 497],
  ['DROP USER default', 497],
  ['GRANT READ ON FILE TO default', 497],
  ['REVOKE SELECT ON *.* FROM default', 497],
  ['CREATE ROLE r', 497],
  ['CREATE ROW POLICY p ON t USING 1', 497],
  ['SYSTEM KILL', 497],
  ['SYSTEM STOP LISTEN HTTP', 497],
]; // biome-ignore format: a table reads better in rows

test.each(OUTSIDE)('%s → %i', async (body, expected) => {
  const answered = await endpoint.send({ body });
  expect(code(answered), answered.text).toBe(expected);
  expect(answered.text).not.toMatch(/canary-|root:/);
  expect(readdirSync(folder).toSorted()).toEqual(['data', 'secret.txt']);
});

test('rejected rows are written nowhere', async () => {
  const given = { query: 'INSERT INTO t FORMAT CSV', input_format_allow_errors_num: 1 };
  for (const path of [join(folder, 'errors.csv'), 'errors.csv']) {
    const answered = await endpoint.send({
      with: { ...given, input_format_record_errors_file_path: path },
      body: 'a,zz\n',
    });
    expect(code(answered)).toBe(452);
  }
  expect(readdirSync(folder).toSorted()).toEqual(['data', 'secret.txt']);
});

test('rows never turn into statements', async () => {
  const then = 'CREATE TABLE turned (a Int8) ENGINE = Memory';
  for (const body of [
    `INSERT INTO t VALUES ('a', 1); ${then}`,
    `INSERT INTO t VALUES ('a', 1)\n\n${then}`,
    `INSERT INTO t VALUES ('a', 1) // '\n; ${then} // '`,
    `INSERT INTO t VALUES ('a', 1); ${then} /* \u2018`,
    `INSERT INTO t FORMAT Values ('a', 1);\u00a0${then}`,
    `INSERT INTO t FORMAT CSV\na,1\n\n${then}\n`,
    `INSERT INTO t FORMAT CSV\na,1\n \n${then}\n`,
    `INSERT INTO t FORMAT CSV\r\na,1\r\n\r\n${then}\r\n`,
    `INSERT INTO t FORMAT TSV\na\t1\n;\n${then}\n`,
    `INSERT INTO t FORMAT JSONEachRow {"a":"x"}\n\n;${then}`,
    `${then.replace('turned', 'first')}\n\n${then}`,
    `${then.replace('turned', 'first')};\n${then}`,
  ]) {
    await endpoint.send({ body });
    expect(await endpoint.sql('EXISTS TABLE turned'), body).toBe('0\n');
  }
});

test('the engine listens on loopback only', async () => {
  expect(new URL(endpoint.engine.url).hostname).toBe('127.0.0.1');
  if (process.platform !== 'linux') return;
  const port = Number(new URL(endpoint.engine.url).port).toString(16).toUpperCase().padStart(4, '0');
  const listening = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((path) =>
    readFileSync(path, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[1]?.endsWith(`:${port}`) && fields[3] === '0A')
      .map((fields) => fields[1]),
  );
  expect(listening).toEqual([`0100007F:${port}`]);
});

test('the password is in no file, no log and no row, and all files are the owner’s alone', async () => {
  const { password, user } = endpoint.engine;
  await endpoint.send({ login: false, with: { user, password, query: 'SELECT 1' } });
  await endpoint.send({ login: false, with: { user, password: `${password}x`, query: 'SELECT 1' } });
  await endpoint.sql('SYSTEM FLUSH LOGS');
  for (const table of ['query_log', 'text_log']) {
    const columns = (await endpoint.sql(`SELECT * FROM system.${table} FORMAT TSVRaw`)).includes(password);
    expect(columns, table).toBe(false);
  }
  const files = readdirSync(dataDir, { recursive: true, withFileTypes: true });
  for (const file of files) {
    const path = join(file.parentPath, file.name);
    if (!file.isFile() && !file.isDirectory()) continue;
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) continue;
    expect(found.mode & 0o077, path).toBe(0);
    if (file.isFile()) expect(readFileSync(path).includes(password), path).toBe(false);
  }
  const list = execFileSync('ps', ['-A', '-o', 'args='], { encoding: 'utf8' });
  expect(list).not.toContain(password);
});
