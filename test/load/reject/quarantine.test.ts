import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startEngine, type TestEngine } from '../../helpers/engine.ts';
import { type LoadWith, loadWith } from './kit.ts';

let engine: TestEngine;
let folder: string;
beforeAll(async () => {
  engine = await startEngine();
  folder = mkdtempSync(join(tmpdir(), 'chwitness-quarantine-'));
});
afterAll(async () => {
  await engine?.close();
  rmSync(folder, { recursive: true, force: true });
});

let files = 0;
function file(extension: string, content: string): string {
  files += 1;
  const name = `rows-${files}.${extension}`;
  writeFileSync(join(folder, name), content);
  return name;
}

async function table(columns: string): Promise<string> {
  files += 1;
  const name = `t${files}`;
  await engine.target.command(`CREATE TABLE ${name} (${columns}) ENGINE = MergeTree ORDER BY tuple()`);
  return name;
}

function quarantine(how: Pick<LoadWith, 'table' | 'input'> & Partial<LoadWith>) {
  const { target } = engine;
  return loadWith({ folder, target, engine: target, onError: { mode: 'quarantine', limit: 1000 }, ...how });
}

interface About {
  row: number;
  offset: number;
  column?: string;
  reason: string;
}

function rejected(name: string): { text: string; about: About[] } {
  const path = join(folder, name);
  if (!existsSync(path)) return { text: '', about: [] };
  const lines = readFileSync(`${path}.reasons.jsonl`, 'utf8').trimEnd().split('\n');
  return { text: readFileSync(path, 'utf8'), about: lines.map((line) => JSON.parse(line)) };
}

test('the good rows are stored, the bad ones lie in the file as they came, with row, byte, column and reason', async () => {
  const name = await table('id UInt32, qty Int32, day Date');
  const lines = [
    '{"id":1,"qty":1,"day":"2025-01-01"}',
    '{"id":2,"qty":"many","day":"2025-01-01"}',
    '{"id":3,"qty":4294967297,"day":"2025-01-01"}',
    '{"id":4,"qty":4,"day":"2025-01-0',
    '{"id":5,"qty":5,"day":"2025-01-01"}',
  ];
  const input = file('ndjson', `${lines.join('\n')}\n`);
  const facts = await quarantine({ table: name, input, rejectFile: 'mixed.ndjson', batchRows: 2 });
  expect(facts).toMatchObject({
    status: 'ok',
    rows_sent: 2,
    rows_written: 2,
    tables: [{ rows_read: 5, rows_rejected: 3, rows_sent: 2 }],
    rejection: { mode: 'quarantine', rows: 3, complete: true, limit: 1000 },
  });
  const { text, about } = rejected('mixed.ndjson');
  expect(text).toBe(`${lines.slice(1, 4).join('\n')}\n`);
  const offsets = [1, 2, 3].map((row) => lines.slice(0, row).join('\n').length + 1);
  expect(about).toMatchObject([
    {
      row: 2,
      offset: offsets[0],
      column: 'qty',
      type: 'Int32',
      reason: 'value_not_parsable_for_type',
      code: 27,
      shape: 'text of 4 characters',
    },
    {
      row: 3,
      offset: offsets[1],
      column: 'qty',
      reason: 'integer_overflow_silent',
      shape: 'whole number of 10 digits',
    },
    { row: 4, offset: offsets[2], reason: 'row_truncated' },
  ]);
  expect(statSync(join(folder, 'mixed.ndjson')).mode & 0o777).toBe(0o600);
  expect(JSON.stringify(facts)).not.toContain('4294967297');
  expect(JSON.stringify(facts)).not.toContain('many');
  expect(await engine.target.all(`SELECT id FROM ${name} ORDER BY id`)).toEqual([{ id: 1 }, { id: 5 }]);
});

test('once mended the file can be loaded again: CSV keeps its header', async () => {
  const name = await table('id UInt32, note String, qty UInt8');
  const input = file('csv', 'qty,id,note\n1,1,"a, ""b""\nc"\n300,2,x\n3,3\n4,4,d\n');
  const facts = await quarantine({ table: name, input, rejectFile: 'again.csv' });
  expect(facts).toMatchObject({ status: 'ok', rows_written: 2, tables: [{ rows_rejected: 2 }] });
  const { text, about } = rejected('again.csv');
  expect(text).toBe('qty,id,note\n300,2,x\n3,3\n');
  expect(about).toMatchObject([
    { row: 2, column: 'qty', reason: 'integer_overflow_silent' },
    { row: 3, reason: 'missing_fields_in_text_row' },
  ]);
  const mended = file('csv', text.replace('300', '200').replace('3,3\n', '3,3,c\n'));
  expect(await quarantine({ table: name, input: mended, rejectFile: 'none.csv' })).toMatchObject({ rows_written: 2 });
  expect(existsSync(join(folder, 'none.csv'))).toBe(false);
  expect(await engine.target.all(`SELECT id, qty FROM ${name} ORDER BY id`)).toEqual([
    { id: 1, qty: 1 },
    { id: 2, qty: 200 },
    { id: 3, qty: 3 },
    { id: 4, qty: 4 },
  ]);
});

test('above the limit the load fails, and says at which row', async () => {
  const name = await table('id UInt8');
  const input = file('ndjson', Array.from({ length: 400 }, (_, id) => `{"id":${id}}\n`).join(''));
  const limited = { mode: 'quarantine' as const, limit: 100 };
  const facts = await quarantine({ table: name, input, rejectFile: 'limit.ndjson', onError: limited, batchRows: 50 });
  expect(facts).toMatchObject({ status: 'failed', error: { code: 'REJECTED_ABOVE_LIMIT' }, rejection: { limit: 100 } });
  expect(rejected('limit.ndjson').about[0]).toMatchObject({ row: 257, reason: 'integer_overflow_silent' });
});

test('a constraint is found out by the server and named by the engine', async () => {
  const name = await table('id UInt32, qty Int32, CONSTRAINT positive CHECK qty > 0');
  const input = file('tsv', Array.from({ length: 1000 }, (_, id) => `${id}\t${id % 250 === 7 ? -1 : 1}\n`).join(''));
  const facts = await quarantine({ table: name, input, format: 'TSV', rejectFile: 'constraint.tsv', batchRows: 300 });
  expect(facts).toMatchObject({
    status: 'ok',
    rows_sent: 996,
    rows_written: 996,
    tables: [{ rows_read: 1000, rows_rejected: 4 }],
  });
  const { about, text } = rejected('constraint.tsv');
  expect(about.map(({ row }) => row)).toEqual([8, 258, 508, 758]);
  expect(about[0]).toMatchObject({ reason: 'constraint_violated', constraint: 'positive' });
  expect(text).toBe('7\t-1\n257\t-1\n507\t-1\n757\t-1\n');
});

test('what the user asks for is not bad: NULL as default, fields that are dropped', async () => {
  const name = await table('id UInt32, qty Int32');
  const input = file('ndjson', '{"id":1,"qty":null}\n{"id":2,"colour":"red"}\n');
  const settings = { input_format_null_as_default: '1', input_format_skip_unknown_fields: '1' };
  const facts = await quarantine({ table: name, input, rejectFile: 'asked.ndjson', settings });
  expect(facts).toMatchObject({ status: 'ok', rows_written: 2 });
  expect(facts.rejection).toBeUndefined();
});

test('a batch that fails without quarantine is examined: rows, columns, reasons, and one row to try it with', async () => {
  const name = await table("id UInt32, status Enum8('new' = 1)");
  const input = file(
    'ndjson',
    Array.from({ length: 50 }, (_, id) => `{"id":${id},"status":"${id % 20 === 3 ? 'Gone7' : 'new'}"}\n`).join(''),
  );
  const facts = await quarantine({ table: name, input, onError: { mode: 'fail' } });
  expect(facts).toMatchObject({
    status: 'failed',
    error: { code: 691 },
    rejection: {
      mode: 'fail',
      complete: false,
      rows: 3,
      groups: [{ reason: 'enum_value_unknown', column: 'status', rows: 3, first_row: 4 }],
      reproducer: {
        masked: true,
        sql: `INSERT INTO \`default\`.\`${name}\` (\`status\`) FORMAT JSONEachRow\n{"status":"Xxxx9"}`,
      },
    },
  });
  expect(facts.tables[0]?.rows_rejected).toBeUndefined();
  const kept = await quarantine({ table: name, input, onError: { mode: 'fail' }, keepSamples: true });
  expect(kept.rejection?.reproducer).toMatchObject({
    masked: false,
    sql: expect.stringContaining('{"status":"Gone7"}'),
  });
});

test('random rows, good and bad, in random batches: what is stored and what is rejected is what was sent, exactly', async () => {
  const name = await table(
    'id UInt32, qty Int8, day Nullable(Date), code FixedString(2), tags Array(UInt8), note String',
  );
  const good = fc.record(
    {
      qty: fc.integer({ min: -128, max: 127 }),
      day: fc.constantFrom(null, '2025-01-31', '1970-01-01'),
      code: fc.constantFrom('', 'a', 'ab'),
      tags: fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 3 }),
      note: fc.string({ maxLength: 8 }),
    },
    { requiredKeys: [] },
  );
  const bad = fc.constantFrom<[string, string]>(
    ['"qty":128', 'qty'],
    ['"qty":"x"', 'qty'],
    ['"qty":null', 'qty'],
    ['"qty":1.5', 'qty'],
    ['"day":"2025-02-30"', 'day'],
    ['"day":"soon"', 'day'],
    ['"code":"abc"', 'code'],
    ['"tags":[256]', 'tags'],
    ['"tags":3', 'tags'],
    ['"extra":1', 'extra'],
    ['"note":"cut', ''],
    ['"note":{"a"', ''],
  );
  let run = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof({ weight: 4, arbitrary: good }, { weight: 1, arbitrary: bad }), {
        minLength: 1,
        maxLength: 60,
      }),
      fc.integer({ min: 1, max: 25 }),
      async (rows, batchRows) => {
        run += 1;
        // The first line shows that the source has one object a line.
        const lines = [
          '{"id":0}',
          ...rows.map((row, at) => {
            if (!Array.isArray(row)) return JSON.stringify({ id: at + 1, ...row });
            return `{"id":${at + 1},${row[0]}${row[1] === '' ? '' : '}'}`;
          }),
        ];
        const wrong = rows.flatMap((row, at) => (Array.isArray(row) ? [at + 1] : []));
        if (wrong.length * 2 > lines.length) return;
        await engine.target.command(`TRUNCATE TABLE ${name}`);
        const input = file('ndjson', `${lines.join('\n')}\n`);
        const reject = `random-${run}.ndjson`;
        const facts = await quarantine({ table: name, input, format: 'JSONEachRow', rejectFile: reject, batchRows });
        expect(facts).toMatchObject({ status: 'ok', rows_written: lines.length - wrong.length });
        const { text, about } = rejected(reject);
        const by = (a: About, b: About) => a.row - b.row;
        expect(about.sort(by).map(({ row }) => row - 1)).toEqual(wrong);
        for (const { row, column, offset } of about) {
          const [, expected = ''] = rows[row - 2] as [string, string];
          expect(column ?? '').toBe(expected);
          expect(offset).toBe(Buffer.byteLength(lines.slice(0, row - 1).join('\n')) + 1);
        }
        expect(
          text
            .split('\n')
            .filter((line) => line !== '')
            .sort(),
        ).toEqual(wrong.map((at) => lines[at]).sort());
        const ids = await engine.target.all<{ id: number }>(`SELECT id FROM ${name} ORDER BY id`);
        expect(ids.map(({ id }) => id)).toEqual(lines.flatMap((_, at) => (wrong.includes(at) ? [] : [at])));
      },
    ),
    { numRuns: 40 },
  );
});
