import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { type EmbeddedEngine, type EmbeddedOptions, startEmbedded } from '../../../src/engine/embedded/child.ts';
import { exchange, type Sent } from '../../helpers/embedded-http.ts';

const folder = mkdtempSync(join(tmpdir(), 'chwitness-lifecycle-'));
const started: EmbeddedEngine[] = [];

afterEach(() => Promise.all(started.splice(0).map((engine) => engine.stop())));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function start(options: EmbeddedOptions): Promise<EmbeddedEngine> {
  const engine = await startEmbedded(options);
  started.push(engine);
  return engine;
}
const ask = async (engine: EmbeddedEngine, body: string, given: Sent['with'] = {}) => {
  const { status, text } = await exchange(engine, { body, with: given });
  if (status !== 200) throw new Error(text);
  return text;
};
const alive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('a folder started again', () => {
  test('has tables, rows, functions and both logs of each start, told apart by query_id', async () => {
    const dataDir = join(folder, 'again');
    for (const round of [1, 2, 3]) {
      const engine = await start({ dataDir });
      if (round === 1) {
        await ask(engine, 'CREATE DATABASE shop');
        await ask(engine, 'CREATE TABLE shop.t (a Int32) ENGINE = MergeTree ORDER BY a');
        await ask(
          engine,
          'CREATE MATERIALIZED VIEW shop.mv ENGINE = SummingMergeTree ORDER BY a AS SELECT a FROM shop.t',
        );
        await ask(engine, 'CREATE FUNCTION twice AS (x) -> x * 2');
      }
      await ask(engine, `INSERT INTO shop.t VALUES (${round})`, { query_id: `round-${round}` });
      expect(await ask(engine, 'SELECT count(), sum(twice(a)), (SELECT count() FROM shop.mv) FROM shop.t')).toBe(
        `${round}\t${round * (round + 1)}\t${round}\n`,
      );
      await ask(engine, 'SYSTEM FLUSH LOGS');
      const expected = Array.from({ length: round }, (_, n) => `round-${n + 1}\n`).join('');
      for (const log of ['query_log', 'text_log']) {
        const found = `SELECT DISTINCT query_id FROM system.${log} WHERE query_id LIKE 'round-%' ORDER BY query_id`;
        expect(await ask(engine, found), log).toBe(expected);
      }
      await engine.stop();
    }
  });

  test('after a kill has all that was answered, and nothing lies in its spool', async () => {
    const dataDir = join(folder, 'killed');
    const first = await start({ dataDir });
    await ask(first, 'CREATE TABLE t (a Int32, s String) ENGINE = MergeTree ORDER BY a');
    for (let n = 0; n < 20; n += 1) await ask(first, `INSERT INTO t VALUES (${n}, '')`);
    await ask(first, 'SYSTEM FLUSH LOGS');
    const line = `7,"${'w'.repeat(1000)}"\n`.repeat(1000);
    const large = exchange(first, {
      with: { query: 'INSERT INTO t FORMAT CSV' },
      body: (function* () {
        for (let n = 0; n < 60; n += 1) yield line;
      })(),
    }).catch(() => 'broken off');
    const spool = join(dataDir, '.chwitness', 'spool');
    await expect.poll(() => readdirSync(spool).length, { timeout: 10_000, interval: 5 }).toBeGreaterThan(0);
    process.kill(first.pid, 'SIGKILL');
    await first.exited;
    await large;
    const second = await start({ dataDir });
    expect(readdirSync(spool)).toEqual([]);
    expect(await ask(second, "SELECT count() FROM t WHERE s = ''")).toBe('20\n');
    expect(
      await ask(
        second,
        "SELECT count() FROM system.query_log WHERE query LIKE 'INSERT INTO t%' AND type = 'QueryFinish'",
      ),
    ).toBe('20\n');
  });
});

test('a folder that cannot be one is refused with a sentence', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  await expect(startEmbedded({ dataDir: file })).rejects.toMatchObject({
    name: 'WitnessError',
    message: expect.stringContaining(file),
  });
  await expect(startEmbedded({ dataDir: join(file, 'below') })).rejects.toMatchObject({ name: 'WitnessError' });
});

test('a port in use is refused with a sentence, and leaves no process', async () => {
  const first = await start({});
  const port = Number(new URL(first.url).port);
  await expect(startEmbedded({ port })).rejects.toMatchObject({
    code: 'ENGINE_PORT_IN_USE',
    message: expect.stringContaining(`${port}`),
  });
});

test('many stops at once are one, during queries and inserts alike', async () => {
  const engine = await start({});
  await ask(engine, 'CREATE TABLE t (a Int32) ENGINE = MergeTree ORDER BY a');
  const busy = [
    'SELECT sum(sleepEachRow(0.1)) FROM numbers(100) SETTINGS max_block_size = 1',
    'INSERT INTO t SELECT number FROM numbers(1000000000)',
    'SELECT count() FROM numbers(100000000000)',
  ].map((body) => exchange(engine, { body }).catch(() => 'broken off'));
  await new Promise((resolve) => setTimeout(resolve, 300));
  const before = performance.now();
  await Promise.all([engine.stop(), engine.stop(), engine.stop()]);
  expect(performance.now() - before).toBeLessThan(5000);
  expect(alive(engine.pid)).toBe(false);
  await Promise.all(busy);
});

test.each(['SIGKILL', 'SIGINT'] as const)(
  'a parent ended by %s leaves neither process nor throwaway folder',
  async (signal) => {
    const tmp = join(folder, `tmp-${signal}`);
    mkdirSync(tmp);
    const source = fileURLToPath(new URL('../../../src/engine/embedded/child.ts', import.meta.url));
    const code = `import { startEmbedded } from ${JSON.stringify(source)}; const e = await startEmbedded(); console.log(e.pid); setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, TMPDIR: tmp },
    });
    try {
      const pid = await new Promise<number>((resolve, reject) => {
        parent.stdout.once('data', (data: Buffer) => resolve(Number(data.toString())));
        parent.once('exit', () => reject(new Error('the parent ended early')));
      });
      const folders = () => readdirSync(tmp).filter((name) => name.startsWith('chwitness-'));
      expect(folders().length).toBe(1);
      parent.kill(signal);
      await expect.poll(() => alive(pid), { timeout: 5000 }).toBe(false);
      await expect.poll(folders, { timeout: 5000 }).toEqual([]);
    } finally {
      parent.kill('SIGKILL');
    }
    expect(existsSync(tmp)).toBe(true);
  },
);
