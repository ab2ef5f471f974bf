import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EngineError } from '../../src/engine/errors.ts';
import type { Target } from '../../src/engine/target.ts';
import type { BatchRecord } from '../../src/load/batch.ts';
import { type LoadPlan, type LoadTools, load } from '../../src/load/load.ts';
import { loadFacts } from '../../src/model/load.ts';
import type { Progress } from '../../src/model/source.ts';
import { openSources } from '../../src/source/open.ts';
import { type MemoryOptions, memoryTarget } from '../helpers/memory-target.ts';

const TABLE = { database: 'd', table: 't' };
const columns = (...names: string[]) => names.map((name) => ({ name, type: 'String', default_type: '' }));

interface Setting extends Partial<Pick<LoadPlan, 'create' | 'batchRows' | 'batchBytes' | 'settings'>> {
  format?: string;
  signal?: AbortSignal;
  progress?: (progress: Progress) => void;
  chunk?: number;
}

/** One text through openSources and load, as a user's standard input would go. */
async function run(text: string, target: Target, setting: Setting = {}) {
  const records: BatchRecord[] = [];
  const kept: Record<string, string> = {};
  const bytes = Buffer.from(text);
  const size = setting.chunk ?? 64;
  const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
    bytes.subarray(at * size, (at + 1) * size),
  );
  const signal = setting.signal ?? new AbortController().signal;
  const sources = await openSources(['-'], {
    ...(setting.format === undefined ? {} : { format: setting.format }),
    stdin: Readable.from(pieces),
    cwd: '/',
    signal,
  });
  const tools: LoadTools = {
    target,
    infer: async (_, source) => (source.firstRow ?? ['a']).map((name) => ({ name, type: 'Nullable(Int64)' })),
    workDir: '/nowhere',
    signal,
    progress: setting.progress ?? (() => undefined),
    keep: async (_, name, ddl) => {
      kept[name] = ddl;
    },
    append: (record) => records.push(record),
    runId: 'run1',
  };
  const plan: LoadPlan = {
    tables: [{ table: TABLE, sources }],
    create: setting.create ?? false,
    batchRows: setting.batchRows ?? 100_000,
    batchBytes: setting.batchBytes ?? 1 << 24,
    connections: 2,
    settings: setting.settings ?? {},
  };
  const facts = loadFacts.parse(await load(plan, tools));
  return { facts, records, kept };
}

const ndjson = (rows: number) => Array.from({ length: rows }, (_, at) => `{"a":${at}}\n`).join('');

function target(options: MemoryOptions = {}) {
  return memoryTarget({ columns: columns('a', 'b'), ...options });
}

describe('batches', () => {
  test('every row arrives once, in order of the journal, whatever the sizes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 400 }),
        fc.integer({ min: 1, max: 100 }),
        async (rows, batchRows, batchBytes, chunk) => {
          const memory = target();
          const { facts, records } = await run(ndjson(rows), memory, { batchRows, batchBytes, chunk });
          const read = memory.stored.flatMap(({ text }) =>
            text
              .trim()
              .split('\n')
              .map((line) => JSON.parse(line).a as number),
          );
          expect(read.toSorted((one, other) => one - other)).toEqual(Array.from({ length: rows }, (_, at) => at));
          expect(facts).toMatchObject({
            status: 'ok',
            rows_sent: rows,
            rows_written: rows,
          });
          // The last line feed may be left: it stands between rows.
          expect([facts.bytes, facts.bytes + 1]).toContain(ndjson(rows).length);
          const done = records
            .filter(({ state }) => state === 'acknowledged')
            .toSorted((one, other) => one.index - other.index);
          expect(
            done.reduce((next, { first_row, rows: count }) => (first_row === next ? next + (count ?? 0) : -1), 1),
          ).toBe(rows + 1);
          expect(done.at(-1)?.to).toBe(facts.bytes);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('two are on their way to a server at once, one to the embedded engine', async () => {
    const server = target({ kind: 'server' });
    const embedded = target({ kind: 'embedded' });
    await run(ndjson(50), server, { batchRows: 5 });
    await run(ndjson(50), embedded, { batchRows: 5 });
    expect([server.busiest, embedded.busiest]).toEqual([2, 1]);
  });

  test('carry what makes an answer worth believing', async () => {
    const memory = target();
    const { records } = await run(ndjson(3), memory, {
      settings: { async_insert: '1', input_format_null_as_default: '0' },
    });
    const [insert] = memory.stored;
    expect(insert?.options).toMatchObject({
      purpose: 'load',
      rows: 3,
      settings: { async_insert: '0', wait_end_of_query: '1', input_format_null_as_default: '0' },
      dedupToken: expect.stringContaining('run1-stdin-0-'),
      queryId: 'chwitness-run1-load-d.t-stdin-0',
    });
    expect(records.map(({ state, query_id }) => [state, query_id])).toEqual([
      ['planned', 'chwitness-run1-load-d.t-stdin-0'],
      ['sent', 'chwitness-run1-load-d.t-stdin-0'],
      ['acknowledged', 'chwitness-run1-load-d.t-stdin-0'],
    ]);
  });
});

describe('headers', () => {
  const csv = 'b,a\n1,2\n3,4\n';

  test('go with every batch, and their columns with every statement', async () => {
    const memory = target();
    const { facts } = await run(csv, memory, { batchRows: 1 });
    expect(memory.stored.map(({ text }) => text).toSorted()).toEqual(['b,a\n1,2\n', 'b,a\n3,4\n']);
    expect(memory.stored.map(({ format }) => format)).toEqual(['CSVWithNames', 'CSVWithNames']);
    expect(memory.stored[0]?.options.columns).toEqual(['b', 'a']);
    expect(facts).toMatchObject({ rows_sent: 2, bytes: 8 });
  });

  test('the names of the table decide against the looks', async () => {
    const words = 'a,b\nx,y\n';
    const inNames = await run(words, target(), {});
    expect(inNames.facts.tables[0]).toMatchObject({ format: 'CSVWithNames', rows_sent: 1 });
    const others = await run(words, memoryTarget({ columns: columns('c', 'd') }), {});
    expect(others.facts.tables[0]).toMatchObject({ format: 'CSV', rows_sent: 2 });
    expect(others.facts.tables[0]?.notes?.join()).toContain('names no column of the table');
  });

  test('--format beats both', async () => {
    const memory = target();
    const { facts } = await run('a,b\n1,2\n', memory, { format: 'CSV' });
    expect(facts.tables[0]).toMatchObject({ format: 'CSV', rows_sent: 2 });
  });

  test('a name that the table lacks stops the load before the first row, unless it is to be dropped', async () => {
    const memory = target();
    const { facts } = await run('a,c\n1,2\n', memory);
    expect(facts).toMatchObject({ status: 'failed', rows_sent: 0, error: { code: 'INPUT_HEADER_UNKNOWN' } });
    expect(facts.error?.message).toContain('names c, which the table does not have (it has a, b)');
    expect(memory.stored).toEqual([]);
    const dropped = await run('a,c\n1,2\n', memory, { settings: { input_format_skip_unknown_fields: '1' } });
    expect(dropped.facts).toMatchObject({ status: 'ok', rows_sent: 1 });
    expect(dropped.facts.tables[0]?.notes?.join()).toContain('are dropped: c');
  });

  test('a name that comes twice stops it too', async () => {
    const { facts } = await run('a,a\nx,y\n', target(), { format: 'CSVWithNames' });
    expect(facts.error).toMatchObject({ code: 'INPUT_HEADER_DUPLICATE' });
  });
});

describe('failures', () => {
  const refuse = (code: number) => new EngineError({ failure: 'server', code, message: `code ${code}` });

  test('stop the load, and what was acknowledged before stays counted', async () => {
    const memory = target({
      kind: 'embedded',
      before: (_, number) => {
        if (number === 3) throw refuse(27);
      },
    });
    const { facts, records } = await run(ndjson(50), memory, { batchRows: 10 });
    expect(facts).toMatchObject({ status: 'failed', rows_sent: 30, rows_written: 20, error: { code: 27 } });
    expect(facts.tables[0]).toMatchObject({ status: 'failed', batches: 3 });
    expect(records.flatMap(({ state }) => (state === 'planned' ? [] : [state]))).toEqual([
      'sent',
      'acknowledged',
      'sent',
      'acknowledged',
      'sent',
      'failed',
    ]);
  });

  test('turned away unread, a batch is sent again, and counts once', async () => {
    const memory = target({
      before: (_, number) => {
        if (number === 1) throw refuse(202);
      },
    });
    const { facts, records } = await run(ndjson(3), memory);
    expect(facts).toMatchObject({ status: 'ok', rows_sent: 3, rows_written: 3 });
    expect(memory.stored).toHaveLength(1);
    expect(records.map(({ attempt, state }) => [attempt, state])).toEqual([
      [0, 'planned'],
      [0, 'sent'],
      [0, 'failed'],
      [1, 'sent'],
      [1, 'acknowledged'],
    ]);
  });

  test('an answer that never came is unknown, and nothing is sent twice', async () => {
    let asked = 0;
    const memory = target({
      before: () => {
        asked += 1;
        throw new EngineError({ failure: 'reset', message: 'the connection broke' });
      },
    });
    const { facts, records } = await run(ndjson(3), memory);
    expect(asked).toBe(1);
    expect(facts).toMatchObject({ status: 'failed', rows_sent: 3, rows_written: 0, error: { failure: 'reset' } });
    expect(records.at(-1)).toMatchObject({ state: 'unknown' });
  });

  test('a damaged input stops it with the rows before it stored', async () => {
    const { facts } = await run(`${ndjson(20)}{"a":`, target(), { batchRows: 10 });
    expect(facts).toMatchObject({ status: 'failed', rows_written: 20, error: { code: 'INPUT_TRUNCATED', row: 21 } });
  });

  test('a stop from outside ends as canceled, with what was stored', async () => {
    const stop = new AbortController();
    const memory = target({
      kind: 'embedded',
      before: (_, number) => {
        if (number === 2) {
          stop.abort();
          throw new EngineError({ failure: 'canceled', message: 'the query was canceled' });
        }
      },
    });
    const { facts, records } = await run(ndjson(50), memory, { batchRows: 10, signal: stop.signal });
    expect(facts).toMatchObject({
      status: 'canceled',
      rows_sent: 20,
      rows_written: 10,
      error: { failure: 'canceled' },
    });
    expect(facts.tables[0]?.status).toBe('canceled');
    expect(records.at(-1)?.state).toBe('canceled');
  });

  test('a table that is not there is the server’s error with the way out', async () => {
    const { facts } = await run(ndjson(3), memoryTarget());
    expect(facts.error).toMatchObject({ code: 60, name: 'UNKNOWN_TABLE' });
    expect(facts.error?.message).toContain('--create makes d.t');
  });

  test('a mistake of ours is thrown, not told as a failure of the load', async () => {
    const broken = target({
      before: () => {
        throw new TypeError('a bug');
      },
    });
    await expect(run(ndjson(3), broken)).rejects.toThrow(TypeError);
  });
});

describe('nothing to load', () => {
  test.each([
    ['[]', undefined],
    ['a,b\n', 'CSVWithNames'],
    ['', 'JSONEachRow'],
    ['\n\n', 'JSONEachRow'],
  ])('%j is said to be empty, and is no success', async (text, format) => {
    const memory = target();
    const { facts } = await run(text, memory, format === undefined ? {} : { format });
    expect(facts).toMatchObject({ status: 'failed', rows_sent: 0, error: { code: 'INPUT_EMPTY' } });
    expect(facts.tables[0]?.status).toBe('empty');
    expect(memory.stored).toEqual([]);
  });
});

describe('--create', () => {
  test('makes the table once, shows its DDL, and leaves digits that are no numbers as text', async () => {
    const memory = memoryTarget();
    const { facts, kept } = await run('zip,`n\n00501,2\n', memory, { create: true });
    expect(facts.error).toMatchObject({ code: 'INPUT_HEADER_UNKNOWN' });
    expect(memory.commands).toEqual([
      'CREATE TABLE IF NOT EXISTS `d`.`t`\n(\n  `zip` Nullable(String),\n  `\\`n` Nullable(Int64)\n)\nENGINE = MergeTree\nORDER BY tuple()',
    ]);
    expect(kept).toEqual({ 'd.t.sql': `${memory.commands[0]};\n` });
    expect(facts.tables[0]).toMatchObject({ created: false });
  });
});

describe('what the server counts', () => {
  test('is what is believed, less what its views wrote', async () => {
    const short = await run(ndjson(5), target({ summary: () => ({ read_rows: 5, written_rows: 4 }) }));
    expect(short.facts).toMatchObject({ rows_sent: 5, rows_written: 4 });
    expect(short.facts.tables[0]).toMatchObject({ rows_written_from: 'summary' });
    const views = await run(ndjson(5), target({ summary: () => ({ read_rows: 5, written_rows: 15 }) }));
    expect(views.facts).toMatchObject({ rows_written: 5 });
    expect(views.facts.tables[0]?.notes?.join()).toContain('materialized views');
  });

  test('says nothing when it is all zeros or absent', async () => {
    const zeros = await run(ndjson(5), target({ summary: () => ({ read_rows: 0, written_rows: 0 }) }));
    const absent = await run(ndjson(5), target());
    for (const { facts } of [zeros, absent]) {
      expect(facts.tables[0]).toMatchObject({ rows_written: 5, rows_written_from: 'acknowledged batches' });
    }
  });
});

test('progress ends with all that was read and sent', async () => {
  const seen: Progress[] = [];
  await run(ndjson(100), target(), { batchRows: 10, progress: (progress) => seen.push(progress) });
  expect(seen.at(-1)).toMatchObject({ table: 'd.t', rows: 100, bytes: ndjson(100).length, batches: 10 });
  expect(seen.length).toBeLessThan(10);
});
