import { closeSync, ftruncateSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import check from '../../checks/server-log.ts';
import { openTarget } from '../../src/engine/http.ts';
import type { Target } from '../../src/engine/target.ts';
import { type DockerBench, mustSkipDocker, openDockerBench } from '../helpers/docker.ts';
import { type ContainerServer, startContainerServer } from '../helpers/docker-server.ts';
import { targetConfig } from '../helpers/http-stub.ts';
import { type OldServer, startOldServer } from '../helpers/old-server.ts';
import { probeHooks } from '../helpers/target-hooks.ts';
import { mustSkipServer } from '../helpers/target-server.ts';
import { collectWith, resultOf } from './collect-with.ts';

const folder = mkdtempSync(join(tmpdir(), 'chwitness-log-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function look(target: Target, options: Record<string, unknown>) {
  const kept = new Map<string, string>();
  const { timezone } = await target.capabilities();
  const from = new Date(Date.now() - 60_000).toISOString();
  const found = await collectWith(target, [check], {
    phase: 'after',
    window: () => ({ from, to: new Date().toISOString(), server_timezone: timezone }),
    configs: { 'server-log': { options } },
    limits: { rows: 1000, artifact_bytes: 50_000_000 },
    look: (place) => {
      for (const name of ['clickhouse-server.log', 'clickhouse-server.err.log', 'docker-logs.log'])
        try {
          kept.set(name, readFileSync(join(place, 'data/artifacts/after/server-log', name), 'utf8'));
        } catch {
          // Not kept.
        }
    },
  });
  const result = resultOf(found.results, 'server-log');
  const facts = check.facts.safeParse(found.facts.get('server-log')).data;
  return { result, facts, kept, lines: [result.message, ...result.because.map(({ text }) => text)].join('\n') };
}

/** A statement that the server refuses, so that its log has an error with a stack trace of many lines. */
const refused = (target: Target) =>
  target.all('SELECT missing FROM system.one', { queryId: 'mine-1' }).catch(() => undefined);
/** The entry of it: its time in UTC, then the server's own, then the trace below it. */
const ENTRY =
  /^(\S+Z) \| (\d{4})\.(\d\d)\.(\d\d) (\d\d):(\d\d):(\d\d).* \{mine-1\} <Error> .*Code: 47.*Stack trace:.*\n\n?0\. /m;

/** Hours by which the server's clock is ahead of UTC, as the kept entry has both. */
function ahead(text: string): number {
  const [, utc = '', ...local] = ENTRY.exec(text) ?? [];
  const [year, month, day, hour, minute, second] = local.map(Number);
  const shown = Date.UTC(year ?? 0, (month ?? 0) - 1, day, hour, minute, second);
  return Math.round((shown - Date.parse(utc)) / 3_600_000);
}

const noServer = mustSkipServer();
describe.skipIf(noServer)('from a file of this machine', () => {
  let server: OldServer;
  let target: Target;
  beforeAll(async () => {
    const started = await startOldServer({ timezone: 'Asia/Tokyo' });
    if (!started.server) throw new Error(started.reason);
    server = started.server;
    target = await openTarget(server.config(), probeHooks());
    await refused(target);
  });
  afterAll(async () => {
    await target?.close();
    await server?.stop();
  });
  const path = () => join(server.folder, 'log', 'clickhouse-server.log');

  test('errors of the window are quoted, stack traces stay with them, and times of another zone are in UTC', async () => {
    const { result, kept, lines } = await look(target, { path: path() });
    expect(result).toMatchObject({ status: 'warn', message: expect.stringMatching(/of level Error or worse/) });
    expect(lines).toMatch(/^\S+Z \(\S+ \S+ Asia\/Tokyo\) Error \S*, query_id mine-1: Code: 47.*lines of its own\)$/m);
    for (const name of ['clickhouse-server.log', 'clickhouse-server.err.log']) {
      expect(kept.get(name)).toMatch(ENTRY);
      expect(ahead(kept.get(name) ?? '')).toBe(9);
    }
  });

  test('of 3 GB of log only the end is read', async () => {
    const large = join(folder, 'clickhouse-server.log');
    const size = 3 * 1024 ** 3;
    const end = readFileSync(path());
    const file = openSync(large, 'w');
    // A hole: zeros to whoever reads it, and no room on the disk.
    ftruncateSync(file, size);
    writeSync(file, Buffer.concat([Buffer.from('\n'), end]), 0, end.length + 1, size);
    closeSync(file);
    expect(statSync(large).size).toBeGreaterThan(size);
    const before = process.memoryUsage.rss();
    const { facts, kept } = await look(target, { path: large, read_bytes: 1024 * 1024 });
    expect(process.memoryUsage.rss() - before).toBeLessThan(150 * 1024 * 1024);
    expect(kept.get('clickhouse-server.log')).toMatch(ENTRY);
    expect(facts?.files[1]?.missing?.reason).toMatch(/clickhouse-server\.err\.log cannot be read: ENOENT/);
  });

  test('a file that is not there is told, with what to check', async () => {
    const { result } = await look(target, { path: join(folder, 'nothing.log') });
    expect(result).toMatchObject({
      status: 'skip',
      message: expect.stringMatching(/nothing\.log cannot be read: ENOENT/),
      remedies: [expect.stringContaining('Check the path'), expect.stringContaining('Check the path')],
    });
    const nowhere = await look(target, { discover: false });
    expect(nowhere.result).toMatchObject({ status: 'skip', message: expect.stringMatching(/^nothing names the log/) });
  });
});

describe.skipIf(noServer || mustSkipDocker())('from a container', () => {
  let bench: DockerBench;
  const servers: ContainerServer[] = [];
  const start = async (name: string, change: (config: string) => string) => {
    const server = await startContainerServer(bench, { name, network: 'chwitness-logs', change });
    servers.push(server);
    return server;
  };
  beforeAll(async () => {
    bench = await openDockerBench();
    bench.network('chwitness-logs');
    await start('chwitness-quiet', (config) => config.replace(/<level>\w+<\/level>/, '<level>information</level>'));
    // As the official image does with CLICKHOUSE_… unset and a console logger: nothing goes into a file.
    await start('chwitness-console', (config) =>
      config.replace(/<log>.*?<\/log>/, '').replace(/<errorlog>.*?<\/errorlog>/, '<console>1</console>'),
    );
  }, 400_000);
  afterAll(() => {
    for (const one of servers) one.close();
    bench?.close();
  });

  async function ask(index: number) {
    const server = servers[index];
    if (!server) throw new Error('it did not start');
    const target = await openTarget(targetConfig(server.url, { user: 'default', password: '' }), probeHooks());
    try {
      await refused(target);
      return await look(target, { container: server.name });
    } finally {
      await target.close();
    }
  }

  test('by docker exec; of level information it is said that lines of queries need Debug', async () => {
    const { facts, kept, lines } = await ask(0);
    expect(facts?.files[0]?.from).toMatch(/^docker exec chwitness-quiet tail /);
    expect(lines).toContain('nothing finer than Information is written: lines of single queries need Debug');
    expect(Object.keys(facts?.files[0]?.levels ?? {})).not.toContain('Debug');
    expect(ahead(kept.get('clickhouse-server.log') ?? '')).toBe(3);
  });

  test('by docker logs, where the server writes to its console', async () => {
    const { facts, kept, result } = await ask(1);
    expect(facts?.files.map(({ from }) => from)).toEqual(['docker logs chwitness-console']);
    expect(result.status).toBe('warn');
    expect(ahead(kept.get('docker-logs.log') ?? '')).toBe(3);
  });
});
