import { execFileSync, spawnSync } from 'node:child_process';
import { Agent, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Endpoint, startEndpoint } from '../../helpers/embedded-http.ts';

let endpoint: Endpoint;

beforeAll(async () => {
  endpoint = await startEndpoint();
});
afterAll(() => endpoint?.engine.stop());

describe('on one connection', () => {
  /** Sends requests one after the other over a single socket. */
  function overOneSocket() {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const { url, user, password } = endpoint.engine;
    const ask = (body: string | Buffer, key = password) =>
      new Promise<{ status: number; text: string; port: number }>((resolve, reject) => {
        const asked = request(
          url,
          { method: 'POST', agent, headers: { 'X-ClickHouse-User': user, 'X-ClickHouse-Key': key } },
          (response) => {
            let text = '';
            const port = response.socket.localPort ?? 0;
            response.setEncoding('utf8').on('data', (piece: string) => {
              text += piece;
            });
            response.once('end', () => resolve({ status: response.statusCode ?? 0, text, port }));
          },
        );
        asked.once('error', reject);
        asked.end(body);
      });
    return { ask, close: () => agent.destroy() };
  }

  test('results, exceptions and refused large bodies follow each other', async () => {
    const { ask, close } = overOneSocket();
    try {
      const large = Buffer.alloc(8 * 1024 * 1024, 'x');
      const answers = [
        await ask('SELECT 1'),
        await ask('SELECT * FROM nope'),
        await ask(large, 'wrong'),
        await ask(Buffer.concat([Buffer.from('INSERT INTO nope FORMAT CSV\n'), large])),
        await ask('SELECT 2'),
      ];
      expect(answers.map(({ status }) => status)).toEqual([200, 404, 403, 404, 200]);
      expect(answers.at(-1)?.text).toBe('2\n');
      expect(new Set(answers.map(({ port }) => port)).size).toBe(1);
    } finally {
      close();
    }
  });
});

describe('names and texts that are not plain', () => {
  test.each(['☃ ü', 'a"b<c>', 'a}b|c%20', '{x}'])('query_id %s comes back, and is in the log', async (id) => {
    const answered = await endpoint.send({ body: 'SELECT 1', with: { query_id: id } });
    expect(Buffer.from(answered.headers['x-clickhouse-query-id'] ?? '', 'latin1').toString()).toBe(id);
    await endpoint.sql('SYSTEM FLUSH LOGS');
    expect(
      await endpoint.sql('SELECT count() FROM system.query_log WHERE query_id = {id:String}', { param_id: id }),
    ).toBe('2\n');
  });

  test('a query_id with line breaks starts no header of its own', async () => {
    const answered = await endpoint.send({ body: 'SELECT 1', with: { query_id: 'a\r\nX-Made-Up: 1' } });
    expect(answered).toMatchObject({ status: 200, text: '1\n' });
    expect(answered.headers).not.toHaveProperty('x-made-up');
  });

  test('identifiers, text and comments in any script', async () => {
    await endpoint.sql('CREATE TABLE `заказы` (`имя` String) ENGINE = Memory');
    await endpoint.sql("INSERT INTO `заказы` VALUES ('Пётр ☃')");
    expect(await endpoint.sql('SELECT `имя` FROM `заказы` -- всё')).toBe('Пётр ☃\n');
    const found = await endpoint.send({ with: { query: 'SELECT {имя:String}', param_имя: 'да' } });
    expect(found.headers['x-clickhouse-exception-code']).toBe('62');
    expect(await endpoint.sql('SELECT\u00a0{x:String}\u2003AS y', { param_x: 'Ж' })).toBe('Ж\n');
  });
});

describe('the size of a statement', () => {
  const list = (numbers: number) => `SELECT length([${'1,'.repeat(numbers - 1)}1])`;

  test('is limited by max_query_size, which the URL may raise', async () => {
    expect(await endpoint.sql(list(100_000))).toBe('100000\n');
    const refused = await endpoint.send({ body: list(200_000) });
    expect(refused).toMatchObject({ status: 400, headers: { 'x-clickhouse-exception-code': '62' } });
    expect(refused.text).toContain('Max query size exceeded');
    expect(await endpoint.sql(list(200_000), { max_query_size: 1_000_000 })).toBe('200000\n');
  });

  test('does not hold up others, whatever it is', async () => {
    const before = performance.now();
    const [refused, ping] = await Promise.all([
      endpoint.send({ body: `SELECT 1 ${'x, '.repeat(16_000_000)}` }),
      endpoint.send({ path: '/ping', login: false }),
    ]);
    expect(refused.headers['x-clickhouse-exception-code']).toBe('62');
    expect(ping.text).toBe('Ok.\n');
    expect(performance.now() - before).toBeLessThan(8000);
  });
});

test('a result larger than memory should hold flows through a slow reader', async () => {
  const { url, user, password, pid } = endpoint.engine;
  const resident = () => Number(execFileSync('ps', ['-o', 'rss=', '-p', `${pid}`], { encoding: 'utf8' })) / 1024;
  const before = resident();
  let most = 0;
  let bytes = 0;
  await new Promise<void>((resolve, reject) => {
    const asked = request(
      `${url}/?query=${encodeURIComponent("SELECT repeat('x', 1000) FROM numbers(400000)")}&max_block_size=4096`,
      {
        headers: { 'X-ClickHouse-User': user, 'X-ClickHouse-Key': password },
      },
    );
    asked.once('error', reject).once('response', (response) => {
      let pauses = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        // The reader rests now and then: what the engine makes meanwhile must not pile up.
        if (bytes / 30_000_000 > pauses) {
          pauses += 1;
          response.pause();
          most = Math.max(most, resident());
          setTimeout(() => response.resume(), 60);
        }
      });
      response.once('end', resolve);
    });
    asked.end();
  });
  expect(bytes).toBe(400_000 * 1001);
  expect(most - before).toBeLessThan(260);
});

// What a Python driver does at its start and for its first query, with nothing but the standard library.
const PYTHON = `
import gzip, json, struct, sys, urllib.error, urllib.parse, urllib.request
url, user, key = sys.argv[1], sys.argv[2], sys.stdin.read()
def post(body=b'', headers={}, **parameters):
    asked = urllib.request.Request(url + '/?' + urllib.parse.urlencode(parameters), data=body, method='POST',
        headers={'X-ClickHouse-User': user, 'X-ClickHouse-Key': key, **headers})
    return urllib.request.urlopen(asked)
def varint(data, at):
    value, shift = 0, 0
    while True:
        value |= (data[at] & 127) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 128: return value, at
def text(data, at):
    size, at = varint(data, at)
    return data[at:at + size].decode(), at + size
def native(data):
    rows, at, found = [], 0, []
    while at < len(data):
        columns, at = varint(data, at)
        count, at = varint(data, at)
        block = {}
        for _ in range(columns):
            name, at = text(data, at)
            kind, at = text(data, at)
            values = []
            for _ in range(count):
                if kind == 'String': value, at = text(data, at)
                elif kind == 'UInt64': value, at = struct.unpack_from('<Q', data, at)[0], at + 8
                else: raise Exception(kind)
                values.append(value)
            block[name] = values
        found += [dict(zip(block, row)) for row in zip(*block.values())]
    return found
said = {}
version, zone = post(b'SELECT version(), timezone()').read().decode().strip().split('\\t')
said['zone'] = zone
said['probe'] = post(b'SELECT 1 AS check FORMAT Native', client_protocol_version=54405).read()[:8].hex()
said['settings'] = len(native(post(b'SELECT name, value FROM system.settings LIMIT 500 FORMAT Native', wait_end_of_query=1).read()))
packed = post(b'SELECT number, toString(number * 2) AS s FROM numbers(3) FORMAT Native', {'Accept-Encoding': 'gzip'},
    enable_http_compression=1, max_block_size=2, query_id='python-1', database='default', session_id='python')
said['encoding'], said['id'] = packed.headers['Content-Encoding'], packed.headers['X-ClickHouse-Query-Id']
said['rows'] = native(gzip.decompress(packed.read()))
post(b'CREATE TABLE snake (a UInt64, b String) ENGINE = Memory')
rows = b''.join(struct.pack('<Q', n) + bytes([1]) + b'xyz'[n:n + 1] for n in range(3))
wrote = post(b'INSERT INTO snake FORMAT RowBinary\\n' + rows)
said['written'] = json.loads(wrote.headers['X-ClickHouse-Summary'])['written_rows']
post(gzip.compress(b'9\\tz\\n'), {'Content-Encoding': 'gzip'}, query='INSERT INTO snake FORMAT TSV')
binary = post(query='SELECT a, b FROM snake ORDER BY a FORMAT RowBinary').read()
said['binary'] = binary.hex()
try: post(b'SELECT * FROM nope')
except urllib.error.HTTPError as error:
    said['error'] = [error.code, error.headers['X-ClickHouse-Exception-Code'], error.read().decode().split('(')[-2].strip()[:13]]
print(json.dumps(said))
`;

test('a Python client’s basics work with nothing but urllib', () => {
  const { url, user, password } = endpoint.engine;
  const run = spawnSync('python3', ['-c', PYTHON, url, user], { input: password, encoding: 'utf8' });
  expect(run.stderr).toBe('');
  const little = (n: number) => `${n.toString(16).padStart(2, '0')}00000000000000`;
  expect(JSON.parse(run.stdout)).toEqual({
    zone: expect.stringMatching(/./),
    // One column, one row, its name of five letters: no block info, as the driver then expects.
    probe: `010105${Buffer.from('check').toString('hex')}`,
    settings: 500,
    encoding: 'gzip',
    id: 'python-1',
    rows: [0, 1, 2].map((n) => ({ number: n, s: `${n * 2}` })),
    written: '3',
    binary: [0, 1, 2, 9].map((n) => `${little(n)}01${['78', '79', '7a'][n] ?? '7a'}`).join(''),
    error: [404, '60', 'UNKNOWN_TABLE'],
  });
});
