import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTarget } from '../../src/engine/http.ts';
import type { Target } from '../../src/engine/target.ts';
import { capabilities as capabilitiesSchema, type TargetConfig } from '../../src/model/target.ts';
import { type OldServer, oldServerMissing, startOldServer } from '../helpers/old-server.ts';
import { failureOf, type HooksProbe, probeHooks } from '../helpers/target-hooks.ts';

const missing = oldServerMissing();

describe.runIf(missing === undefined)('ClickHouse 18.16, the oldest server spoken to', () => {
  let server: OldServer;
  let hooks: HooksProbe;
  let target: Target;
  const opened: Target[] = [];

  async function as(change: Partial<TargetConfig>): Promise<Target> {
    const other = await openTarget(server.config(change), probeHooks());
    opened.push(other);
    return other;
  }

  beforeAll(async () => {
    const started = await startOldServer();
    if (!started.server) throw new Error(started.reason);
    server = started.server;
    hooks = probeHooks();
    target = await openTarget(server.config(), hooks);
    await target.command('CREATE DATABASE shop');
    await target.command(
      'CREATE TABLE shop.orders (id UInt64, name String, paid Decimal(18, 4)) ENGINE = MergeTree ORDER BY id',
    );
  });
  afterAll(async () => {
    for (const other of [target, ...opened]) await other?.close();
    await server?.stop();
  });

  test('its capabilities are told, and what it cannot say is noted', async () => {
    const found = capabilitiesSchema.parse(await target.capabilities());
    expect(found).toMatchObject({
      version: '18.16.1',
      major: 18,
      minor: 16,
      timezone: 'Europe/Moscow',
      user: 'default',
      accepts_settings: true,
      binds_parameters: false,
    });
    expect(Math.abs(found.clock_offset_ms)).toBeLessThanOrEqual(found.clock_uncertainty_ms + 5);
    expect(found.system.tables).toContain('engine_full');
    expect(found.system.text_log).toBeUndefined();
    expect(found.grants).toBeUndefined();
    expect(found.notes.join('\n')).toMatch(/known to the second only[\s\S]*grants could not be asked/);
    expect(await target.capabilities()).toBe(await target.capabilities());
  });

  test('values are bound though it knows no parameters, and come back as they were', async () => {
    const params = {
      text: "it's {n:UInt64} \\ \n\t☃ --",
      n: 18446744073709551615n,
      list: ["o'clock", 'b'],
      none: [],
      at: '2025-10-29 12:10:20',
    };
    const sql =
      "SELECT {text:String} AS text, {n:UInt64} AS n, has({list:Array(String)}, 'o\\'clock') AS has, length({none:Array(String)}) AS none, {at:DateTime} AS at";
    expect(await target.all(sql, { params })).toEqual([
      { text: params.text, n: '18446744073709551615', has: 1, none: '0', at: params.at },
    ]);
    expect(hooks.records.at(-1)?.sql).toContain('{text:String}');
  });

  test('rows go in raw and come out with 64-bit integers and decimals whole', async () => {
    const body = Buffer.from('{"id":"9223372036854775809","name":"Заказ","paid":12345678901234.5678}\n');
    const answer = await target.insert({ database: 'shop', table: 'orders' }, 'JSONEachRow', body, {
      columns: ['id', 'name', 'paid'],
      dedupToken: 'batch-1',
      rows: 1,
    });
    expect(answer).toEqual({ query_id: expect.stringMatching(/^chwitness-testrun1-\d+$/), summary: undefined });
    expect(await target.all('SELECT * FROM shop.orders')).toEqual([
      { id: '9223372036854775809', name: 'Заказ', paid: '12345678901234.5678' },
    ]);
    expect((await target.capabilities()).notes.join()).toContain('insert_deduplication_token was not sent');
  });

  test('gzip goes in as gzip', async () => {
    const { gzipSync } = await import('node:zlib');
    await target.command('CREATE TABLE shop.zipped (a UInt8) ENGINE = Memory');
    await target.insert({ database: 'shop', table: 'zipped' }, 'CSV', gzipSync('1\n2\n'), { encoding: 'gzip' });
    expect(await target.all('SELECT sum(a) AS sum FROM shop.zipped')).toEqual([{ sum: '3' }]);
  });

  test('its errors are typed by their code, though the client library cannot read them', async () => {
    expect(await failureOf(target.all('SELECT * FROM shop.nope'))).toMatchObject({
      failure: 'server',
      code: 60,
      codeName: undefined,
      httpStatus: 404,
      message: "Table shop.nope doesn't exist",
    });
    const bad = target.insert({ database: 'shop', table: 'orders' }, 'CSV', Buffer.from('x,y,z\n'));
    expect(await failureOf(bad)).toMatchObject({ failure: 'server', code: 27, httpStatus: 500 });
    // The six bytes, in a frame of 25.
    expect(hooks.records.at(-1)).toMatchObject({ kind: 'insert', outcome: 'error', code: 27, bytes: 31 });
  });

  test('an exception after the answer had begun is thrown, after the rows before it', async () => {
    const sql = 'SELECT number, throwIf(number = 1500000) FROM system.numbers LIMIT 2000000';
    let rows = 0;
    const read = async () => {
      for await (const _ of target.rows(sql)) rows += 1;
    };
    expect(await failureOf(read())).toMatchObject({ failure: 'server', code: 395, httpStatus: 200 });
    expect(rows).toBeGreaterThan(1_000_000);
    const copy = async () => {
      let tail = Buffer.alloc(0);
      try {
        for await (const chunk of await target.bytes(`${sql} FORMAT TSV`)) tail = chunk;
      } finally {
        expect(tail.toString()).toMatch(/\d+\t0\n$/);
      }
    };
    expect(await failureOf(copy())).toMatchObject({ failure: 'server', code: 395 });
  });

  test('rows that hold the texts of exceptions are rows', async () => {
    const text = "Code: 60, e.displayText() = DB::Exception: Table a.b doesn't exist., e.what() = DB::Exception";
    const params = { text };
    let raw = '';
    for await (const chunk of await target.bytes('SELECT 1 AS n, {text:String} AS text FORMAT Vertical', { params })) {
      raw += chunk;
    }
    expect(raw).toContain(text);
    expect(await target.all('SELECT {text:String} AS exception', { params })).toEqual([{ exception: text }]);
  });

  test('a wrong password, an unknown user and an unknown database end the first contact with their code', async () => {
    const wrong = await failureOf((await as({ user: 'guarded', password: 'pw-canary-1' })).capabilities());
    expect(wrong).toMatchObject({ failure: 'server', code: 193, httpStatus: 401 });
    expect(wrong.message).not.toContain('pw-canary-1');
    expect((await (await as({ user: 'guarded', password: 'old-server-pw' })).capabilities()).version).toBe('18.16.1');
    expect(await failureOf((await as({ user: 'nobody' })).capabilities())).toMatchObject({ code: 192 });
    expect(await failureOf((await as({ database: 'nope' })).all('SELECT 1'))).toMatchObject({ code: 81 });
  });

  test('users under readonly = 1 and 2 can be read as, whatever settings a statement asks for', async () => {
    for (const user of ['reader', 'viewer']) {
      const other = await as({ user });
      const statement = { settings: { readonly: 2, max_result_rows: 100 } };
      expect(await other.all('SELECT count() AS n FROM shop.zipped', statement)).toEqual([{ n: '2' }]);
      expect((await other.capabilities()).version).toBe('18.16.1');
      expect(await failureOf(other.command('CREATE TABLE shop.x (a UInt8) ENGINE = Memory'))).toMatchObject({
        failure: 'server',
        code: 164,
      });
    }
  });

  test('a setting of the configuration that it does not know is its own error, not dropped', async () => {
    const other = await as({ settings: { async_insert: '1' } });
    expect(await failureOf(other.all('SELECT 1'))).toMatchObject({ failure: 'server', code: 115 });
  });

  test('its native port says which port to use instead', async () => {
    const { readFileSync } = await import('node:fs');
    const native = /<tcp_port>(\d+)/.exec(readFileSync(`${server.folder}/config.xml`, 'utf8'))?.[1];
    const error = await failureOf((await as({ url: `http://127.0.0.1:${native}` })).all('SELECT 1'));
    expect(error).toMatchObject({ failure: 'not-clickhouse' });
    expect(error.message).toContain(`use the HTTP port ${server.port}`);
  });
});

if (missing !== undefined) {
  test(missing, () => {
    expect(process.env.CI, 'CI installs every engine').toBeUndefined();
  });
}
