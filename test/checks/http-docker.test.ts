import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net, { type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import httpDocker from '../../checks/http-docker.ts';
import { askHttp } from '../../src/engine/docker/ask-http.ts';
import { openDocker } from '../../src/engine/docker/docker.ts';
import { openTarget } from '../../src/engine/http.ts';
import { examine } from '../../src/engine/http-exam/exam.ts';
import type { CheckResult } from '../../src/model/run.ts';
import type { TargetConfig } from '../../src/model/target.ts';
import { type Authority, startAuthority } from '../helpers/certificates.ts';
import {
  CURL_IMAGE,
  type DockerBench,
  docker,
  mustSkipDocker,
  openDockerBench,
  SERVER_IMAGE,
} from '../helpers/docker.ts';
import { type ContainerServer, startContainerServer } from '../helpers/docker-server.ts';
import { targetConfig } from '../helpers/http-stub.ts';
import { probeHooks } from '../helpers/target-hooks.ts';
import { mustSkipServer } from '../helpers/target-server.ts';
import { collectWith, noTools, resultOf } from './collect-with.ts';

const NETWORK = 'chwitness-loaders';
const SERVER = 'chwitness-ch';
const PASSWORD = 'pw-canary-81423';
const folder = mkdtempSync(join(tmpdir(), 'chwitness-docker-'));

/** A docker command of a machine that is set up otherwise. */
function command(name: string, body: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

const skipped = mustSkipDocker() || mustSkipServer();
let bench: DockerBench;
let server: ContainerServer;
let authority: Authority;
const open: Server[] = [];
beforeAll(async () => {
  if (skipped) return;
  authority = startAuthority();
  bench = await openDockerBench();
  bench.network(NETWORK);
  server = await startContainerServer(bench, { name: SERVER, network: NETWORK });
  bench.start('chwitness-loader', ['--network', NETWORK, '--entrypoint', 'tail', '--env', `PW=${PASSWORD}`, SERVER_IMAGE, '-f', '/dev/null']);
  bench.start('chwitness-bare', ['--network', NETWORK, '--entrypoint', 'curl', CURL_IMAGE, '--max-time', '600', 'telnet://chwitness-ch:9000']);
}, 400_000); // biome-ignore format: command lines
afterAll(() => {
  for (const one of open) one.close();
  authority?.close();
  server?.close();
  bench?.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Asked {
  options?: Record<string, unknown>;
  target?: Partial<TargetConfig>;
  command?: string;
  timeoutMs?: number;
}

async function ask({ options = {}, target: change = {}, command = 'docker', timeoutMs }: Asked) {
  const config = targetConfig(server.url, { user: 'default', password: '', ...change });
  const hooks = probeHooks();
  const target = await openTarget(config, hooks);
  const engine = openDocker(command);
  const texts: string[] = [];
  try {
    const found = await collectWith(target, [httpDocker], {
      configs: { 'http-docker': { options, ...(timeoutMs === undefined ? {} : { timeout_ms: timeoutMs }) } },
      tools: {
        ...noTools,
        docker: engine,
        http: () => examine({ config, hooks, signal: AbortSignal.timeout(20_000), wakingMs: 0 }),
        dockerHttp: (from, place, signal) => askHttp({ docker: engine, config, hooks, from, ...place, signal }),
      },
      look: (kept) => {
        for (const file of readdirSync(kept, { recursive: true, withFileTypes: true }))
          if (file.isFile()) texts.push(readFileSync(join(file.parentPath, file.name), 'utf8'));
      },
    });
    const result = resultOf(found.results, 'http-docker');
    expect(texts.join('\n')).not.toContain(PASSWORD);
    return { result, records: hooks.records, facts: found.facts.get('http-docker'), texts };
  } finally {
    await target.close();
  }
}

const said = new Map<string, string>();
function holds(name: string, { result }: { result: CheckResult }, status: CheckResult['status'], words: RegExp) {
  expect(`${result.status}: ${result.message}`).toMatch(new RegExp(`^${status}: .*${words.source}`));
  if (status !== 'pass') expect(result.remedies.length + (name === 'no-program' ? 1 : 0)).toBeGreaterThan(0);
  said.set(name, result.message);
}

describe.skipIf(skipped)('with a server in a container', () => {
  test('from a network: host and Docker side by side, and the containers as they stand', async () => {
    const found = await ask({ options: { network: NETWORK } });
    holds(
      'ok',
      found,
      'pass',
      /http:\/\/chwitness-ch:8123 answers in the network chwitness-loaders; from this machine it answers at http:\/\/127/,
    );
    const lines = found.result.because.map(({ text }) => text);
    expect(lines[0]).toMatch(/^from this machine: works, http:\/\/127\.0\.0\.1:\d+, address 127\.0\.0\.1$/);
    expect(lines[1]).toMatch(
      /^from the network chwitness-loaders, with curl: works, http:\/\/chwitness-ch:8123, address (?:172|192\.168|10)\./,
    );
    expect(lines.join('\n')).toMatch(/container chwitness-ch: running since .* ports 127\.0\.0\.1:\d+→8123\/tcp/);
    expect(found.texts.join('\n')).toMatch(/> POST SELECT 1\n< HTTP 200\n1\n/);
    expect(found.records.filter(({ purpose }) => purpose === 'check:http-docker')).toMatchObject([
      { sql: 'SELECT 1', outcome: 'ok' },
    ]);
  });

  test('with nothing named, the container that publishes the port is found, and its network', async () => {
    const { result } = await ask({});
    expect(`${result.status}: ${result.message}`).toMatch(/^pass: .* answers in the network chwitness-loaders/);
  });

  test('from a running container with wget, and from one with curl', async () => {
    const wget = await ask({
      options: { container: 'chwitness-loader', host: SERVER, port: 8123 },
      target: { user: 'guarded', password: 'old-server-pw' },
    });
    expect(`${wget.result.status}: ${wget.result.message}`).toMatch(/^pass: .* in the container chwitness-loader/);
    expect(wget.result.because[1]?.text).toContain('with wget: works');
    const wrong = await ask({
      options: { container: 'chwitness-loader', host: SERVER, port: 8123 },
      target: { user: 'guarded', password: PASSWORD },
    });
    expect(wrong.result.message).toMatch(/the server does not let guarded in/);
    const curl = await ask({ options: { container: 'chwitness-bare', host: SERVER, port: 8123 } });
    expect(curl.result.because[1]?.text).toContain('with curl: works');
  });

  test.each<[string, Asked, CheckResult['status'], RegExp]>([
    ['no-command', { command: '/nothing/here', options: { network: NETWORK } }, 'skip', /there is no command "\/nothing\/here"/],
    ['not-running', { command: command('far', 'DOCKER_HOST=tcp://127.0.0.1:1 exec docker "$@"'), options: { network: NETWORK } }, 'skip', /the Docker engine does not answer at tcp/],
    ['no-permission', { command: command('other', 'exec setpriv --reuid=65534 --regid=65534 --clear-groups docker "$@"'), options: { network: NETWORK } }, 'skip', /the socket of the Docker engine refuses this user/],
    ['no-network', { options: { network: 'nowhere' } }, 'fail', /there is no Docker network nowhere/],
    ['no-container', { options: { container: 'nobody' } }, 'fail', /there is no container nobody/],
    ['no-image', { options: { network: NETWORK, image: 'not/there:1' } }, 'skip', /the image not\/there:1 is not on this machine/],
    ['no-program', { options: { network: NETWORK, image: SERVER_IMAGE } }, 'skip', /the image chwitness-test\/clickhouse-server:18\.16 has no curl/],
    ['name', { options: { network: NETWORK, host: 'nobody-here' } }, 'fail', /in the network chwitness-loaders: the name nobody-here is not known/],
    ['refused', { options: { network: NETWORK, port: 8124 } }, 'fail', /nothing listens at chwitness-ch:8124/],
    ['localhost', { options: { network: NETWORK, host: 'localhost', port: 8123 } }, 'fail', /nothing listens at localhost:8123/],
    ['native', { options: { network: NETWORK, port: 9000 } }, 'fail', /port 9000 is for ClickHouse’s native protocol/],
    ['password', { options: { network: NETWORK }, target: { user: 'guarded', password: PASSWORD } }, 'fail', /the password of guarded is wrong \(code 193\)/],
    ['user', { options: { network: NETWORK }, target: { user: 'nobody' } }, 'fail', /knows no user nobody/],
    ['database', { options: { network: NETWORK }, target: { database: 'nope' } }, 'fail', /there is no database nope/],
    ['nothing', { options: { discover: false } }, 'skip', /nothing names a Docker network or container/],
  ])('%s', async (name, asked, status, words) => {
    holds(name, await ask(asked), status, words);
  }); // biome-ignore format: a case a line

  /** What listens where a container finds this machine: at the gateway of its network. */
  async function beside(listening: Server): Promise<{ host: string; port: number }> {
    const host = docker('network', 'inspect', '--format', '{{(index .IPAM.Config 0).Gateway}}', NETWORK);
    await new Promise<void>((resolve) => listening.listen(0, host, resolve));
    open.push(listening);
    const address = listening.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return { host, port: address.port };
  }
  const answer = (status: number, body: string, headers: Record<string, string> = {}) =>
    http.createServer((_, response) => void response.writeHead(status, headers).end(body));
  const html = { 'Content-Type': 'text/html' };
  const clickhouse = { 'X-ClickHouse-Server-Display-Name': 'stub' };
  const secure = () => https.createServer(authority.sign(['127.0.0.1']), (_, response) => void response.end('Ok.\n'));

  test.each<[string, () => Server, Partial<TargetConfig>, RegExp]>([
    ['timeout', () => net.createServer(() => undefined), { requestTimeoutMs: 1500 }, /takes the request and answers nothing/],
    ['redirect', () => answer(302, '', { Location: 'https://login.corp/start' }), {}, /redirects to https:\/\/login\.corp/],
    ['login-page', () => answer(200, '<html><head><title>Corp Wi-Fi</title></head><form><input type="password"></form></html>', html), {}, /login page/],
    ['refused-between', () => answer(403, '<title>403 Forbidden</title>', html), {}, /HTTP 403/],
    ['not-found', () => answer(404, '<title>404 Not Found</title>', html), {}, /under this path/],
    ['gateway-down', () => answer(503, '<title>Service Unavailable</title>', html), {}, /HTTP 503/],
    ['other-service', () => answer(200, '{"hello":1}'), {}, /it is not ClickHouse/],
    ['516', () => answer(403, 'Code: 516. DB::Exception: loader: Authentication failed: password is incorrect, or there is no user with such name. (AUTHENTICATION_FAILED) (version 24.8.4.13 (official build))', clickhouse), {}, /\(code 516\)/],
    ['quota', () => answer(500, 'Code: 201. DB::Exception: Quota for user `loader` for 3600s has been exceeded. (QUOTA_EXCEEDED) (version 24.8.4.13)', clickhouse), {}, /\(code 201\)/],
    ['tls-to-plain', () => answer(200, 'Ok.\n'), { url: 'https://127.0.0.1:1', tls: { verify: false } }, /does not speak TLS/],
    ['plain-to-tls', secure, {}, /speaks TLS/],
    ['untrusted', secure, { url: 'https://127.0.0.1:1' }, /signed by an authority that is not trusted here/],
  ])('of this machine, seen from there: %s', async (name, listening, target, words) => {
    const place = await beside(listening());
    holds(name, await ask({ options: { network: NETWORK, ...place }, target }), 'fail', words);
  }); // biome-ignore format: a case a line

  test('194, by the server itself', async () => {
    const options = { network: NETWORK };
    const none = await ask({ options, target: { user: 'guarded', password: '' } });
    holds('194', none, 'fail', /guarded has a password, and none was given \(code 194\)/);
  });

  test('a container that is stopped', async () => {
    bench.start('chwitness-gone', ['--network', NETWORK, '--entrypoint', 'tail', SERVER_IMAGE, '--version']);
    docker('wait', 'chwitness-gone');
    holds(
      'stopped',
      await ask({ options: { container: 'chwitness-gone', host: SERVER } }),
      'fail',
      /the container chwitness-gone is not running/,
    );
  });

  test('inside a container, localhost is the container itself: that is said', async () => {
    const { result } = await ask({ options: { network: NETWORK, host: 'localhost', port: 8123 } });
    expect(result.remedies[0]).toContain('Inside a container localhost is the container itself');
  });

  test('no two of these share a sentence', () => {
    expect(said.size).toBe(30);
    expect(new Set(said.values()).size).toBe(said.size);
  });

  test('a docker command that hangs costs this check alone', async () => {
    const { result } = await ask({
      command: command('hangs', 'exec sleep 600'),
      options: { network: NETWORK },
      timeoutMs: 1000,
    });
    expect(result.status).toBe('timeout');
  });

  test('the password stands in no argument of any process, while it is used', async () => {
    const config = targetConfig(server.url, { user: 'guarded', password: 'old-server-pw' });
    const seen = new Set<string>();
    let over = false;
    const watching = (async () => {
      while (!over) {
        for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
          try {
            const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
            if (/curl|wget/.test(line)) seen.add(line);
          } catch {
            // Gone meanwhile.
          }
        }
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    const common = {
      docker: openDocker(),
      config,
      hooks: probeHooks(),
      host: SERVER,
      port: 8123,
      signal: AbortSignal.timeout(30_000),
    };
    const network = await askHttp({ ...common, from: { network: NETWORK, image: CURL_IMAGE, pull: false } });
    const container = await askHttp({ ...common, from: { container: 'chwitness-loader' } });
    over = true;
    await watching;
    expect([network.finding.condition, container.finding.condition]).toEqual(['ok', 'ok']);
    const lines = [...seen].join('\n');
    expect(lines).toMatch(/curl --config -/);
    expect(lines).toMatch(/wget --input-file=-/);
    expect(lines).not.toContain('old-server-pw');
    expect(lines).not.toContain(Buffer.from('guarded:old-server-pw').toString('base64'));
  });
});
