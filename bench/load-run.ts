import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../src/kernel/package.ts';
import { runJson } from '../src/model/run.ts';

export interface Loaded {
  loadMs: number;
  /** Everything else: start-up, checks before and after, diagnosis, archive. */
  restMs?: number;
  /** Peak resident size, MB. */
  rssMb?: number;
}

export interface Load {
  folder: string;
  file: string;
  format: string;
  table: string;
  url: string;
  user?: string;
  password?: string;
  connections: number;
}

/** Runs the built command line and reads its own account of the load, which must be clean. */
export async function loadByChwitness(load: Load): Promise<Loaded> {
  const started = performance.now();
  const args = [
    'load',
    load.file,
    '--table',
    load.table,
    '--format',
    load.format,
    '--connections',
    String(load.connections),
    '--json',
  ];
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: load.folder,
    CLICKHOUSE_URL: load.url,
    ...(load.user === undefined ? {} : { CLICKHOUSE_USER: load.user, CLICKHOUSE_PASSWORD: load.password ?? '' }),
  };
  const child = spawn(process.execPath, [join(packageRoot, 'dist', 'src', 'cli.js'), ...args], {
    cwd: load.folder,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let peakKb = 0;
  const look = setInterval(() => {
    try {
      peakKb = Math.max(
        peakKb,
        Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0),
      );
    } catch {
      // Gone already.
    }
  }, 50);
  let text = '';
  for await (const chunk of child.stdout) text += chunk;
  clearInterval(look);
  const wholeMs = performance.now() - started;
  const { ingestion } = runJson.parse(JSON.parse(text));
  if (ingestion.status !== 'ok') throw new Error(`the load ended as ${ingestion.status}: ${ingestion.error?.message}`);
  return { loadMs: ingestion.duration_ms, restMs: wholeMs - ingestion.duration_ms, rssMb: (peakKb * 1024) / 1e6 };
}
