/**
 * What `npm start` plays: a Qtickets run against an invented organisation with the sandbox as server, then a load of real
 * files into the embedded engine. `npm start -- --incident` plays a loader that fails and does not say why.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { packageRoot } from '../../src/kernel/package.ts';
import { incident } from './incident.ts';
import { startOrganisation, TOKEN } from './organisation.ts';
import { heading, play, type Server, startServer } from './parts.ts';

const DATA = relative(process.cwd(), join(packageRoot, 'node_modules', 'vega-datasets', 'data'));

async function qtickets(server: Server, folder: string): Promise<number> {
  heading('A production run: the Qtickets API (invented data) into a ClickHouse server (the sandbox)');
  const api = await startOrganisation(Date.now());
  try {
    const envFile = join(folder, 'qtickets.env');
    const lines = [
      `QTICKETS_TOKEN=${TOKEN}`,
      `QTICKETS_BASE_URL=${api.url}`,
      'QTICKETS_SINCE_HOURS=24',
      'ORG_NAME=demo',
      `CLICKHOUSE_HOST=${server.host}`,
      `CLICKHOUSE_PORT=${server.port}`,
      'CLICKHOUSE_DB=zakaz',
      'CLICKHOUSE_USER=default',
      `CLICKHOUSE_PASSWORD=${server.password}`,
      'TZ=Europe/Moscow',
      'REPORT_TZ=Europe/Moscow',
      'JOB_NAME=qtickets_api',
      'DRY_RUN=false',
    ];
    writeFileSync(envFile, `${lines.join('\n')}\n`, { mode: 0o600 });
    return (await play(['load', 'qtickets', '--env-file', envFile, '--create'])).code;
  } finally {
    await api.close();
  }
}

async function files(): Promise<number> {
  heading('A load of files: 3 000 000 real rows into the embedded engine');
  const inputs = [`${DATA}/flights-3m.parquet`, `${DATA}/movies.json`];
  return (await play(['load', '--create', ...inputs])).code;
}

async function main(argv: readonly string[]): Promise<number> {
  // The part that is being played gets Ctrl-C too, and ends as it does; then this ends, and cleans up.
  let stopped = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => (stopped = true));
  const folder = mkdtempSync(join(tmpdir(), 'chwitness-demo-'));
  let server: Server | undefined;
  try {
    server = await startServer(folder);
    if (argv.includes('--incident')) return await incident(server);
    const first = await qtickets(server, folder);
    const second = stopped ? 1 : await files();
    return first || second;
  } finally {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

process.exitCode = await main(process.argv.slice(2));
