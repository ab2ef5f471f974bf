import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openTarget } from '../../src/engine/http.ts';
import type { TargetConfig } from '../../src/model/target.ts';
import { type Listening, likeClickHouse, listen, startTlsStub, targetConfig } from '../helpers/http-stub.ts';
import { failureOf, probeHooks } from '../helpers/target-hooks.ts';

const folder = mkdtempSync(join(tmpdir(), 'chwitness-tls-'));
const at = (name: string) => join(folder, name);
const pem = (name: string) => readFileSync(at(name), 'utf8');

/** A throwaway authority, and certificates that it signed. */
beforeAll(() => {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=test authority');
  const sign = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-days', '2', '-x509'];
  const alt = ['-addext', 'subjectAltName=DNS:ch.test'];
  openssl('req', ...key, ...sign, ...alt, '-keyout', 'server.key', '-out', 'server.pem', '-subj', '/CN=ch.test');
  openssl('req', ...key, ...sign, '-keyout', 'client.key', '-out', 'client.pem', '-subj', '/CN=loader');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0)) await thing.close();
});

async function targetAt(url: string, change: Partial<TargetConfig>) {
  const target = await openTarget(targetConfig(url, change), probeHooks());
  open.push(target);
  return target;
}

const rowsOf = likeClickHouse(({ headers }, response) => {
  response.end(`${JSON.stringify({ user: headers['x-clickhouse-user'] ?? '', auth: headers.authorization ?? '' })}\n`);
});

async function tlsServer(options: { requestCert?: boolean } = {}): Promise<Listening> {
  const server = await startTlsStub(
    {
      key: pem('server.key'),
      cert: pem('server.pem'),
      ca: pem('ca.pem'),
      requestCert: options.requestCert === true,
      rejectUnauthorized: options.requestCert === true,
    },
    rowsOf,
  );
  open.push(server);
  return server;
}

/** A proxy that forwards whole addresses and tunnels CONNECT, and keeps what it was asked for. */
async function startProxy(refuse?: number): Promise<Listening & { asked: string[]; credentials: Set<string> }> {
  const asked: string[] = [];
  const credentials = new Set<string>();
  const proxy = http.createServer((request, response) => {
    asked.push(`${request.method} ${request.url?.split('?')[0]}`);
    credentials.add(request.headers['proxy-authorization'] ?? '');
    if (refuse) return response.writeHead(refuse).end('no');
    const { 'proxy-authorization': _, ...headers } = request.headers;
    const onward = http.request(request.url ?? '', { method: request.method ?? 'POST', headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    return request.pipe(onward);
  });
  proxy.on('connect', (request, socket) => {
    asked.push(`CONNECT ${request.url}`);
    credentials.add(request.headers['proxy-authorization'] ?? '');
    socket.on('error', () => {});
    if (refuse) return socket.end(`HTTP/1.1 ${refuse} Refused\r\nContent-Length: 2\r\n\r\nno`);
    const [host, port] = (request.url ?? '').split(':');
    const onward = net.connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    return onward.on('error', () => socket.destroy());
  });
  const listening = await listen(proxy);
  open.push(listening);
  return { ...listening, asked, credentials };
}

describe('TLS', () => {
  test('a certificate is trusted by its own authority and the name it is made out to', async () => {
    const server = await tlsServer();
    const tls = { ca: at('ca.pem'), verify: true, serverName: 'ch.test' };
    expect(await (await targetAt(server.url, { tls })).all('SELECT 1')).toHaveLength(1);
    const inline = { ...tls, ca: pem('ca.pem') };
    expect(await (await targetAt(server.url, { tls: inline })).all('SELECT 1')).toHaveLength(1);
  });

  test('an unknown authority, and another name, are each refused with a sentence', async () => {
    const server = await tlsServer();
    const unknown = await failureOf((await targetAt(server.url, {})).all('SELECT 1'));
    expect(unknown).toMatchObject({ failure: 'tls' });
    expect(unknown.message).toContain('name the CA that signed it');
    const other = { ca: at('ca.pem'), verify: true, serverName: 'other.test' };
    const misnamed = await failureOf((await targetAt(server.url, { tls: other })).all('SELECT 1'));
    expect(misnamed.message).toContain('made out to another host name');
  });

  test('verification can be turned off', async () => {
    const server = await tlsServer();
    expect(await (await targetAt(server.url, { tls: { verify: false } })).all('SELECT 1')).toHaveLength(1);
  });

  test('an authority that cannot be read, or is none, is named as that', async () => {
    const server = await tlsServer();
    await expect(targetAt(server.url, { tls: { ca: at('nope.pem'), verify: true } })).rejects.toMatchObject({
      failure: 'tls',
      message: expect.stringContaining('nope.pem could not be read'),
    });
    const tls = { verify: true, cert: '-----BEGIN NOTHING', key: '-----BEGIN NOTHING' };
    const error = await failureOf((await targetAt(server.url, { tls })).all('SELECT 1'));
    expect(error.failure).toBe('tls');
    expect(error.message).toContain('is not usable');
  });

  test('a client certificate is shown, and speaks for the user where there is no password', async () => {
    const server = await tlsServer({ requestCert: true });
    const tls = {
      ca: at('ca.pem'),
      verify: true,
      serverName: 'ch.test',
      cert: at('client.pem'),
      key: at('client.key'),
    };
    const alone = await targetAt(server.url, { tls, password: '' });
    expect(await alone.all('SELECT 1')).toEqual([{ user: 'loader', auth: '' }]);
    const [both] = await (await targetAt(server.url, { tls })).all<{ auth: string }>('SELECT 1');
    expect(both?.auth).toMatch(/^Basic /);
    const without = { ca: at('ca.pem'), verify: true, serverName: 'ch.test' };
    const refused = await failureOf((await targetAt(server.url, { tls: without })).all('SELECT 1'));
    expect(['tls', 'reset']).toContain(refused.failure);
  });

  test('plain HTTP to a TLS port is named as that', async () => {
    const server = await tlsServer();
    const url = server.url.replace('https:', 'http:');
    const error = await failureOf((await targetAt(url, {})).all('SELECT 1'));
    expect(error).toMatchObject({ failure: 'tls', message: `${url} speaks TLS on this port: use https://` });
  });
});

describe('through an HTTP proxy', () => {
  test('an http target is asked for by its whole address', async () => {
    const plain = await listen(http.createServer(rowsOf));
    open.push(plain);
    const proxy = await startProxy();
    const target = await targetAt(`${plain.url}/ch`, { proxy: proxy.url.replace('//', '//me:proxy-canary-7@') });
    expect(await target.all('SELECT 1')).toHaveLength(1);
    expect(new Set(proxy.asked)).toEqual(new Set([`POST ${plain.url}/ch`]));
    expect([...proxy.credentials]).toEqual([`Basic ${Buffer.from('me:proxy-canary-7').toString('base64')}`]);
  });

  test('an https target is reached through a tunnel, its certificate checked at the far end', async () => {
    const server = await tlsServer();
    const proxy = await startProxy();
    const tls = { ca: at('ca.pem'), verify: true, serverName: 'ch.test' };
    expect(await (await targetAt(server.url, { tls, proxy: proxy.url })).all('SELECT 1')).toHaveLength(1);
    expect(new Set(proxy.asked)).toEqual(new Set([`CONNECT 127.0.0.1:${server.port}`]));
    const error = await failureOf((await targetAt(server.url, { proxy: proxy.url })).all('SELECT 1'));
    expect(error.failure).toBe('tls');
  });

  test('a proxy that wants a login, or is not there, is named without its credentials', async () => {
    const proxy = await startProxy(407);
    const change = { proxy: proxy.url.replace('//', '//me:proxy-canary-7@') };
    for (const url of ['http://127.0.0.1:1', 'https://127.0.0.1:1']) {
      const error = await failureOf((await targetAt(url, change)).all('SELECT 1'));
      expect(error).toMatchObject({ failure: 'not-clickhouse', httpStatus: 407 });
      expect(error.message).toContain('demands a login of its own');
      expect(error.message).not.toContain('proxy-canary-7');
    }
    await proxy.close();
    open.splice(open.indexOf(proxy), 1);
    const gone = await failureOf((await targetAt('http://127.0.0.1:1', change)).all('SELECT 1'));
    expect(gone.failure).toBe('refused');
    expect(gone.message).toContain('proxy');
    expect(gone.message).not.toContain('proxy-canary-7');
  });

  test('a proxy that says nothing costs no more than the limit for connecting', async () => {
    const silent = await listen(net.createServer((socket) => socket.resume()));
    open.push(silent);
    const target = await targetAt('https://127.0.0.1:1', { proxy: silent.url, connectTimeoutMs: 300 });
    const started = performance.now();
    expect(await failureOf(target.all('SELECT 1'))).toMatchObject({ failure: 'timeout' });
    expect(performance.now() - started).toBeLessThan(1500);
  });
});
