import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Endpoint, startEndpoint } from '../../helpers/embedded-http.ts';

let endpoint: Endpoint;

beforeAll(async () => {
  endpoint = await startEndpoint({ database: 'shop', user: 'keeper', password: 'a "quoted" \\ password' });
});
afterAll(() => endpoint?.engine.stop());

const basic = (user: string, password: string) => ({
  Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});

describe('who may ask', () => {
  test('nobody without the password, and the answer does not say what was wrong', async () => {
    for (const headers of [{}, basic('keeper', 'wrong'), basic('nobody', endpoint.engine.password)]) {
      const { status, headers: got, text } = await endpoint.send({ login: false, headers, body: 'SELECT 1' });
      expect([status, got['x-clickhouse-exception-code']]).toEqual([403, '516']);
      expect(text).toMatch(
        /^Code: 516\. DB::Exception: \w+: Authentication failed: .*\(AUTHENTICATION_FAILED\) \(version [\d.]+\)\n$/,
      );
    }
  });

  test('basic auth and URL parameters are taken, two ways at once are not', async () => {
    const { password } = endpoint.engine;
    const asked = { login: false, body: 'SELECT 1' };
    expect((await endpoint.send({ ...asked, headers: basic('keeper', password) })).text).toBe('1\n');
    expect((await endpoint.send({ ...asked, with: { user: 'keeper', password } })).text).toBe('1\n');
    const both = await endpoint.send({
      ...asked,
      headers: basic('keeper', password),
      with: { user: 'keeper', password },
    });
    expect(both.headers['x-clickhouse-exception-code']).toBe('516');
  });

  test('health checks need no password', async () => {
    for (const path of ['/ping', '/replicas_status', '/']) {
      expect(await endpoint.send({ path, login: false })).toMatchObject({ status: 200, text: 'Ok.\n' });
    }
    expect((await endpoint.send({ path: '/metrics' })).status).toBe(404);
  });
});

describe('how a statement is sent', () => {
  test('in the query parameter, the body, or both with a line break between them', async () => {
    expect((await endpoint.send({ with: { query: 'SELECT 1 + 1' } })).text).toBe('2\n');
    expect((await endpoint.send({ body: 'SELECT 1 + 1' })).text).toBe('2\n');
    expect((await endpoint.send({ with: { query: 'SELECT 1 -- one' }, body: '+ 1' })).text).toBe('2\n');
  });

  test('parameters are bound by type', async () => {
    const query = "SELECT {list:Array(UInt8)}, {text:String}, {nothing:Nullable(String)}, {when:DateTime('UTC')}";
    const given = {
      param_list: '[1,2]',
      param_text: "a'b\\tc",
      param_nothing: '\\N',
      param_when: '2025-10-29 12:10:20',
    };
    expect(await endpoint.sql(query, given)).toBe("[1,2]\ta\\'b\\tc\t\\N\t2025-10-29 12:10:20\n");
    expect((await endpoint.send({ body: 'SELECT {x:UInt8}' })).headers['x-clickhouse-exception-code']).toBe('456');
    expect(
      (await endpoint.send({ body: 'SELECT {x:UInt8}', with: { param_x: 'a' } })).headers[
        'x-clickhouse-exception-code'
      ],
    ).toBe('457');
  });

  test('settings, database and format come from the URL and are gone with the request', async () => {
    expect(await endpoint.sql("SELECT getSetting('max_threads')", { max_threads: 3 })).toBe('3\n');
    expect(await endpoint.sql('SELECT currentDatabase()')).toBe('shop\n');
    expect(await endpoint.sql('SELECT currentDatabase()', { database: 'system' })).toBe('system\n');
    expect(await endpoint.sql('SELECT 1 AS a', { default_format: 'JSONEachRow' })).toBe('{"a":1}\n');
  });

  test('GET and HEAD only read', async () => {
    const refused = await endpoint.send({ with: { query: 'CREATE TABLE no (a Int8) ENGINE = Memory' } });
    expect(refused.headers['x-clickhouse-exception-code']).toBe('164');
    expect(await endpoint.send({ method: 'HEAD', with: { query: 'SELECT 1' } })).toMatchObject({
      status: 200,
      text: '',
    });
  });

  test('a session keeps temporary tables and SET, but not the settings of one request', async () => {
    const session = { session_id: 'one' };
    await endpoint.sql('CREATE TEMPORARY TABLE mine (a Int8)', session);
    await endpoint.sql('INSERT INTO mine VALUES (1)', session);
    await endpoint.sql('SET max_block_size = 77', session);
    expect(await endpoint.sql("SELECT a, getSetting('max_threads') FROM mine", { ...session, max_threads: 5 })).toBe(
      '1\t5\n',
    );
    expect(await endpoint.sql("SELECT getSetting('max_block_size'), getSetting('max_threads') = 5", session)).toBe(
      '77\t0\n',
    );
    const dropped = await endpoint.send({ with: { ...session, query: 'DROP TABLE mine' } });
    expect(dropped.headers['x-clickhouse-exception-code']).toBe('164');
    expect((await endpoint.send({ body: 'SELECT * FROM mine' })).headers['x-clickhouse-exception-code']).toBe('60');
    const absent = await endpoint.send({ body: 'SELECT 1', with: { session_id: 'two', session_check: 1 } });
    expect(absent.headers['x-clickhouse-exception-code']).toBe('372');
  });

  test('bodies may be compressed, and a broken one is refused', async () => {
    await endpoint.sql('CREATE TABLE packed (a Int32) ENGINE = Memory');
    const insert = (encoding: string, body: Uint8Array) =>
      endpoint.send({
        with: { query: 'INSERT INTO packed FORMAT JSONEachRow' },
        body,
        headers: { 'Content-Encoding': encoding },
      });
    expect((await insert('gzip', gzipSync('{"a":1}\n'))).summary).toMatchObject({ written_rows: 1 });
    expect((await insert('br', brotliCompressSync('{"a":2}\n'))).summary).toMatchObject({ written_rows: 1 });
    expect((await insert('gzip', gzipSync('{"a":1}\n').subarray(0, 12))).headers['x-clickhouse-exception-code']).toBe(
      '354',
    );
    expect((await insert('xz', Buffer.from('x'))).headers['x-clickhouse-exception-code']).toBe('89');
    expect(await endpoint.sql('SELECT sum(a) FROM packed')).toBe('3\n');
  });
});

describe('what comes back', () => {
  test.each([
    ['SELECT nope', 47, 404],
    ['SELECT * FROM nope', 60, 404],
    ['SELECT 1 FORMAT Nope', 73, 404],
    ['SELECT nope(1)', 46, 404],
    ['CREATE TABLE x (a Nope) ENGINE = Memory', 50, 404],
    ['SELECT 1 FROM', 62, 400],
    ['', 62, 400],
    ["SELECT 'a", 62, 400],
    ["SELECT toInt8('zz')", 6, 400],
    ['SELECT sleepEachRow(1) FROM numbers(3) SETTINGS max_block_size = 1, max_execution_time = 0.2', 159, 408],
    ['SELECT groupArray(number) FROM numbers(5000000) SETTINGS max_memory_usage = 10000000', 241, 500],
  ])('%s → code %i, status %i', async (statement, code, status) => {
    const answered = await endpoint.send({ body: statement });
    expect([answered.status, Number(answered.headers['x-clickhouse-exception-code'])], answered.text).toEqual([
      status,
      code,
    ]);
    expect(answered.text).toMatch(
      new RegExp(`^Code: ${code}\\. DB::\\w*Exception: [\\s\\S]+ \\([A-Z_]+\\) \\(version [\\d.]+\\)\\n$`),
    );
  });

  test('an unknown setting, database or role in the URL is refused as a server does', async () => {
    for (const [given, code] of [
      [{ nonsense: 1 }, '115'],
      [{ database: 'nope' }, '81'],
      [{ role: 'nope' }, '511'],
    ] as const) {
      expect((await endpoint.send({ body: 'SELECT 1', with: given })).headers['x-clickhouse-exception-code']).toBe(
        code,
      );
    }
  });

  test('headers say id, format, time zone and what was counted', async () => {
    const { headers, summary } = await endpoint.send({
      body: 'SELECT number FROM numbers(5) FORMAT CSV',
      with: { query_id: 'mine-1' },
    });
    expect(headers).toMatchObject({ 'x-clickhouse-query-id': 'mine-1', 'x-clickhouse-format': 'CSV' });
    expect(headers['x-clickhouse-timezone']).toBe((await endpoint.sql('SELECT timezone()')).trim());
    expect(summary).toMatchObject({ result_rows: 5, written_rows: 0 });
    const other = await endpoint.send({ body: 'SELECT 1' });
    expect(other.headers['x-clickhouse-query-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('answers are compressed when asked for', async () => {
    const ask = (encoding: string) =>
      endpoint.send({
        body: 'SELECT number FROM numbers(1000)',
        with: { enable_http_compression: 1 },
        headers: { 'Accept-Encoding': encoding },
      });
    const plain = await endpoint.sql('SELECT number FROM numbers(1000)');
    expect(gunzipSync((await ask('gzip')).bytes).toString()).toBe(plain);
    expect(inflateSync((await ask('deflate')).bytes).toString()).toBe(plain);
    expect(brotliDecompressSync((await ask('br, gzip')).bytes).toString()).toBe(plain);
    expect((await ask('zstd')).headers['content-encoding']).toBeUndefined();
  });

  // Blocks are formatted one by one by the engine: a document must have one head and one foot all the same.
  test.each([
    'CSVWithNames',
    'TSVWithNamesAndTypes',
    'JSONCompactEachRowWithNamesAndTypes',
    'JSON',
    'XML',
    'Values',
    'Native',
    'Parquet',
  ])('a result of many blocks is one document: %s', async (format) => {
    const rows = 300_000;
    const { bytes } = await endpoint.send({
      body: `SELECT number AS n, toString(number) AS s FROM numbers(${rows}) FORMAT ${format}`,
    });
    if (format === 'JSON') expect(JSON.parse(bytes.toString()).rows).toBe(rows);
    if (/Names/.test(format)) {
      const lines = bytes.toString().trimEnd().split('\n');
      expect(lines.length).toBe(rows + (format.endsWith('Types') ? 2 : 1));
      expect(new Set(lines).size).toBe(lines.length);
    }
    if (format === 'XML') expect(bytes.toString().match(/<\?xml/g)).toHaveLength(1);
    if (/Native|Parquet|Values/.test(format)) {
      await endpoint.sql(`CREATE OR REPLACE TABLE back (n UInt64, s String) ENGINE = Memory`);
      const insert = await endpoint.send({ with: { query: `INSERT INTO back FORMAT ${format}` }, body: bytes });
      expect(insert.text).toBe('');
      expect(await endpoint.sql('SELECT count(), sum(n), uniqExact(s) FROM back')).toBe(
        `${rows}\t44999850000\t${rows}\n`,
      );
    }
  });

  test('an exception after the first megabyte stands at the end of the body under its tag; with wait_end_of_query it has its own status', async () => {
    const query = 'SELECT throwIf(number = 1500000), number FROM numbers(3000000)';
    const { status, headers, text } = await endpoint.send({ body: query });
    const tag = headers['x-clickhouse-exception-tag'] ?? '';
    expect(status).toBe(200);
    const tail = new RegExp(
      `\\r\\n__exception__\\r\\n${tag}\\r\\n(Code: 395[\\s\\S]*\\n)(\\d+) ${tag}\\r\\n__exception__\\r\\n$`,
    ).exec(text.slice(-2000));
    expect(Number(tail?.[2])).toBe(Buffer.byteLength(tail?.[1] ?? ''));
    expect((await endpoint.send({ body: query, with: { wait_end_of_query: 1 } })).status).toBe(500);
  });
});

describe('queries under way', () => {
  const long = 'SELECT sum(cityHash64(number)) FROM numbers(50000000000)';
  const begun = async (id: string) => {
    for (let tries = 0; tries < 200; tries += 1) {
      const seen = await endpoint.sql(
        `SELECT count() FROM system.processes WHERE Settings['log_comment'] LIKE '%${id}|%'`,
      );
      if (seen.trim() !== '0') return;
    }
    throw new Error(`${id} never began`);
  };

  test('KILL QUERY … SYNC ends one by its own id, others and /ping go on meanwhile, and an id is unique', async () => {
    const running = endpoint.send({ body: long, with: { query_id: 'slow' } });
    await begun('slow');
    expect((await endpoint.send({ path: '/ping' })).text).toBe('Ok.\n');
    const twin = await endpoint.send({ body: 'SELECT 1', with: { query_id: 'slow' } });
    expect(twin.headers['x-clickhouse-exception-code']).toBe('216');
    expect(await endpoint.sql("KILL QUERY WHERE query_id = 'slow' TEST")).toContain('waiting\tslow');
    expect(await endpoint.sql("KILL QUERY WHERE query_id = 'slow' SYNC")).toContain('finished\tslow');
    expect((await running).headers['x-clickhouse-exception-code']).toBe('394');
  });

  test('a reader that goes away takes its query along', async () => {
    const gone = new AbortController();
    const left = endpoint.send({ body: long, with: { query_id: 'left' }, signal: gone.signal }).catch(() => 'left');
    await begun('left');
    gone.abort();
    expect(await left).toBe('left');
    await expect
      .poll(
        () =>
          endpoint.sql(
            "SELECT count() FROM system.processes WHERE query LIKE '%cityHash64%' AND query NOT LIKE '%processes%'",
          ),
        { timeout: 5000 },
      )
      .toBe('0\n');
  });

  test('more queries than places wait their turn', async () => {
    const answers = await Promise.all(Array.from({ length: 30 }, (_, n) => endpoint.sql(`SELECT ${n}, sleep(0.05)`)));
    expect(answers).toEqual(answers.map((_, n) => `${n}\t0\n`));
  });
});

test('curl and @clickhouse/client get along with it', async () => {
  const { url, user, password } = endpoint.engine;
  const config = `user = "${`${user}:${password}`.replace(/[\\"]/g, '\\$&')}"\n`;
  const curl = promisify(execFile)('curl', ['-sS', '--compressed', '-K', '-', '--data-binary', 'SELECT 1', url]);
  curl.child.stdin?.end(config);
  expect((await curl).stdout).toBe('1\n');

  const client = createClient({
    url,
    username: user,
    password,
    database: 'shop',
    compression: { request: true, response: true },
    log: { level: ClickHouseLogLevel.OFF },
  });
  try {
    expect((await client.ping()).success).toBe(true);
    await client.command({ query: 'CREATE TABLE c (a Int32, b String) ENGINE = MergeTree ORDER BY a' });
    const inserted = await client.insert({
      table: 'c',
      values: [
        { a: 1, b: 'x' },
        { a: 2, b: 'y' },
      ],
      format: 'JSONEachRow',
    });
    expect(inserted.summary?.written_rows).toBe('2');
    const rows = await client.query({
      query: 'SELECT a, b FROM c WHERE a = {a:Int32}',
      query_params: { a: 2 },
      format: 'JSON',
    });
    expect((await rows.json()).data).toEqual([{ a: 2, b: 'y' }]);
    await expect(client.query({ query: 'SELECT * FROM nope' })).rejects.toMatchObject({
      code: '60',
      type: 'UNKNOWN_TABLE',
    });
    const broken = await client.query({
      query: 'SELECT throwIf(number = 1500000), number FROM numbers(3000000)',
      format: 'JSONEachRow',
    });
    await expect(async () => {
      for await (const _rows of broken.stream()) void _rows;
      // The server cuts the connection after the exception: whichever of the two the client sees first.
    }).rejects.toMatchObject({ code: expect.stringMatching(/^(395|ECONNRESET)$/) });
  } finally {
    await client.close();
  }
});
