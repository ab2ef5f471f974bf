import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Batch } from '../../src/load/batch.ts';
import { cutBatches } from '../../src/load/cut/batches.ts';
import { csvCutter } from '../../src/load/cut/csv.ts';
import type { Cutter } from '../../src/load/cut/cutter.ts';
import { jsonCutter } from '../../src/load/cut/json.ts';
import { createPool } from '../../src/load/cut/pool.ts';
import { tsvCutter } from '../../src/load/cut/tsv.ts';
import { InputFault } from '../../src/model/source.ts';

const LIMITS = { rows: 100_000, bytes: 16 << 20, rowBytes: 1 << 20 };

/** Each chunk is overwritten as soon as the next one is asked for, as a source that uses its memory again does. */
async function* chunked(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (let turn = 0; at < bytes.length; turn += 1) {
    const size = sizes.length === 0 ? bytes.length : Math.max(1, sizes[turn % sizes.length] ?? 1);
    const chunk = Buffer.from(bytes.subarray(at, at + size));
    yield chunk;
    chunk.fill(0x7b);
    at += size;
  }
}

async function cut(
  text: string | Uint8Array,
  cutter: Cutter,
  options: { sizes?: readonly number[]; rows?: number; bytes?: number; rowBytes?: number } = {},
): Promise<Batch[]> {
  const { sizes = [], ...limits } = options;
  const batches: Batch[] = [];
  const chunks = chunked(Buffer.from(text), sizes);
  for await (const batch of cutBatches(chunks, {
    source: 'rows',
    cutter,
    limits: { ...LIMITS, ...limits },
    pool: createPool(64, 3),
  })) {
    // Another batch is cut into the same memory as soon as this one is free.
    batches.push({ ...batch, bytes: Uint8Array.from(batch.bytes) });
    batch.free();
  }
  return batches;
}

const textOf = (batch: Batch): string => Buffer.from(batch.bytes).toString();
const rowsOf = (batches: readonly Batch[]): number => batches.reduce((sum, batch) => sum + batch.rows, 0);

/** Objects in a batch, read by JSON.parse and by nothing of ours. */
function parsed(batch: Batch): unknown[] {
  const text = textOf(batch).trim();
  // An array's batch holds whole objects with blank lines between them; within a string a raw line feed cannot stand.
  return JSON.parse(`[${text.replace(/\}\s*\n\s*(?=\{)/g, '},')}]`);
}

const ways = fc.record({
  sizes: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }),
  rows: fc.integer({ min: 1, max: 7 }),
  bytes: fc.integer({ min: 1, max: 300 }),
});

/** Batches follow each other without a gap in rows, and begin where the one before ended. */
function expectOneLine(batches: readonly Batch[], maxRows: number): void {
  let row = 1;
  let to = 0;
  for (const [index, batch] of batches.entries()) {
    expect(batch.index).toBe(index);
    expect(batch.firstRow).toBe(row);
    expect(batch.rows).toBeLessThanOrEqual(maxRows);
    expect(batch.from).toBeGreaterThanOrEqual(to);
    row += batch.rows;
    to = batch.to;
  }
}

const value: fc.Arbitrary<unknown> = fc.jsonValue({ maxDepth: 3 });
const object = fc.dictionary(fc.string({ maxLength: 6 }), value, { maxKeys: 4 });

describe('JSON', () => {
  test.each(['lines', 'spaced lines', 'array', 'pretty array', 'concatenated', 'pretty one after another'])(
    'no object is cut, lost or doubled: %s',
    async (shape) => {
      await fc.assert(
        fc.asyncProperty(fc.array(object, { maxLength: 20 }), ways, fc.boolean(), async (rows, way, ended) => {
          const flat = rows.map((row) => JSON.stringify(row));
          const pretty = rows.map((row) => JSON.stringify(row, null, 2));
          const text = {
            lines: flat.join('\n') + (ended ? '\n' : ''),
            'spaced lines': flat.map((line) => `${ended ? '\r\n\n' : ' '}${line}\r\n`).join('\n'),
            array: `${ended ? ' ' : ''}[${flat.join(',')}]${ended ? '\n' : ''}`,
            'pretty array': JSON.stringify(rows, null, 2),
            concatenated: flat.join(ended ? ' ' : ''),
            'pretty one after another': pretty.join(ended ? '\n' : ',\n'),
          }[shape] as string;
          const batches = await cut(text, jsonCutter(), way);
          if (shape === 'concatenated') {
            expect(batches.map(textOf).join('')).toBe(text);
            expect(rowsOf(batches)).toBe(rows.length);
          } else {
            expect(batches.flatMap(parsed)).toEqual(rows.map((row) => JSON.parse(JSON.stringify(row))));
            for (const batch of batches) expect(parsed(batch)).toHaveLength(batch.rows);
          }
          expectOneLine(batches, way.rows);
        }),
        { numRuns: 150 },
      );
    },
  );

  test('a line that is not one object makes the rest be read by brackets', async () => {
    const text = '{"a":1}\n{"a":\n 2}\n{"a":"}{"}{"a":4}\n';
    const batches = await cut(text, jsonCutter(), { rows: 1, sizes: [3] });
    expect(batches.map((batch) => JSON.parse(textOf(batch)))).toEqual([{ a: 1 }, { a: 2 }, { a: '}{' }, { a: 4 }]);
  });

  test.each([
    ['[]', 0],
    ['[ ]\n', 0],
    ['\n \n', 0],
    ['', 0],
    ['[{}]', 1],
    ['{}', 1],
  ])('%j holds %i rows', async (text, rows) => {
    expect(rowsOf(await cut(text, jsonCutter()))).toBe(rows);
  });

  test.each([
    ['{"a":1}\n{"a":', 'INPUT_TRUNCATED', 2],
    ['[{"a":1},{"a":2}', 'INPUT_TRUNCATED', 3],
    ['[{"a":"', 'INPUT_TRUNCATED', 1],
    ['[1, 2]', 'INPUT_JSON_NOT_OBJECT', 1],
    ['{"a":1}\n[1]', 'INPUT_JSON_NOT_OBJECT', 2],
    ['{"a":1}\nnull', 'INPUT_JSON_NOT_OBJECT', 2],
    ['{"a":1}}', 'INPUT_JSON_NOT_OBJECT', 2],
    [`${'{}\n'.repeat(20)}{}}x\n`, 'INPUT_JSON_NOT_OBJECT', 22],
  ])('%j is refused with its row', async (text, code, row) => {
    const refused = await cut(text, jsonCutter()).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(InputFault);
    expect(refused).toMatchObject({ facts: { code, row } });
  });
});

test('a source is cut alike however its chunks come', async () => {
  const lines = fc.array(
    fc.oneof(
      object.map((row) => JSON.stringify(row)),
      fc.constantFrom('', ' ', '{"a":\n1}', '{}{}'),
    ),
    {
      maxLength: 30,
    },
  );
  await fc.assert(
    fc.asyncProperty(lines, ways, async (rows, { sizes, ...limits }) => {
      const text = rows.join('\n');
      const outline = (batches: readonly Batch[]) =>
        batches.map(({ from, to, rows: count, sha256 }) => ({ from, to, count, sha256 }));
      for (const cutter of [jsonCutter, () => csvCutter(false), () => tsvCutter(true)]) {
        const pieces = await cut(text, cutter(), { sizes, ...limits }).then(outline, String);
        expect(pieces).toEqual(await cut(text, cutter(), limits).then(outline, String));
      }
    }),
    { numRuns: 200 },
  );
});

const field = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.stringMatching(/^[",\n\r a]{0,6}$/),
  fc.constantFrom('', '"', '""', '\n', '\r\n', ',', ' "x" ', 'a"b'),
);
const table = fc
  .integer({ min: 2, max: 4 })
  .chain((width) => fc.array(fc.array(field, { minLength: width, maxLength: width }), { maxLength: 15 }));

describe('CSV', () => {
  test('no row is cut, lost or doubled, whatever stands between quotes', async () => {
    await fc.assert(
      fc.asyncProperty(table, ways, fc.constantFrom('\n', '\r\n'), fc.boolean(), async (rows, way, end, ended) => {
        const quoted = (text: string) => (/^[A-Za-z0-9]+$/.test(text) ? text : `"${text.replaceAll('"', '""')}"`);
        const text = rows.map((row) => row.map(quoted).join(',')).join(end) + (ended && rows.length > 0 ? end : '');
        const batches = await cut(text, csvCutter(false), way);
        const read = batches.map((batch) => parse(textOf(batch)) as string[][]);
        expect(read.flat()).toEqual(rows);
        expect(read.map((part) => part.length)).toEqual(batches.map((batch) => batch.rows));
        expectOneLine(batches, way.rows);
      }),
      { numRuns: 300 },
    );
  });

  test('a quote inside a field that began without one is an ordinary character', async () => {
    expect(rowsOf(await cut('5" pipe,x\n6" pipe,y\n', csvCutter(false)))).toBe(2);
  });

  test('empty lines are dropped between rows of several columns, and are rows of one column', async () => {
    const text = '\n1,2\n\r\n\n3,4\n\n';
    for (const sizes of [[], [1], [2], [3]]) {
      const dropped = await cut(text, csvCutter(false), { sizes });
      expect(dropped.map(textOf)).toEqual(['1,2\n3,4\n']);
      expect(dropped[0]).toMatchObject({ from: 1, to: 13, rows: 2 });
      expect(rowsOf(await cut('a\n\nb\n', csvCutter(true), { sizes }))).toBe(3);
    }
  });

  test('an open quote is refused, at the end of the file or when the row outgrows every limit', async () => {
    const open = await cut('1,2\n3,"x\n4,5\n', csvCutter(false)).catch((error: unknown) => error);
    expect(open).toMatchObject({ facts: { code: 'INPUT_CSV_QUOTE_OPEN', row: 2, offset: 4 } });
    const long = await cut(`1,2\n3,"${'x\n'.repeat(500)}`, csvCutter(false), { rowBytes: 200, sizes: [64] }).catch(
      (error: unknown) => error,
    );
    expect(long).toMatchObject({ facts: { code: 'INPUT_ROW_TOO_LARGE', row: 2, offset: 4 } });
  });

  test('a row larger than a batch is a batch of its own', async () => {
    const long = `"${'line\n'.repeat(100)}",1\n`;
    const batches = await cut(`a,1\n${long}b,2\n`, csvCutter(false), { bytes: 50, sizes: [17] });
    expect(batches.map((batch) => batch.rows)).toEqual([2, 1]);
    expect(textOf(batches[0] as Batch)).toBe(`a,1\n${long}`);
  });
});

describe('TabSeparated', () => {
  test('no row is cut, lost or doubled; an escaped line feed belongs to its value', async () => {
    const cell = fc.oneof(fc.stringMatching(/^[a\\\n\t]{0,6}$/), fc.string({ maxLength: 5 }));
    const sheet = fc.array(fc.array(cell, { minLength: 2, maxLength: 3 }), { maxLength: 15 });
    await fc.assert(
      fc.asyncProperty(sheet, ways, fc.boolean(), fc.boolean(), async (rows, way, raw, ended) => {
        const escaped = (text: string) =>
          text
            .replaceAll('\\', '\\\\')
            .replaceAll('\t', '\\t')
            .replaceAll('\n', raw ? '\\\n' : '\\n');
        const lines = rows.map((row) => row.map(escaped).join('\t'));
        const text = lines.join('\n') + (ended && rows.length > 0 ? '\n' : '');
        const batches = await cut(text, tsvCutter(false), way);
        expect(batches.map(textOf).join('')).toBe(text);
        expect(rowsOf(batches)).toBe(rows.length);
        let at = 0;
        for (const batch of batches) {
          const expected = lines.slice(at, at + batch.rows).join('\n');
          expect([expected, `${expected}\n`]).toContain(textOf(batch));
          at += batch.rows;
        }
        expectOneLine(batches, way.rows);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a header', () => {
  test.each([[[]], [[1]], [[5]]])('is handed over apart and is no row, chunks of %j', async (sizes) => {
    let header = '';
    const batches: Batch[] = [];
    const chunks = chunked(Buffer.from('a,"b\nc"\r\n1,2\n3,4'), sizes);
    const onHeader = (bytes: Uint8Array) => {
      header = Buffer.from(bytes).toString();
    };
    for await (const batch of cutBatches(chunks, {
      source: 'x.csv',
      cutter: csvCutter(false),
      limits: { ...LIMITS, rows: 1 },
      pool: createPool(64, 3),
      onHeader,
    })) {
      batches.push(batch);
    }
    expect(header).toBe('a,"b\nc"\r\n');
    expect(batches.map(textOf)).toEqual(['1,2\n', '3,4']);
    expect(batches.map(({ firstRow, from, to }) => ({ firstRow, from, to }))).toEqual([
      { firstRow: 1, from: 9, to: 13 },
      { firstRow: 2, from: 13, to: 16 },
    ]);
  });
});
