import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EmbeddedEngine, startEmbedded } from '../../src/engine/embedded/child.ts';
import { openTarget } from '../../src/engine/http.ts';
import type { Target } from '../../src/engine/target.ts';
import { packageRoot } from '../../src/kernel/package.ts';
import { quoteName } from '../../src/kernel/sql.ts';
import { INFERENCE_SETTINGS } from '../../src/load/create.ts';
import { load } from '../../src/load/load.ts';
import type { LoadFacts } from '../../src/model/load.ts';
import { openSources } from '../../src/source/open.ts';
import { probeHooks } from '../helpers/target-hooks.ts';

const DATA = join(packageRoot, 'node_modules/vega-datasets/data');

let folder: string;
let engine: EmbeddedEngine;
let target: Target;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chwitness-load-'));
  engine = await startEmbedded();
  target = await openTarget(
    {
      kind: 'server',
      url: engine.url,
      database: 'default',
      user: engine.user,
      password: engine.password,
      connectTimeoutMs: 5000,
      requestTimeoutMs: 60_000,
      settings: {},
      origin: 'test',
    },
    probeHooks(),
  );
});
afterAll(async () => {
  await target?.close();
  await engine?.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface How {
  rows?: number;
  bytes?: number;
  create?: boolean;
  format?: string;
}

async function run(
  table: string,
  input: string,
  { rows = 100_000, bytes = 1 << 24, create = true, format }: How = {},
): Promise<LoadFacts> {
  const signal = new AbortController().signal;
  const opened = { stdin: Readable.from([]), cwd: folder, signal };
  const sources = await openSources([input], format === undefined ? opened : { ...opened, format });
  return load(
    {
      tables: [{ table: { database: 'default', table }, sources }],
      create,
      batchRows: rows,
      batchBytes: bytes,
      connections: 2,
      settings: {},
    },
    {
      target,
      infer: async (kind, source) => engine.describe(kind, await source.sample(1 << 20), INFERENCE_SETTINGS),
      workDir: folder,
      signal,
      progress: () => undefined,
      keep: async () => undefined,
      append: () => undefined,
    },
  );
}

function file(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content);
  return name;
}

test('every CSV of a public collection is loaded whole, header told from rows', async () => {
  for (const name of readdirSync(DATA).filter((each) => each.endsWith('.csv'))) {
    const expected: Record<string, string>[] = parse(readFileSync(join(DATA, name)), { columns: true, bom: true });
    const table = name.replace(/\W/g, '_');
    const facts = await run(table, join(DATA, name), { rows: 1500 });
    expect(facts, name).toMatchObject({ status: 'ok', rows_sent: expected.length, rows_written: expected.length });
    const columns = await target.all<{ name: string; type: string }>(`DESCRIBE TABLE ${quoteName(table)}`);
    expect(columns.map((column) => column.name)).toEqual(Object.keys(expected[0] ?? {}));
    for (const column of columns.filter(({ type }) => type === 'Nullable(String)')) {
      const stored = await target.all<{ value: string | null; n: string }>(
        `SELECT ${quoteName(column.name)} AS value, toString(count()) AS n FROM ${quoteName(table)} GROUP BY value ORDER BY value`,
      );
      const counts = new Map<string, number>();
      for (const row of expected) {
        // Blanks around an unquoted value are none of it, and an empty one is stored as NULL.
        const value = (row[column.name] ?? '').trim();
        counts.set(value, (counts.get(value) ?? 0) + 1);
      }
      const found = new Map<string, number>();
      for (const { value, n } of stored)
        found.set((value ?? '').trim(), (found.get((value ?? '').trim()) ?? 0) + Number(n));
      expect(found, `${name}, ${column.name}`).toEqual(counts);
    }
  }
});

test('zip codes keep their leading zeros', async () => {
  await run('zips', file('zips.csv', 'zip,n\n00501,1\n10001,2\n'));
  expect(await target.all('SELECT zip, n FROM zips ORDER BY n')).toEqual([
    { zip: '00501', n: '1' },
    { zip: '10001', n: '2' },
  ]);
});

test('random rows in random batches are what the engine stores, as CSV, TSV, JSON lines and JSON arrays, packed or not', async () => {
  const text = fc.oneof(
    fc.string({ maxLength: 10, unit: 'grapheme' }),
    fc.stringMatching(/^[",\n\r\t\\{}[\] 'a]{0,8}$/),
    fc.constantFrom('', '\\N', 'NULL', '\\', '\\\n', '"', '""', "'", '{"a":[1', ' x '),
  );
  await target.command('CREATE TABLE random_rows (id UInt32, a String, b String) ENGINE = MergeTree ORDER BY id');
  const rows = fc.array(fc.record({ a: text, b: text }), { minLength: 1, maxLength: 40 });
  const shapes = ['csv', 'tsv', 'lines', 'array'] as const;
  await fc.assert(
    fc.asyncProperty(
      rows,
      fc.constantFrom(...shapes),
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 20, max: 500 }),
      fc.boolean(),
      async (made, shape, batchRows, bytes, packed) => {
        const all = made.map((row, id) => ({ id, ...row }));
        const quoted = (value: string) => `"${value.replaceAll('"', '""')}"`;
        const tab = (value: string) =>
          value.replaceAll('\\', '\\\\').replaceAll('\t', '\\t').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
        const content = {
          csv: () => `id,a,b\r\n${all.map(({ id, a, b }) => `${id},${quoted(a)},${quoted(b)}`).join('\r\n')}`,
          tsv: () => `${all.map(({ id, a, b }) => `${id}\t${tab(a)}\t${tab(b)}\n`).join('')}`,
          lines: () => all.map((row) => JSON.stringify(row)).join('\n'),
          array: () => JSON.stringify(all, null, 2),
        }[shape]();
        await target.command('TRUNCATE TABLE random_rows');
        const name = `random.${shape === 'lines' ? 'ndjson' : shape === 'array' ? 'json' : shape}`;
        const input = packed ? file(`${name}.gz`, gzipSync(content)) : file(name, content);
        const facts = await run('random_rows', input, { rows: batchRows, bytes });
        expect(facts).toMatchObject({ status: 'ok', rows_sent: all.length, rows_written: all.length });
        expect(await target.all('SELECT id, a, b FROM random_rows ORDER BY id')).toEqual(all);
      },
    ),
    { numRuns: 60 },
  );
});

test('TabSeparated with Windows line ends, and empty lines of one column, are stored as they stand', async () => {
  await target.command('CREATE TABLE windows (id UInt32, a String) ENGINE = MergeTree ORDER BY id');
  expect(await run('windows', file('windows.tsv', '1\tx\r\n2\ty\r\n'))).toMatchObject({
    status: 'ok',
    rows_written: 2,
  });
  expect(await target.all('SELECT a FROM windows ORDER BY id')).toEqual([{ a: 'x' }, { a: 'y' }]);
  await target.command('CREATE TABLE single (a String) ENGINE = MergeTree ORDER BY tuple()');
  const facts = await run('single', file('single.csv', 'x\n\ny\n'), { format: 'CSV' });
  expect(facts).toMatchObject({ status: 'ok', rows_sent: 3, rows_written: 3 });
  expect(await target.all('SELECT a FROM single ORDER BY a')).toEqual([{ a: '' }, { a: 'x' }, { a: 'y' }]);
});

test('an empty line in the data ends nothing, and what follows it is never a statement', async () => {
  await target.command('CREATE TABLE gaps (id UInt32, a String) ENGINE = MergeTree ORDER BY id');
  const csv = '1,"a\n\nDROP TABLE gaps\n\nb"\n2,c\n';
  expect(await run('gaps', file('gaps.csv', csv))).toMatchObject({ status: 'ok', rows_sent: 2, rows_written: 2 });
  const lines = '{"id":3,"a":"d"}\n\n{"id":4,"a":"e"}\n';
  expect(await run('gaps', file('gaps.ndjson', lines))).toMatchObject({ status: 'ok', rows_sent: 2, rows_written: 2 });
  expect(await target.all('SELECT id, a FROM gaps ORDER BY id')).toEqual([
    { id: 1, a: 'a\n\nDROP TABLE gaps\n\nb' },
    { id: 2, a: 'c' },
    { id: 3, a: 'd' },
    { id: 4, a: 'e' },
  ]);
});

test('a column too many, a column too few and half a row are errors that say what stands where', async () => {
  await target.command('CREATE TABLE narrow (id UInt32, a String) ENGINE = MergeTree ORDER BY id');
  const many = await run('narrow', file('many.csv', '1,x,surplus\n2,y,surplus\n'));
  expect(many).toMatchObject({ status: 'failed', rows_written: 0, error: { failure: 'server', code: 117 } });
  const few = await run('narrow', file('few.tsv', '1\n2\n'), { format: 'TSV' });
  expect(few).toMatchObject({ status: 'failed', rows_written: 0, error: { failure: 'server', code: 27 } });
  const half = await run('narrow', file('half.json', '[{"id":1,"a":"x"},{"id":2'));
  expect(half).toMatchObject({ status: 'failed', rows_written: 0, error: { code: 'INPUT_TRUNCATED', row: 2 } });
});

test('a sample that ends inside a row still tells the structure', async () => {
  const rows = Array.from({ length: 60_000 }, (_, id) => ({ id, text: `row ${id} ${'.'.repeat(10)}` }));
  const facts = await run('cut_sample', file('cut.json', JSON.stringify(rows)));
  expect(facts).toMatchObject({ status: 'ok', rows_written: 60_000 });
  expect(await target.all('DESCRIBE TABLE cut_sample')).toMatchObject([
    { name: 'id', type: 'Nullable(Int64)' },
    { name: 'text', type: 'Nullable(String)' },
  ]);
});
