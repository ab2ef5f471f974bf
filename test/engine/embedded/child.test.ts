import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, expect, test } from 'vitest';
import { type EmbeddedEngine, type EmbeddedOptions, startEmbedded } from '../../../src/engine/embedded/child.ts';
import { exchange } from '../../helpers/embedded-http.ts';

const folder = mkdtempSync(join(tmpdir(), 'chwitness-child-'));
const started: EmbeddedEngine[] = [];
const start = async (options: EmbeddedOptions = {}) => {
  const engine = await startEmbedded(options);
  started.push(engine);
  return engine;
};
const ask = async (engine: EmbeddedEngine, statement: string) => (await exchange(engine, { body: statement })).text;
const alive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

afterEach(() => Promise.all(started.splice(0).map((engine) => engine.stop())));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a throwaway engine leaves no folder and no process behind', async () => {
  const engine = await start();
  const data = (await ask(engine, "SELECT path FROM system.disks WHERE name = 'default'")).trim();
  expect(existsSync(data)).toBe(true);
  await engine.stop();
  expect(existsSync(data)).toBe(false);
  expect(alive(engine.pid)).toBe(false);
  expect(await engine.exited).toBe('the embedded engine was stopped');
});

test('a folder keeps tables and logs for the next start, and is closed to others', async () => {
  const dataDir = join(folder, 'kept');
  const first = await start({ dataDir, database: 'shop' });
  await ask(first, 'CREATE TABLE t (a Int32) ENGINE = MergeTree ORDER BY a');
  await ask(first, 'INSERT INTO t VALUES (7)');
  await first.stop();
  const second = await start({ dataDir, database: 'shop' });
  expect(await ask(second, 'SELECT a FROM shop.t')).toBe('7\n');
  expect(await ask(second, "SELECT count() FROM system.query_log WHERE query LIKE 'INSERT INTO t%'")).toBe('2\n');
  expect(statSync(dataDir).mode & 0o077).toBe(0);
  expect(second.password).not.toBe(first.password);
});

test('a folder in use is refused by name, and its user goes on undisturbed', async () => {
  const dataDir = join(folder, 'shared');
  const first = await start({ dataDir });
  await expect(startEmbedded({ dataDir })).rejects.toMatchObject({
    code: 'ENGINE_FOLDER_IN_USE',
    message: expect.stringContaining(dataDir),
  });
  expect(await ask(first, 'SELECT 1')).toBe('1\n');
});

test('stop() ends it within its grace while a query runs', async () => {
  const engine = await start();
  const running = ask(engine, 'SELECT sum(cityHash64(number)) FROM numbers(100000000000)').catch(() => 'broken off');
  await new Promise((resolve) => setTimeout(resolve, 200));
  const before = Date.now();
  await engine.stop();
  expect(Date.now() - before).toBeLessThan(5000);
  expect(alive(engine.pid)).toBe(false);
  await running;
});

test('an engine that dies by itself says how', async () => {
  const engine = await start();
  process.kill(engine.pid, 'SIGKILL');
  expect(await engine.exited).toBe('the embedded engine ended by signal SIGKILL');
});

test('the engine dies with its parent, even when that is killed, and takes its throwaway folder along', async () => {
  const source = fileURLToPath(new URL('../../../src/engine/embedded/child.ts', import.meta.url));
  const code = `import { startEmbedded } from ${JSON.stringify(source)}; const e = await startEmbedded(); const r = await fetch(e.url + '/?query=' + encodeURIComponent("SELECT path FROM system.disks WHERE name = 'default'"), { headers: { 'X-ClickHouse-User': e.user, 'X-ClickHouse-Key': e.password } }); console.log(e.pid, (await r.text()).trim()); setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [pid, data] = await new Promise<[number, string]>((resolve, reject) => {
      parent.stdout.once('data', (line: Buffer) => {
        const [id, path = ''] = line.toString().trim().split(' ');
        resolve([Number(id), path]);
      });
      parent.once('exit', () => reject(new Error('the parent ended early')));
    });
    expect(alive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await expect.poll(() => alive(pid), { timeout: 10_000 }).toBe(false);
    expect(data).toContain('chwitness-engine-');
    expect(existsSync(join(data, '..'))).toBe(false);
  } finally {
    parent.kill('SIGKILL');
  }
});

test('an aborted start leaves nothing', async () => {
  const gone = new AbortController();
  const starting = startEmbedded({ signal: gone.signal, dataDir: join(folder, 'aborted') });
  gone.abort();
  await expect(starting).rejects.toThrow();
});

test('structures are inferred from a sample, and from files in allowed folders', async () => {
  const data = fileURLToPath(new URL('../../../node_modules/vega-datasets/data', import.meta.url));
  const engine = await start({ allowFiles: [data] });
  expect(await engine.describe('JSONEachRow', Buffer.from('{"id":1,"when":"2025-10-29"}\n'))).toEqual([
    { name: 'id', type: 'Nullable(Int64)' },
    { name: 'when', type: 'Nullable(Date)' },
  ]);
  const settings = { format_csv_delimiter: ';', schema_inference_make_columns_nullable: 0 };
  expect(await engine.describe('CSVWithNames', Buffer.from('a;b\n1;x\n'), settings)).toEqual([
    { name: 'a', type: 'Int64' },
    { name: 'b', type: 'String' },
  ]);
  const flights = await engine.describe('Parquet', join(data, 'flights-3m.parquet'));
  expect(flights.map(({ name }) => name)).toEqual(['date', 'delay', 'distance', 'origin', 'destination']);
  expect((await engine.describe('CSVWithNames', join(data, 'seattle-weather.csv'))).length).toBe(6);
  await expect(engine.describe('Parquet', Buffer.from('not parquet at all'))).rejects.toMatchObject({
    code: 'ENGINE_CANNOT_DESCRIBE',
  });
  await ask(engine, 'SYSTEM FLUSH LOGS');
  expect(
    await ask(
      engine,
      "SELECT count() FROM system.text_log WHERE message LIKE '%2025-10-29%' AND message NOT LIKE '%text_log%'",
    ),
  ).toBe('0\n');
});
