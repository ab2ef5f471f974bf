import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TargetConfig } from '../../src/model/target.ts';

/** A real ClickHouse 18.16 from Debian, on loopback, in a temporary folder. */
export interface OldServer {
  url: string;
  port: number;
  folder: string;
  /** Users: `default` (no password), `reader` (no password, readonly = 1), `viewer` (readonly = 2), `guarded` (password `old-server-pw`). */
  config(change?: Partial<TargetConfig>): TargetConfig;
  /** Kills it and leaves it dead. */
  kill(): Promise<void>;
  /** Kills it in the middle of whatever it does, and starts it again on the same data and ports. */
  crash(): Promise<void>;
  stop(): Promise<void>;
}

export interface OldServerOptions {
  timezone?: string;
  /** XML put into the `default` profile. */
  profile?: string;
  /** XML put into the server's own configuration. */
  extra?: string;
  /** XML put among the users and quotas, whose profiles are `default`, `reader`, `viewer`. */
  users?: string;
  quotas?: string;
  /** Default: free ones. */
  ports?: OldPorts;
}

export interface OldPorts {
  http: number;
  tcp: number;
  inner: number;
}

/** Three ports that were free a moment ago. */
export async function freePorts(): Promise<OldPorts> {
  return { http: await freePort(), tcp: await freePort(), inner: await freePort() };
}

const BINARIES = ['/usr/sbin/clickhouse-server', '/usr/bin/clickhouse-server'];

function findBinary(): string | undefined {
  return BINARIES.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Why no server can be started here; undefined when one can. Tests print it instead of passing silently. */
export function oldServerMissing(): string | undefined {
  return findBinary() === undefined
    ? 'skipped: no ClickHouse server found (apt-get install -y --no-install-recommends clickhouse-server)'
    : undefined;
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

export function usersXml({ profile = '', users = '', quotas = '' }: OldServerOptions): string {
  const networks = '<networks><ip>127.0.0.1</ip></networks><quota>default</quota>';
  const user = (name: string, password: string, use: string) =>
    `<${name}><password>${password}</password>${networks}<profile>${use}</profile></${name}>`;
  return `<?xml version="1.0"?><yandex>
<profiles><default><log_queries>1</log_queries>${profile}</default>
<reader><readonly>1</readonly></reader><viewer><readonly>2</readonly></viewer></profiles>
<users>${user('default', '', 'default')}${user('reader', '', 'reader')}${user('viewer', '', 'viewer')}${user('guarded', 'old-server-pw', 'default')}${users}</users>
<quotas><default><interval><duration>3600</duration><queries>0</queries><errors>0</errors><result_rows>0</result_rows><read_rows>0</read_rows><execution_time>0</execution_time></interval></default>${quotas}</quotas>
</yandex>`;
}

/** Debian's own configuration with its paths, ports and addresses replaced: HTTP only, loopback only. */
export function serverXml(folder: string, ports: OldPorts, options: OldServerOptions) {
  return readFileSync('/etc/clickhouse-server/config.xml', 'utf8')
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/<openSSL>[\s\S]*?<\/openSSL>/, '')
    .replace(/<remote_servers[\s\S]*?<\/remote_servers>/, (own) =>
      options.extra?.includes('<remote_servers>') ? '' : own,
    )
    .replace(/<zookeeper incl[^>]*>/, '')
    .replace(/<http_port>.*<\/http_port>/, `<http_port>${ports.http}</http_port><listen_host>127.0.0.1</listen_host>`)
    .replace(/<tcp_port>.*<\/tcp_port>/, `<tcp_port>${ports.tcp}</tcp_port>`)
    .replace(/<interserver_http_port>.*</, `<interserver_http_port>${ports.inner}<`)
    .replaceAll('/var/lib/clickhouse/', `${folder}/data/`)
    .replaceAll('/var/log/clickhouse-server/', `${folder}/log/`)
    .replace(/<users_config>.*<\/users_config>/, `<users_config>${folder}/users.xml</users_config>`)
    .replace(
      /<\/yandex>\s*$/,
      `<timezone>${options.timezone ?? 'Europe/Moscow'}</timezone>${options.extra ?? ''}</yandex>`,
    );
}

async function answers(url: string, child: ChildProcess): Promise<boolean> {
  for (let attempt = 0; attempt < 150 && child.exitCode === null; attempt += 1) {
    try {
      if ((await fetch(`${url}/ping`)).ok) return true;
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}

/** Starts it, or says why not. The caller stops it. */
export async function startOldServer(
  options: OldServerOptions = {},
): Promise<{ server: OldServer; reason?: undefined } | { server?: undefined; reason: string }> {
  const binary = findBinary();
  if (binary === undefined) return { reason: oldServerMissing() ?? '' };
  const folder = mkdtempSync(join(tmpdir(), 'chwitness-old-'));
  for (const part of ['data', 'log']) mkdirSync(join(folder, part));
  const ports = options.ports ?? (await freePorts());
  writeFileSync(join(folder, 'users.xml'), usersXml(options));
  writeFileSync(join(folder, 'config.xml'), serverXml(folder, ports, options));
  const start = () => {
    const child = spawn(binary, ['--config-file', join(folder, 'config.xml')], { stdio: 'ignore', cwd: folder });
    return { child, ended: new Promise<void>((resolve) => child.once('exit', () => resolve())) };
  };
  let running = start();
  const kill = async () => {
    const { child, ended } = running;
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await ended;
  };
  const stop = async () => {
    await kill();
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  const url = `http://127.0.0.1:${ports.http}`;
  const crash = async () => {
    await kill();
    running = start();
    if (!(await answers(url, running.child))) throw new Error('clickhouse-server did not start again');
  };
  if (!(await answers(url, running.child))) {
    const log = readFileSync(join(folder, 'log', 'clickhouse-server.err.log'), 'utf8').slice(-800);
    await stop();
    return { reason: `clickhouse-server did not start: ${log}` };
  }
  const config = (change: Partial<TargetConfig> = {}): TargetConfig => ({
    kind: 'server',
    url,
    database: 'default',
    user: 'default',
    password: '',
    connectTimeoutMs: 2000,
    requestTimeoutMs: 20_000,
    settings: {},
    origin: 'test',
    ...change,
  });
  return { server: { url, port: ports.http, folder, config, kill, crash, stop } };
}
