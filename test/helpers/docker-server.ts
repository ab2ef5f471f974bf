import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DockerBench, docker, SERVER_IMAGE } from './docker.ts';
import { serverXml, usersXml } from './old-server.ts';

/** ClickHouse 18.16 in a container: its HTTP port published on loopback, its logs where the official image has them. */
export interface ContainerServer {
  name: string;
  /** As this machine reaches it. */
  url: string;
  port: number;
  sql(statement: string, user?: string, password?: string): Promise<string>;
  close(): void;
}

/** Starts it under a fixed name in a network. The bench removes the container. */
export async function startContainerServer(
  bench: DockerBench,
  {
    name,
    network,
    args = [],
    change = (config) => config,
  }: { name: string; network: string; args?: readonly string[]; change?: (config: string) => string },
): Promise<ContainerServer> {
  const folder = mkdtempSync(join(tmpdir(), 'chwitness-server-'));
  chmodSync(folder, 0o755);
  const config = serverXml('/ch', { http: 8123, tcp: 9000, inner: 9009 }, {})
    .replace('<listen_host>127.0.0.1<', '<listen_host>0.0.0.0<')
    .replace(/<level>\w+<\/level>/, '<level>trace</level>')
    .replaceAll('/ch/log/', '/var/log/clickhouse-server/')
    .replaceAll('/ch/data/', '/var/lib/clickhouse/')
    .replace('/ch/users.xml', '/etc/clickhouse-server/users.xml');
  writeFileSync(join(folder, 'config.xml'), change(config));
  writeFileSync(join(folder, 'users.xml'), usersXml({}).replaceAll('<ip>127.0.0.1</ip>', '<ip>::/0</ip>'));
  // biome-ignore format: a command line
  bench.start(name, ['--network', network, '--publish', '127.0.0.1::8123', '--volume', `${folder}:/etc/clickhouse-server:ro`, ...args, SERVER_IMAGE]);
  const port = Number(docker('port', name, '8123/tcp').split('\n')[0]?.split(':').at(-1));
  const url = `http://127.0.0.1:${port}`;
  const close = () => rmSync(folder, { recursive: true, force: true });
  for (let attempt = 0; ; attempt += 1) {
    // Docker's proxy takes a connection before the server listens, and may keep it.
    const answer = await fetch(`${url}/ping`, { signal: AbortSignal.timeout(1000) }).catch(() => undefined);
    if (answer?.ok) break;
    if (attempt > 150) {
      close();
      throw new Error(`the server in the container ${name} does not answer: ${docker('logs', '--tail', '20', name)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    name,
    url,
    port,
    async sql(statement, user = 'default', password = '') {
      const headers = { 'X-ClickHouse-User': user, 'X-ClickHouse-Key': password };
      const answer = await fetch(url, { method: 'POST', body: statement, headers });
      const text = await answer.text();
      if (!answer.ok) throw new Error(text);
      return text;
    },
    close,
  };
}
