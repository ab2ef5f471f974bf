import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import http from 'node:http';
import net from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import httpHost from '../../../checks/http-host.ts';
import { type Examined, examine } from '../../../src/engine/http-exam/exam.ts';
import { packageRoot } from '../../../src/kernel/package.ts';
import { type HttpCondition, httpCondition, httpExam } from '../../../src/model/http-exam.ts';
import type { TargetConfig } from '../../../src/model/target.ts';
import type { Verdict } from '../../../src/model/verdict.ts';
import { say } from '../../checks/say.ts';
import { type Authority, startAuthority } from '../../helpers/certificates.ts';
import { type Listening, listen, startSocket, startTlsStub, targetConfig } from '../../helpers/http-stub.ts';
import { probeHooks } from '../../helpers/target-hooks.ts';
import { mustSkipServer, startTargetServer, type TargetServer } from '../../helpers/target-server.ts';

const PASSWORD = 'pw-canary-81423';
const skipped = mustSkipServer();
let server: TargetServer;
let authority: Authority;
const open: { close(): unknown }[] = [];
beforeAll(async () => {
  authority = startAuthority();
  if (!skipped) server = await startTargetServer();
});
afterEach(async () => {
  for (const thing of open.splice(0)) await thing.close();
});
afterAll(async () => {
  authority.close();
  await server?.stop();
});

/** Sentence of each condition, as it was provoked. */
const said = new Map<HttpCondition, string>();

interface Met extends Examined {
  verdict: Verdict;
}

async function meet(url: string, change: Partial<TargetConfig> = {}, wakingMs = 0): Promise<Met> {
  const config = targetConfig(url, { requestTimeoutMs: 1500, password: PASSWORD, ...change });
  const signal = new AbortController().signal;
  const examined = await examine({ config, hooks: probeHooks(), signal, wakingMs });
  return { ...examined, verdict: say(httpHost, { exam: httpExam.parse(examined.exam) }) };
}

/** What all of them have in common: the condition, a verdict in a sentence of its own, and no password anywhere. */
function holds(condition: HttpCondition, { exam, transcript, verdict }: Met, words: RegExp) {
  expect(exam.finding.condition).toBe(condition);
  const bad = condition !== 'ok';
  expect(verdict.status).toBe(bad ? (['readonly', 'waking-up'].includes(condition) ? 'warn' : 'fail') : 'pass');
  expect(verdict.message).toMatch(words);
  if (bad && condition !== 'server-error') expect(verdict.remedies.length).toBeGreaterThan(0);
  const everything = JSON.stringify([exam, transcript, verdict]);
  expect(everything).not.toContain(PASSWORD);
  expect(everything).not.toContain(Buffer.from(`loader:${PASSWORD}`).toString('base64'));
  said.set(
    condition,
    verdict.message.replace(/\d+(\.\d+)? ?(ms|s)\b/g, '').replace(/127\.0\.0\.1:\d+|:\d+|port \d+/g, ''),
  );
}

async function stub(listener: http.RequestListener): Promise<Listening> {
  const listening = await listen(http.createServer(listener));
  open.push(listening);
  return listening;
}

/** Answers `/ping` as ClickHouse does and statements as the test says. */
const clickhouse = (status: number, body: string) =>
  stub(({ url = '', method }, response) => {
    if (method === 'GET' && url.endsWith('/ping')) return void response.end('Ok.\n');
    response.setHeader('X-ClickHouse-Server-Display-Name', 'stub');
    return void response.writeHead(status).end(body);
  });

const html = (status: number, body: string, headers = {}) =>
  stub((_, response) => void response.writeHead(status, { 'Content-Type': 'text/html', ...headers }).end(body));

async function tlsStub(names: readonly string[], days?: { from: number; to: number }, options = {}, body = 'Ok.\n') {
  const listening = await startTlsStub({ ...authority.sign(names, days), ...options }, (_, response) =>
    response.end(body),
  );
  open.push(listening);
  return listening;
}
const trusted = { tls: { verify: true, get ca() { return authority.ca; } } }; // biome-ignore format: one line

describe.skipIf(skipped)('a real server of 18.16', () => {
  test('answers, each stage timed', async () => {
    const met = await meet(server.url, { user: 'default', password: '' });
    holds('ok', met, /answers: TCP .*, \/ping .*, SELECT 1 /);
    expect(met.exam.stages.map(({ stage, outcome }) => `${stage} ${outcome}`)).toEqual([
      'tcp ok', 'ping ok', 'query ok', 'readonly ok',
    ]); // biome-ignore format: one line
    expect(met.exam.stages.at(-1)?.first_byte_ms).toBeGreaterThan(0);
    expect(met.transcript).toContain('> SELECT 1');
  });
  test.each<[HttpCondition, Partial<TargetConfig>, RegExp]>([
    ['readonly', { user: 'reader', password: '' }, /reader may only read \(readonly = 1\)/],
    ['unknown-user', { user: 'nobody' }, /knows no user nobody \(code 192\)/],
    ['wrong-password', { user: 'guarded' }, /password of guarded is wrong \(code 193\)/],
    ['password-required', { user: 'guarded', password: '' }, /guarded has a password, and none was given \(code 194\)/],
    ['database-missing', { user: 'default', password: '', database: 'nope' }, /no database nope \(code 81\)/],
  ])('%s', async (condition, change, words) => {
    holds(condition, await meet(server.url, change), words);
  });
  test('its native port, asked in plain text and with TLS', async () => {
    holds(
      'native-port',
      await meet(`http://127.0.0.1:${server.nativePort}`),
      /is for ClickHouse’s native protocol, not for HTTP/,
    );
    holds('native-port', await meet(`https://127.0.0.1:${server.nativePort}`), /native protocol, not for HTTP/);
  });
  test('https:// to its plain port', async () => {
    holds('no-tls-on-port', await meet(server.url.replace('http:', 'https:')), /does not speak TLS/);
  });
});

describe('what newer servers say', () => {
  test.each<[HttpCondition, number, string, RegExp]>([
    ['authentication-failed', 403, 'Code: 516. DB::Exception: loader: Authentication failed: password is incorrect, or there is no user with such name. (AUTHENTICATION_FAILED) (version 24.8.4.13 (official build))', /does not let loader in.*\(code 516\)/],
    ['address-not-allowed', 403, 'Code: 195. DB::Exception: loader: IP address is not allowed. (IP_ADDRESS_NOT_ALLOWED) (version 24.8.4.13)', /loader may not come from this address/],
    ['quota-exceeded', 500, 'Code: 201. DB::Exception: Quota for user `loader` for 3600s has been exceeded: queries = 11/10. (QUOTA_EXCEEDED) (version 24.8.4.13)', /quota of loader is used up \(code 201\): Quota for user/],
    ['server-error', 500, 'Code: 241. DB::Exception: Memory limit (total) exceeded. (MEMORY_LIMIT_EXCEEDED) (version 24.8.4.13)', /refuses SELECT 1 \(code 241\): Memory limit/],
  ])('%s', async (condition, status, body, words) => {
    holds(condition, await meet((await clickhouse(status, body)).url), words);
  }); // biome-ignore format: a case a line
});

describe('what stands in between', () => {
  test('a redirect is named without its query', async () => {
    const { url } = await html(302, '', { Location: 'https://me:secret@login.corp/start?ticket=canary-55' });
    const met = await meet(url);
    holds('redirect', met, /redirects to https:\/\/login\.corp\/start \(HTTP 302\)/);
    expect(JSON.stringify(met)).not.toMatch(/canary-55|me:secret/);
  });
  test('a login page, which gets no password', async () => {
    let told = 0;
    const page = '<html><head><title>Corp Wi-Fi</title></head><form><input type="password"></form></html>';
    const { url } = await stub(({ headers }, response) => {
      if (headers.authorization !== undefined) told += 1;
      response.writeHead(200, { 'Content-Type': 'text/html' }).end(page);
    });
    holds('login-page', await meet(url), /a login page stands in front .*titled “Corp Wi-Fi”/);
    expect(told).toBe(0);
  });
  test('a refusal and a missing page of something else', async () => {
    holds(
      'refused-between',
      await meet((await html(403, '<title>403 Forbidden</title>')).url),
      /refuses access \(HTTP 403\)/,
    );
    const handlers = await stub((_, response) => {
      response.writeHead(404).end('There is no handle /nothing\n\nUse / or /ping for health checks.\n');
    });
    holds('no-handler', await meet(`${handlers.url}/nothing`), /ClickHouse serves nothing under the path of/);
    holds(
      'not-found-between',
      await meet((await html(404, '<title>404 Not Found</title>')).url),
      /knows nothing under this path/,
    );
  });
  test('a proxy that wants a login', async () => {
    const listener = http.createServer((_, response) => void response.writeHead(407).end());
    listener.on('connect', (_, socket) => socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n'));
    const proxy = await listen(listener);
    open.push(proxy);
    const { url } = proxy;
    holds('proxy-login', await meet('http://127.0.0.1:1', { proxy: url }), /demands a login of its own/);
    holds('proxy-login', await meet('https://127.0.0.1:1', { proxy: url }), /demands a login of its own/);
  });
  test('a balancer without a server behind it, and one behind which a service wakes up', async () => {
    const down = await html(503, '<title>Service Unavailable</title>');
    holds('gateway-down', await meet(down.url, {}, 600), /no server behind it \(HTTP 503\).*2 attempts/);
    let asked = 0;
    const waking = await stub(({ url: path = '' }, response) => {
      asked += 1;
      if (asked === 1) return void response.writeHead(503).end('starting');
      response.setHeader('X-ClickHouse-Server-Display-Name', 'stub');
      return void response.end(
        path.endsWith('/ping') ? 'Ok.\n' : path.includes('query_id') && asked > 3 ? '0\n' : '1\n',
      );
    });
    holds('waking-up', await meet(waking.url, {}, 5000), /was waking up: it answered at attempt 2/);
  });
  test('another service', async () => {
    holds(
      'other-service',
      await meet((await stub((_, response) => void response.end('{"hello":1}'))).url),
      /it is not ClickHouse/,
    );
  });
});

describe('TLS', () => {
  test('a trusted certificate is fine, its chain and dates kept', async () => {
    const { url } = await tlsStub(['127.0.0.1']);
    const { exam } = await meet(url, trusted);
    expect(exam.tls).toMatchObject({
      protocol: expect.stringMatching(/^TLSv1/),
      days_left: 29,
      chain: ['127.0.0.1', 'test authority'],
    });
  });
  test.each<[HttpCondition, readonly string[], { from: number; to: number } | undefined, RegExp]>([
    ['certificate-expired', ['127.0.0.1'], { from: -9, to: -2 }, /has expired on 20/],
    ['certificate-not-yet-valid', ['127.0.0.1'], { from: 3, to: 9 }, /is not valid yet: from 20/],
    ['certificate-other-name', ['other.test'], undefined, /is not made out to 127\.0\.0\.1, it names DNS:other\.test/],
  ])('%s', async (condition, names, days, words) => {
    holds(condition, await meet((await tlsStub(names, days)).url, trusted), words);
  });
  test('an authority that nobody knows, and one that is not asked for', async () => {
    const { url } = await tlsStub(['127.0.0.1']);
    holds('certificate-untrusted', await meet(url), /signed by an authority that is not trusted here/);
    expect((await meet(url, { tls: { verify: false } })).exam.tls).toMatchObject({ verified: false });
  });
  test('a server with which no cipher is shared', async () => {
    const { url } = await tlsStub(['127.0.0.1'], undefined, { maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA256' });
    holds('tls-refused', await meet(url, trusted), /refused the TLS handshake/);
  });
  test('http:// to a TLS port, and https:// to the native one', async () => {
    const { url } = await tlsStub(['127.0.0.1']);
    holds('tls-on-port', await meet(url.replace('https:', 'http:')), /speaks TLS, and http:/);
    const native = await tlsStub(
      ['127.0.0.1'],
      undefined,
      {},
      'Port 9440 is for clickhouse-client program\r\nYou must use port 8443 for HTTP.\r\n',
    );
    holds('native-tls-port', await meet(native.url, trusted), /native protocol over TLS/);
  });
});

/** Listens and never accepts: once its queue is full, the kernel answers nobody. */
async function deafPort(): Promise<number> {
  const code = `const s = require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    process.stdout.write(String(s.address().port) + '\\n'); setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0), 50); });`;
  const child: ChildProcess = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'ignore'] });
  open.push({ close: () => child.kill('SIGKILL') });
  const port = await new Promise<number>((resolve) => child.stdout?.once('data', (text) => resolve(Number(text))));
  await new Promise((resolve) => setTimeout(resolve, 150));
  const fillers = Array.from({ length: 6 }, () => net.connect(port, '127.0.0.1').on('error', () => {}));
  open.push({ close: () => fillers.forEach((socket) => void socket.destroy()) });
  await new Promise((resolve) => setTimeout(resolve, 150));
  return port;
}

describe('the way there', () => {
  test('nobody listens', async () => {
    holds('refused', await meet('http://127.0.0.1:1'), /nothing listens at 127\.0\.0\.1:1/);
  });
  test('packets are dropped', async () => {
    const met = await meet(`http://127.0.0.1:${await deafPort()}`, { connectTimeoutMs: 500 });
    holds('connect-timeout', met, /does not answer the attempt to connect/);
  });
  test('there is no route', async () => {
    // The kernel connects to no multicast address: nothing is sent.
    holds('no-route', await meet('http://224.0.0.1:8123'), /no route from here to 224\.0\.0\.1/);
  });
  test('closed at once, silent, another protocol, an answer beyond measure', async () => {
    const closing = await startSocket((socket) => socket.destroy());
    const silent = await startSocket((socket) => socket.resume());
    const ssh = await startSocket((socket) => void socket.write('SSH-2.0-OpenSSH_9.2\r\n'));
    open.push(closing, silent, ssh);
    holds('connection-reset', await meet(closing.url), /closes it without an answer/);
    holds('silent', await meet(silent.url), /takes the request and answers nothing/);
    holds('not-http', await meet(ssh.url), /answers, and not in HTTP/);
    const { url } = await stub((_, response) => void response.writeHead(200, { 'X-Much': 'x'.repeat(20_000) }).end());
    holds('unclear', await meet(url), /the request to .* failed: /);
  });

  const canUnshare = spawnSync('unshare', ['--net', '--mount', 'true']).status === 0;
  if (!canUnshare) {
    const why = 'skipped: the name service cannot be replaced (needs root and unshare of util-linux)';
    if (process.env.CHWITNESS_REQUIRE_ENGINES === '1') throw new Error(why);
    process.stderr.write(`${why}\n`);
  }
  test.skipIf(!canUnshare).each<[HttpCondition, number, RegExp]>([
    ['name-unknown', 3, /the name ch-zakaz\.test is not known/],
    ['resolver-down', 2, /the name service did not answer when asked for ch-zakaz\.test/],
  ])('%s', async (condition, rcode, words) => {
    const inside = `ip link set lo up 2>/dev/null || ifconfig lo up; f=$(mktemp); printf 'nameserver 127.0.0.1\\noptions timeout:1 attempts:1\\n' > $f; mount --bind $f /etc/resolv.conf; rm $f; exec "$0" --import tsx "$1" ${rcode} http://ch-zakaz.test:8123`;
    const child = join(packageRoot, 'test', 'helpers', 'resolver-child.ts');
    const ran = spawnSync('unshare', ['--net', '--mount', 'sh', '-c', inside, process.execPath, child], {
      encoding: 'utf8',
      cwd: packageRoot,
    });
    const exam = httpExam.parse(JSON.parse(ran.stdout || ran.stderr));
    holds(condition, { exam, transcript: '', verdict: say(httpHost, { exam }) }, words);
  });
});

test('every condition was provoked, and no two share a sentence', () => {
  const here = httpCondition.options.filter((one) => said.has(one));
  if (!skipped) expect(httpCondition.options.filter((one) => !said.has(one))).toEqual([]);
  expect(new Set(here.map((one) => said.get(one))).size).toBe(here.length);
});
