import http from 'node:http';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, test } from 'vitest';
import { openTarget } from '../../src/engine/http.ts';
import { likeClickHouse, listen, type Reply, startStub, targetConfig } from '../helpers/http-stub.ts';
import { failureOf, probeHooks } from '../helpers/target-hooks.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0)) await thing.close();
});

/** A target at a server that answers every request so. */
async function answering(listener: http.RequestListener) {
  const server = await listen(
    http.createServer((request, response) => {
      request.resume();
      listener(request, response);
    }),
  );
  const target = await openTarget(targetConfig(server.url), probeHooks());
  open.push(target, server);
  return target;
}

/** A target at a server that introduces itself as ClickHouse and then answers so. */
async function afterHandshake(reply: Reply) {
  const server = await startStub(reply);
  const hooks = probeHooks();
  const target = await openTarget(targetConfig(server.url), hooks);
  open.push(target, server);
  return { target, hooks };
}

describe('an answer that ClickHouse did not write', () => {
  const cases: { what: string; status: number; headers?: Record<string, string>; body: string; says: string }[] = [
    {
      what: 'a login page',
      status: 200,
      headers: { 'content-type': 'text/html' },
      body: '<html><title>Sign in\n to the portal</title><form></form></html>',
      says: 'was not ClickHouse (HTTP 200, text/html), with a page titled “Sign in to the portal”',
    },
    {
      what: 'a redirect',
      status: 302,
      headers: { location: 'https://u:pw-canary-81423@sso.example/login?token=x' },
      body: '',
      says: 'redirects to https://sso.example/login (HTTP 302)',
    },
    { what: 'a proxy without its server', status: 502, body: 'Bad Gateway', says: 'could not reach the server' },
    { what: 'a proxy with a limit', status: 413, body: 'too large', says: 'refused the size of the request' },
    { what: 'a gate', status: 401, body: 'who are you', says: 'it is not ClickHouse that says so' },
    {
      what: 'the native port',
      status: 400,
      body: 'Port 9440 is for clickhouse-client program.\r\nYou must use port 18123 for HTTP.\r\n',
      says: 'native protocol: use the HTTP port 18123',
    },
    {
      what: 'a TLS port behind nginx',
      status: 400,
      body: 'The plain HTTP request was sent to HTTPS port',
      says: 'use https://',
    },
    {
      what: 'another path',
      status: 404,
      body: 'There is no handle /ch\n\nUse / or /ping',
      says: 'nothing under the path',
    },
    { what: 'any other service', status: 200, body: 'It works!', says: 'not as ClickHouse answers a query' },
    { what: 'an empty answer', status: 200, body: '', says: 'not as ClickHouse answers a query' },
  ];
  for (const { what, status, headers, body, says } of cases) {
    test(`${what} is told from a server's error`, async () => {
      const target = await answering((_, response) => response.writeHead(status, headers).end(body));
      const error = await failureOf(target.capabilities());
      expect(error.failure).toBe(what.startsWith('a TLS') ? 'tls' : 'not-clickhouse');
      expect(error.message).toContain(says);
      expect(error.message).not.toMatch(/pw-canary|token=|\n/);
      expect(error.code).toBeUndefined();
    });
  }

  test('a login page in the middle of a run is noticed too, though its status is 200', async () => {
    const { target } = await afterHandshake((_, response) => {
      response.removeHeader('X-ClickHouse-Query-Id');
      response.end('OK');
    });
    const insert = target.insert({ database: 'd', table: 't' }, 'CSV', Buffer.from('1\n'));
    expect(await failureOf(insert)).toMatchObject({ failure: 'not-clickhouse' });
  });
});

describe('a status of 200 is not trusted', () => {
  const text = 'Code: 241. DB::Exception: Memory limit exceeded. (MEMORY_LIMIT_EXCEEDED) (version 24.8.4.13)\n';
  const insert = { database: 'd', table: 't' };

  test('the exception code in its header', async () => {
    const { target, hooks } = await afterHandshake((_, response) => {
      response.writeHead(200, { 'X-ClickHouse-Exception-Code': '241' }).end(text);
    });
    const error = await failureOf(target.insert(insert, 'CSV', Buffer.from('1\n')));
    expect(error).toMatchObject({ failure: 'server', code: 241, codeName: 'MEMORY_LIMIT_EXCEEDED', httpStatus: 200 });
    expect(hooks.records.at(-1)).toMatchObject({ outcome: 'error', code: 241 });
  });

  test('the code in its header and no text at all', async () => {
    const { target } = await afterHandshake((_, response) => {
      response.writeHead(200, { 'X-ClickHouse-Exception-Code': '209' }).end();
    });
    const error = await failureOf(target.command('OPTIMIZE TABLE t'));
    expect(error).toMatchObject({ failure: 'server', code: 209 });
  });

  test('an exception as the body of an INSERT’s or a command’s answer', async () => {
    const { target } = await afterHandshake((_, response) => response.end(text));
    const calls = [target.insert(insert, 'CSV', Buffer.from('1\n')), target.command('CREATE TABLE x')];
    for (const failure of await Promise.all(calls.map(failureOf)))
      expect(failure).toMatchObject({ failure: 'server', code: 241 });
  });

  test('a tagged exception after rows, for rows and for bytes', async () => {
    const { target } = await afterHandshake((_, response) => {
      response.writeHead(200, { 'X-ClickHouse-Exception-Tag': 'qwertyui' });
      response.write('{"a":1}\n');
      response.end(`\r\n__exception__\r\nqwertyui\r\n${text}${text.length} qwertyui\r\n__exception__\r\n`);
    });
    expect(await failureOf(target.all('SELECT a'))).toMatchObject({ failure: 'server', code: 241 });
    const read = async () => {
      let data = '';
      try {
        for await (const chunk of await target.bytes('SELECT a FORMAT JSONEachRow')) data += chunk;
      } finally {
        expect(data).toBe('{"a":1}\n');
      }
    };
    expect(await failureOf(read())).toMatchObject({ failure: 'server', code: 241 });
  });

  test('an exception followed by a broken connection is the exception', async () => {
    const { target } = await afterHandshake((_, response) => {
      response.write(`{"a":1}\n${text}`);
      setTimeout(() => response.destroy(), 50);
    });
    expect(await failureOf(target.all('SELECT a'))).toMatchObject({ failure: 'server', code: 241 });
  });
});

describe('what is sent', () => {
  test('the path, the user, the database, the tag and the query id reach the server; the rows stay out of the URL', async () => {
    const seen: { path: string; query: URLSearchParams; auth: string; body: string; encoding: string }[] = [];
    const server = await listen(
      http.createServer(
        likeClickHouse(({ url, headers, body }, response) => {
          seen.push({
            path: url.pathname,
            query: url.searchParams,
            auth: headers.authorization ?? '',
            body: body.toString(),
            encoding: headers['content-encoding'] ?? '',
          });
          response.setHeader('X-ClickHouse-Summary', '{"written_rows":"2","written_bytes":"9"}');
          response.end();
        }),
      ),
    );
    const hooks = probeHooks('abc12345');
    const target = await openTarget(targetConfig(`${server.url}/proxy/ch`, { database: 'shop' }), hooks);
    open.push(target, server);
    const answer = await target.insert(
      { database: 'shop', table: 'o`x' },
      'CSV',
      Readable.from([Buffer.from('1\n2\n')]),
      {
        columns: ['a', 'b c'],
        dedupToken: 'batch-1',
        purpose: 'load',
        rows: 2,
      },
    );
    expect(answer.summary).toEqual({ written_rows: 2, written_bytes: 9 });
    const [sent] = seen;
    expect(sent?.path).toBe('/proxy/ch');
    expect(Buffer.from(sent?.auth.slice(6) ?? '', 'base64').toString()).toBe('loader:pw-canary-81423');
    expect(Object.fromEntries(sent?.query ?? [])).toEqual({
      database: 'shop',
      query: 'INSERT INTO `shop`.`o\\`x` (`a`, `b c`) FORMAT CSV',
      query_id: answer.query_id,
      log_comment: '{"chwitness":"abc12345","purpose":"load"}',
      http_write_exception_in_output_format: '0',
      insert_deduplication_token: 'batch-1',
    });
    expect(sent?.body).toBe('1\n2\n');
    expect(target.url).toBe(`${server.url}/proxy/ch`);
    expect(hooks.records.at(-1)).toMatchObject({
      query_id: answer.query_id,
      kind: 'insert',
      purpose: 'load',
      table: 'shop.o`x',
      rows: 2,
      bytes: 4,
      outcome: 'ok',
      sql: 'INSERT INTO `shop`.`o\\`x` (`a`, `b c`) FORMAT CSV',
    });
  });

  test('bytes that are compressed already go as they are, and say so', async () => {
    let encoding = '';
    const { target } = await afterHandshake(({ headers }, response) => {
      encoding = headers['content-encoding'] ?? '';
      response.end();
    });
    await target.insert({ database: 'd', table: 't' }, 'CSV', Buffer.from('x'), { encoding: 'gzip' });
    expect(encoding).toBe('gzip');
  });

  test('bound values travel beside the query', async () => {
    let bound = '';
    const { target } = await afterHandshake(({ url, sql }, response) => {
      bound = `${sql.includes('{name:String}')} ${url.searchParams.get('param_name')}`;
      response.end();
    });
    await target.all('SELECT {name:String}', { params: { name: "o'clock" } });
    expect(bound).toBe("true o\\'clock");
  });

  test('a result that is dropped before it is read leaves one record and no open statement', async () => {
    const { target, hooks } = await afterHandshake((_, response) => response.write('1\n'));
    const stream = await target.bytes('SELECT 1 FORMAT TSV');
    stream.destroy();
    await new Promise((resolve) => stream.once('close', resolve));
    expect(hooks.records.filter(({ sql }) => sql.includes('FORMAT TSV'))).toHaveLength(1);
    expect(hooks.records.at(-1)).toMatchObject({ outcome: 'canceled' });
  });
});
