import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WitnessError } from '../../src/kernel/errors.ts';
import { InputFault, type Source } from '../../src/model/source.ts';
import { openSources } from '../../src/source/open.ts';

let folder: string;
const never = new AbortController().signal;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'chwitness-source-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Uint8Array): string {
  mkdirSync(join(folder, name, '..'), { recursive: true });
  writeFileSync(join(folder, name), content);
  return name;
}

const none = () => Readable.from([]);

function open(inputs: readonly string[], options: { format?: string; stdin?: NodeJS.ReadableStream } = {}) {
  return openSources(inputs, { stdin: none(), cwd: folder, signal: never, ...options });
}

async function one(input: string, options?: Parameters<typeof open>[1]): Promise<Source> {
  const [source] = await open([input], options);
  if (!source) throw new Error('no source');
  return source;
}

async function read(source: Source, signal = never): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source.open(signal)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function refused(promise: Promise<unknown>): Promise<WitnessError | InputFault> {
  const thrown = await promise.then(
    () => new Error('it was not refused'),
    (error: unknown) => error,
  );
  if (thrown instanceof WitnessError || thrown instanceof InputFault) return thrown;
  throw thrown;
}

describe('inputs', () => {
  test('paths, patterns and folders come in order, each file once', async () => {
    for (const name of ['many/b.csv', 'many/a.csv', 'many/c.json'])
      file(name, name.endsWith('json') ? '{}' : 'a,b\n1,2\n');
    file('many/readme.md', 'hello');
    file('many/_hidden.csv', 'x');
    const sources = await open(['many/b.csv', 'many/*.csv', 'many']);
    expect(sources.map(({ name }) => name)).toEqual(['many/b.csv', 'many/_hidden.csv', 'many/a.csv', 'many/c.json']);
    const [folderOnly] = await open(['many']);
    expect(folderOnly?.note).toContain('2 other entries of many left out');
  });

  test('a name that looks like a pattern is a file if there is one', async () => {
    expect(await read(await one(file('odd[1].csv', 'a,b\n1,2\n')))).toBe('a,b\n1,2\n');
  });

  test('a link to the same file does not load it twice', async () => {
    file('real.csv', '1,2\n');
    symlinkSync(join(folder, 'real.csv'), join(folder, 'link.csv'));
    expect(await open(['real.csv', 'link.csv'])).toHaveLength(1);
  });

  test.each([
    ['nothing.csv', 'INPUT_NOT_FOUND'],
    ['nothing/*.csv', 'INPUT_PATTERN_EMPTY'],
    ['s3://bucket/x.csv', 'INPUT_SCHEME'],
  ])('%s: %s', async (input, code) => {
    expect(await refused(open([input]))).toMatchObject({ code, next: expect.any(String) });
  });

  test('a folder without usable files, no input, an unknown format, a file that gives no bytes', async () => {
    mkdirSync(join(folder, 'bare'));
    expect(await refused(open(['bare']))).toMatchObject({ code: 'INPUT_FOLDER_EMPTY' });
    expect(await refused(open([]))).toMatchObject({ code: 'INPUT_NONE' });
    expect(await refused(open(['-'], { format: 'Excel' }))).toMatchObject({ code: 'INPUT_FORMAT', where: '--format' });
    // The memory of this process is a regular file whose first page nobody can read.
    const memory = '/proc/self/mem';
    const source = await open([memory]).then(([found]) => found);
    if (source) expect(source.note ?? source.fault?.code).toBe('empty');
  });
});

describe('standard input', () => {
  test('is looked at, and then read from its beginning, once', async () => {
    const source = await one('-', { stdin: Readable.from([Buffer.from('{"a":1}\n{"a"'), Buffer.from(':2}\n')]) });
    expect(source).toMatchObject({ name: 'stdin', format: 'JSONEachRow' });
    expect(Buffer.from(await source.sample(7)).toString()).toBe('{"a":1}');
    expect(await read(source)).toBe('{"a":1}\n{"a":2}\n');
    expect(await refused(read(source))).toMatchObject({ facts: { code: 'INPUT_READ_TWICE' } });
  });

  test('gzip in it is unpacked', async () => {
    const packed = gzipSync('a,b\n1,2\n');
    const source = await one('-', { stdin: Readable.from([packed.subarray(0, 5), packed.subarray(5)]) });
    expect(source).toMatchObject({ format: 'CSVWithNames', note: expect.stringContaining('gzip') });
    expect(await read(source)).toBe('a,b\n1,2\n');
  });

  test('an abort ends the waiting for it', async () => {
    const stop = new AbortController();
    const stdin = new Readable({ read() {} });
    stdin.push('{"a":1}\n'.repeat(40_000));
    const source = await one('-', { stdin });
    setTimeout(() => stop.abort(), 20);
    await expect(read(source, stop.signal)).rejects.toThrow('aborted');
  });
});

describe('gzip', () => {
  test('several members, cut anywhere, are one text', async () => {
    const part = fc.string({ maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(part, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 60 }),
        async (parts, size) => {
          const text = parts.map((each) => `${JSON.stringify({ each })}\n`);
          const packed = Buffer.concat(text.map((each) => gzipSync(each)));
          const chunks: Buffer[] = [];
          for (let at = 0; at < packed.length; at += size) chunks.push(packed.subarray(at, at + size));
          expect(await read(await one('-', { stdin: Readable.from(chunks) }))).toBe(text.join(''));
        },
      ),
      { numRuns: 60 },
    );
  });

  test('cut off at any byte it is refused, and so is a changed byte', async () => {
    const packed = gzipSync('{"a":1}\n'.repeat(50));
    for (const length of [2, 9, 12, packed.length - 9, packed.length - 1]) {
      const source = await one(file('cut.json.gz', packed.subarray(0, length)), { format: 'JSONEachRow' });
      const error = await refused(read(source));
      expect(error).toMatchObject({ facts: { code: 'INPUT_GZIP_DAMAGED', source: 'cut.json.gz' } });
      expect(error.message).toContain('cut off');
    }
    const changed = Buffer.from(packed);
    changed[changed.length - 6] = (changed[changed.length - 6] ?? 0) ^ 1;
    const error = await refused(read(await one(file('changed.json.gz', changed))));
    expect(error).toMatchObject({ facts: { code: 'INPUT_GZIP_DAMAGED' } });
  });

  test('zeros after it are padding; a member after zeros would be lost, and is refused', async () => {
    const packed = gzipSync('{"a":1}\n');
    const padded = Buffer.concat([packed, Buffer.alloc(512)]);
    expect(await read(await one(file('padded.json.gz', padded)))).toBe('{"a":1}\n');
    const hidden = Buffer.concat([padded, packed]);
    expect(await refused(read(await one(file('hidden.json.gz', hidden))))).toMatchObject({
      facts: { code: 'INPUT_GZIP_DAMAGED', message: expect.stringContaining('holds more') },
    });
  });

  test('Parquet inside gzip is named for what it is', async () => {
    const source = await one(file('x.parquet.gz', gzipSync('PAR1....PAR1')));
    expect(source.fault).toMatchObject({ code: 'INPUT_NOT_ROWS', message: expect.stringContaining('gunzip') });
  });
});

describe('byte order mark', () => {
  const BOM = '\uFEFF';
  test('is dropped, noted, and no part of the first column', async () => {
    const source = await one(file('bom.csv', `${BOM}a,b\n1,2\n`));
    expect(source).toMatchObject({ firstRow: ['a', 'b'], note: expect.stringContaining('byte order mark') });
    expect(await read(source)).toBe('a,b\n1,2\n');
    expect(Buffer.from(await source.sample(100)).toString()).toBe('a,b\n1,2\n');
  });

  test('is dropped wherever the stream is cut, and bytes that only begin like one are kept', async () => {
    const bytes = [...Buffer.from(`${BOM}{"a":1}`)].map((byte) => Buffer.from([byte]));
    expect(await read(await one('-', { stdin: Readable.from(bytes) }))).toBe('{"a":1}');
    const half = Buffer.from([0xef, 0xbb, 0x31, 0x2c, 0x32]);
    const chunks: Uint8Array[] = [];
    const source = await one('-', { format: 'CSV', stdin: Readable.from([half.subarray(0, 1), half.subarray(1)]) });
    for await (const chunk of source.open(never)) chunks.push(chunk);
    expect(Buffer.concat(chunks)).toEqual(half);
  });
});

describe('Parquet', () => {
  const flights = join(process.cwd(), 'node_modules/vega-datasets/data/flights-3m.parquet');

  test('its footer tells the rows', async () => {
    expect(await one(flights)).toMatchObject({ format: 'Parquet', rows: 3_000_000, path: flights });
  });

  test.each([
    ['cut off', 'PAR1 and then some data', 'INPUT_TRUNCATED'],
    ['a footer that is none', `PAR1${'x'.repeat(40)}\u0008\0\0\0PAR1`, 'INPUT_NOT_PARQUET'],
    ['a footer longer than the file', `PAR1${'x'.repeat(40)}\u007f\u007f\0\0PAR1`, 'INPUT_NOT_PARQUET'],
    ['encrypted', `PAR1${'x'.repeat(40)}\u0008\0\0\0PARE`, 'INPUT_NOT_PARQUET'],
  ])('%s is refused', async (_, content, code) => {
    const source = await one(file('bad.parquet', content));
    expect(source.fault).toMatchObject({ code, source: 'bad.parquet' });
    expect(await refused(read(source))).toMatchObject({ facts: { code } });
  });
});

test('an empty file is a source without bytes', async () => {
  const source = await one(file('empty.csv', ''));
  expect(source).toMatchObject({ format: 'CSV', bytesTotal: 0, note: 'empty', fault: undefined });
  expect(await read(source)).toBe('');
});
