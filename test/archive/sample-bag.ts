import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { PackInput } from '../../src/archive/pack.ts';
import { type CheckResult, type FileEntry, RUN_SCHEMA, type RunJson } from '../../src/model/run.ts';

export const NAME = 'orders-20260301T120000Z-0a1b2c3d';

export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

export function check(id: string, over: Partial<CheckResult> = {}): CheckResult {
  return {
    id,
    phase: 'after',
    status: 'pass',
    title: `${id} holds`,
    message: '10 rows sent, 10 rows stored',
    because: [{ text: 'count() is 10' }],
    remedies: [],
    duration_ms: 12,
    blocking: false,
    facts: `data/facts/after/${id}.json`,
    ...over,
  };
}

export function sampleRun(
  files: FileEntry[],
  over: Partial<RunJson['run']> = {},
  parts: Partial<RunJson> = {},
): RunJson {
  return {
    schema: RUN_SCHEMA,
    run: {
      id: '20260301T120000Z-0a1b2c3d',
      job: 'orders',
      command: 'load',
      bundle: 'preflight',
      target: { kind: 'embedded', url: 'http://127.0.0.1:1', database: 'shop', user: 'default', origin: 'default' },
      started_at: '2026-03-01T12:00:00.000Z',
      finished_at: '2026-03-01T12:00:05.000Z',
      window: { from: '2026-03-01T12:00:01.000Z', to: '2026-03-01T12:00:04.000Z' },
      exit_code: 0,
      exit_code_origin: 'chwitness',
      exit_code_reason: 'all is well',
      complete: true,
      incomplete_because: [],
      ...over,
    },
    ingestion: {
      kind: 'load',
      status: 'ok',
      tables: [],
      rows_sent: 10,
      rows_written: 10,
      bytes: 100,
      duration_ms: 20,
    },
    timeline: [],
    row_counts: [],
    checks: [check('row-counts'), check('freshness', { status: 'warn', message: 'the newest row is a day old' })],
    findings: [],
    files,
    redactions: [],
    tool: { version: '0.1.0', rules_digest: 'none', node: 'v20', platform: 'linux-x64' },
    ...parts,
  };
}

function write(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

/** A bag on disk as the store leaves it, and what `pack` is given for it. */
export function sampleBag(
  folder: string,
  options: { files?: Record<string, string | Uint8Array>; run?: (run: RunJson) => RunJson } = {},
): PackInput & { run: RunJson } {
  const bagRoot = join(folder, 'bag');
  const plain = sampleRun([]);
  const { checks, ingestion, findings } = plain;
  const contents: Record<string, string | Uint8Array> = {
    'data/results.json': JSON.stringify({ checks, ingestion, findings, exit_code: 0 }),
    'data/facts/after/row-counts.json': '{"rows":"10"}',
    'data/facts/after/freshness.json': '{"newest":"2026-02-28"}',
    'data/artifacts/before/query log.txt': 'SELECT 1\n'.repeat(1000),
    'data/artifacts/before/empty.txt': '',
    'data/artifacts/after/таблица.txt': 'имя\n',
    ...options.files,
  };
  const files: FileEntry[] = Object.entries(contents).map(([path, content]) => {
    write(join(bagRoot, path), content);
    return { path, sha256: sha256(content), bytes: Buffer.byteLength(content), kind: 'artifact' };
  });
  const run = (options.run ?? ((same) => same))({ ...plain, files });
  return {
    run,
    bagRoot,
    files,
    tagFiles: [
      { path: 'run.json', content: `${JSON.stringify(run, null, 2)}\n` },
      { path: 'report.md', content: '# orders\n' },
      { path: 'report.html', content: '<!doctype html><title>orders</title>' },
      { path: 'redactions.json', content: '[]\n' },
    ],
    name: NAME,
    outDir: join(folder, 'out'),
    format: 'tar.gz',
    info: { 'External-Identifier': run.run.id, 'External-Description': 'two\nlines' },
    scan: neverFound,
  };
}

/** A scan that reads everything and finds nothing. */
export async function neverFound(source: AsyncIterable<Uint8Array>): Promise<undefined> {
  for await (const _ of source);
}

/** A scan for one secret as it stands, across chunk borders. */
export function scanFor(secret: string, label: string) {
  return async (source: AsyncIterable<Uint8Array>): Promise<string | undefined> => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of source) chunks.push(chunk);
    return Buffer.concat(chunks).includes(secret) ? label : undefined;
  };
}
