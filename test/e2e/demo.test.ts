import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { archiveJson } from '../../src/archive/open.ts';
import { packageRoot } from '../../src/kernel/package.ts';
import type { RunJson } from '../../src/model/run.ts';
import { everythingIn } from '../helpers/archive-bytes.ts';
import { ensureBuilt } from '../helpers/build.ts';

let folder: string;
let temporary: string;

beforeAll(async () => {
  await ensureBuilt();
});
afterAll(() => {
  for (const one of [folder, temporary]) if (one) rmSync(one, { recursive: true, force: true, maxRetries: 3 });
});

/** What `npm start` runs, in a folder of its own. */
function demo(...args: string[]): Promise<{ code: number | null; printed: string }> {
  folder = mkdtempSync(join(tmpdir(), 'chwitness-play-'));
  temporary = mkdtempSync(join(tmpdir(), 'chwitness-play-tmp-'));
  const tsx = join(packageRoot, 'node_modules', '.bin', 'tsx');
  const child = spawn(tsx, [join(packageRoot, 'bench', 'demo', 'main.ts'), ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (printed += chunk));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, printed })));
}

async function runs(): Promise<RunJson[]> {
  const archives = readdirSync(join(folder, 'evidence')).sort();
  return Promise.all(archives.map((name) => archiveJson(join(folder, 'evidence', name))));
}

test('a run of the Qtickets API and a load of real files, both without a failure', async () => {
  const { code, printed } = await demo();
  expect(code, printed).toBe(0);
  const [load, qtickets] = await runs();
  expect(load?.ingestion).toMatchObject({ status: 'ok', rows_written: 3_003_201 });
  expect(qtickets?.run).toMatchObject({ job: 'qtickets_api', exit_code: 0, complete: true });
  expect(qtickets?.ingestion.tables[0]).toMatchObject({ rows_sent: 4000, rows_written: 4000, status: 'ok' });
  expect(qtickets?.checks.find(({ id, phase }) => id === 'job-runs' && phase === 'after')).toMatchObject({
    status: 'pass',
  });
  // The invented customers are in the tables where they belong, and nowhere in what is handed on.
  const kept = readdirSync(join(folder, 'evidence')).flatMap((name) => everythingIn(join(folder, 'evidence', name)));
  expect(kept.length).toBeGreaterThan(50);
  const PERSONAL = /guest\d+@|Номер-\d|\+7900\d{7}|pay\.example|a-token-that-nobody-has/;
  expect(kept.filter(({ bytes }) => PERSONAL.test(bytes.toString())).map(({ path }) => path)).toEqual([]);
  expect(printed).not.toMatch(PERSONAL);
  expect(printed).toContain('clients left out: GET /clients answered 403');
  expect(readdirSync(temporary).filter((name) => name.startsWith('chwitness'))).toEqual([]);
});

test('--incident: the cause of a bare 1 is named, with the control seen', async () => {
  const { code, printed } = await demo('--incident');
  expect(code, printed).toBe(0);
  const [run] = await runs();
  expect(run?.run).toMatchObject({ exit_code: 1, exit_code_origin: 'command' });
  expect(run?.findings[0]).toMatchObject({ cause: 'client_rows_are_dicts', side: 'client', confidence: 'likely' });
  expect(run?.findings[0]?.because.map(({ text }) => text).join('\n')).toContain(
    'holds the control queries of both ends',
  );
  expect(printed).toContain('one run, and the cause has a name');
  expect(readdirSync(temporary).filter((name) => name.startsWith('chwitness'))).toEqual([]);
});
