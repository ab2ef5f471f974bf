import net from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { openTarget } from '../../src/engine/http.ts';
import type { Target } from '../../src/engine/target.ts';
import type { TargetConfig } from '../../src/model/target.ts';
import { type Listening, listen, startSocket, startStub, targetConfig } from '../helpers/http-stub.ts';
import { failureOf, probeHooks } from '../helpers/target-hooks.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0)) await thing.close();
});

function keep<T extends { close(): Promise<void> }>(thing: T): T {
  open.push(thing);
  return thing;
}

async function targetAt(url: string, change: Partial<TargetConfig> = {}, hooks = probeHooks()): Promise<Target> {
  return keep(await openTarget(targetConfig(url, change), hooks));
}

async function failureAt(url: string, change: Partial<TargetConfig> = {}) {
  const error = await failureOf((await targetAt(url, change)).all('SELECT 1'));
  expect(error.message).not.toContain('pw-canary-81423');
  expect(error.message).not.toContain('\n');
  return error;
}

describe('a connection that does not come about', () => {
  test('nothing listens: refused', async () => {
    const free: Listening = await listen(net.createServer());
    await free.close();
    expect(await failureAt(free.url)).toMatchObject({
      failure: 'refused',
      message: `nothing listens at ${free.url}: the connection was refused`,
    });
  });

  test('a name that does not exist: dns', async () => {
    expect(await failureAt('http://ch.invalid:8123')).toMatchObject({ failure: 'dns' });
  });

  test('a server that takes connections and says nothing: timeout', async () => {
    const silent = keep(await startSocket((socket) => socket.resume()));
    const started = performance.now();
    const error = await failureAt(silent.url, { requestTimeoutMs: 300 });
    expect(error).toMatchObject({ failure: 'timeout', message: 'the server did not answer within 300 ms' });
    expect(performance.now() - started).toBeLessThan(2000);
  });

  test('a TLS handshake that never ends: timeout of the connection', async () => {
    const silent = keep(await startSocket((socket) => socket.resume()));
    const error = await failureAt(silent.url.replace('http:', 'https:'), { connectTimeoutMs: 300 });
    expect(error).toMatchObject({ failure: 'timeout' });
    expect(error.message).toContain('did not answer the attempt to connect');
  });

  test('a server that hangs up: reset', async () => {
    const rude = keep(await startSocket((socket) => socket.once('data', () => socket.resetAndDestroy())));
    expect(await failureAt(rude.url)).toMatchObject({ failure: 'reset' });
  });

  test('another protocol that greets first: not ClickHouse', async () => {
    const mysql = keep(await startSocket((socket) => socket.end(Buffer.from([0x4a, 0, 0, 0, 0x0a, 0x38, 0x2e]))));
    expect(await failureAt(mysql.url)).toMatchObject({ failure: 'not-clickhouse' });
  });

  test('TLS spoken to a plain port: tls', async () => {
    const plain = keep(await startStub((_, response) => response.end()));
    const error = await failureAt(plain.url.replace('http:', 'https:'));
    expect(error).toMatchObject({ failure: 'tls' });
    expect(error.message).toContain('use http://');
  });
});

describe('a connection that ends midway', () => {
  test('in the result: rows so far, then reset', async () => {
    const cut = keep(
      await startStub((_, response) => {
        response.write('{"a":1}\n{"a":2}\n');
        setTimeout(() => response.destroy(), 50);
      }),
    );
    const hooks = probeHooks();
    const target = await targetAt(cut.url, {}, hooks);
    const seen: unknown[] = [];
    const read = async () => {
      for await (const row of target.rows('SELECT a')) seen.push(row);
    };
    expect(await failureOf(read())).toMatchObject({ failure: 'reset' });
    expect(seen).toEqual([{ a: 1 }, { a: 2 }]);
    expect(hooks.records.at(-1)).toMatchObject({ kind: 'select', outcome: 'error' });
  });

  test('in the result, by silence: timeout', async () => {
    const stuck = keep(await startStub((_, response) => response.write('{"a":1}\n')));
    const target = await targetAt(stuck.url, { requestTimeoutMs: 300 });
    expect(await failureOf(target.all('SELECT a'))).toMatchObject({ failure: 'timeout' });
  });

  test('after the rows of an INSERT: nobody knows whether they were stored', async () => {
    const cut = keep(await startStub((_, response) => response.socket?.destroy()));
    const hooks = probeHooks();
    const target = await targetAt(cut.url, {}, hooks);
    const insert = target.insert({ database: 'd', table: 't' }, 'JSONEachRow', Buffer.from('{"a":1}\n'), { rows: 1 });
    expect(await failureOf(insert)).toMatchObject({ failure: 'reset' });
    expect(hooks.records.at(-1)).toMatchObject({ kind: 'insert', outcome: 'unknown', table: 'd.t', bytes: 8 });
  });
});

describe('patience', () => {
  test('a signal stops a statement at once, before, while and after its answer begins', async () => {
    const slow = keep(
      await startStub(({ sql }, response) => {
        if (sql.includes('begun')) response.write('{"a":1}\n');
      }),
    );
    const target = await targetAt(slow.url);
    for (const sql of ['SELECT waiting', 'SELECT begun']) {
      const error = await failureOf(target.all(sql, { signal: AbortSignal.timeout(150) }));
      expect(error).toMatchObject({ failure: 'canceled', message: 'the statement was canceled' });
    }
    expect(await failureOf(target.all('SELECT 1', { signal: AbortSignal.abort() }))).toMatchObject({
      failure: 'canceled',
    });
  });

  test('a statement’s own limit counts from its beginning', async () => {
    const slow = keep(await startStub(() => {}));
    const target = await targetAt(slow.url);
    expect(await failureOf(target.command('SELECT 1', { timeoutMs: 200 }))).toMatchObject({
      failure: 'timeout',
      message: 'the statement was not finished within 200 ms',
    });
  });

  test('a slow source of rows is not the server’s silence', async () => {
    const quick = keep(await startStub((_, response) => response.end()));
    const target = await targetAt(quick.url, { requestTimeoutMs: 250 });
    const { Readable } = await import('node:stream');
    async function* rows() {
      for (let round = 0; round < 3; round += 1) {
        await new Promise((resolve) => setTimeout(resolve, 300));
        yield Buffer.from('{"a":1}\n');
      }
    }
    const answer = await target.insert({ database: 'd', table: 't' }, 'JSONEachRow', Readable.from(rows()));
    expect(answer.query_id).toMatch(/^chwitness-testrun1-\d+$/);
  });

  test('a slow reader of a result is not the server’s silence', async () => {
    const quick = keep(await startStub((_, response) => response.end('{"a":1}\n'.repeat(50_000))));
    const target = await targetAt(quick.url, { requestTimeoutMs: 250 });
    let count = 0;
    for await (const _ of target.rows('SELECT a')) {
      if (count % 20_000 === 0) await new Promise((resolve) => setTimeout(resolve, 300));
      count += 1;
    }
    expect(count).toBe(50_000);
  });

  test('an error of the source stays the source’s own', async () => {
    const quick = keep(await startStub((_, response) => response.end()));
    const target = await targetAt(quick.url);
    const { Readable } = await import('node:stream');
    // biome-ignore lint/correctness/useYield: it breaks before the first row.
    async function* broken(): AsyncGenerator<Buffer> {
      throw new RangeError('unexpected end of file');
    }
    const insert = target.insert({ database: 'd', table: 't' }, 'CSV', Readable.from(broken()));
    await expect(insert).rejects.toThrow(RangeError);
  });
});
