import { appendFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { InputFault, type Source } from '../../src/model/source.ts';
import { openSources } from '../../src/source/open.ts';
import { memoryTarget } from '../helpers/memory-target.ts';
import { loadFile } from '../load/kit.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chwitness-changed-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const signal = new AbortController().signal;
const row = (id: number) => `{"id":${id},"text":"${'x'.repeat(1000)}"}\n`;
const rows = (count: number) => Array.from({ length: count }, (_, id) => row(id)).join('');

async function sourceOf(path: string): Promise<Source> {
  const [source] = await openSources([path], { stdin: Readable.from([]), cwd: folder, signal });
  if (!source) throw new Error('no source');
  return source;
}

/** Reads to the end, doing something to the file once the first chunk is there. */
async function read(source: Source, meanwhile: () => void): Promise<string> {
  let bytes = 0;
  try {
    for await (const chunk of source.open(signal)) {
      if (bytes === 0) meanwhile();
      bytes += chunk.length;
    }
  } catch (error) {
    if (error instanceof InputFault) return `${error.facts.code}: ${error.facts.message}`;
    throw error;
  }
  return `${bytes} bytes`;
}

describe('a file that changes while it is read', () => {
  const file = () => {
    const path = join(folder, 'rows.ndjson');
    writeFileSync(path, rows(3000));
    return path;
  };

  test.each<[string, (path: string) => void, RegExp]>([
    [
      'grows',
      (path) => appendFileSync(path, '{"id":'),
      /INPUT_CHANGED: .* grew from \d+ to \d+ bytes while it was read/,
    ],
    ['shrinks', (path) => truncateSync(path, 100), /INPUT_CHANGED: .* shrank/],
    [
      'is written to',
      (path) => writeFileSync(path, row(7), { flag: 'r+' }),
      /INPUT_CHANGED: .* was written to while it was read/,
    ],
  ])('and %s is refused with the reason', async (_, change, said) => {
    const path = file();
    expect(await read(await sourceOf(path), () => change(path))).toMatch(said);
  });

  test('and is replaced by another is read as it was', async () => {
    const path = file();
    const replace = () => {
      writeFileSync(`${path}.new`, 'other');
      renameSync(`${path}.new`, path);
    };
    expect(await read(await sourceOf(path), replace)).toBe(`${rows(3000).length} bytes`);
  });

  test('is refused before the first row when it is another than the one that was looked at', async () => {
    const path = file();
    const source = await sourceOf(path);
    writeFileSync(`${path}.new`, rows(10));
    renameSync(`${path}.new`, path);
    expect(await read(source, () => undefined)).toMatch(/was replaced by another file after it was looked at/);
  });

  test('half a row at the end of a growing file is never sent', async () => {
    const path = file();
    const target = memoryTarget({
      columns: ['id', 'text'].map((name) => ({ name, type: 'String', default_type: '' })),
      before: (_, number) => (number === 1 ? appendFileSync(path, '{"id":1,"te') : undefined),
    });
    const facts = await loadFile(target, path, { database: 'd', table: 't' }, { batchRows: 100, connections: 1 });
    expect(facts).toMatchObject({ status: 'failed', error: { code: 'INPUT_CHANGED' } });
    const sent = target.stored.map(({ text }) => text).join('');
    expect(rows(3000).startsWith(sent)).toBe(true);
    expect(sent.endsWith('\n')).toBe(true);
  });
});

describe('what is unusual is counted right', () => {
  const load = async (name: string, content: string | Buffer, format?: string) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    const target = memoryTarget({
      columns: ['id', 'text'].map((column) => ({ name: column, type: 'String', default_type: '' })),
    });
    const facts = await loadFile(target, path, { database: 'd', table: 't' }, format === undefined ? {} : { format });
    return { facts, sent: target.stored.map(({ text }) => text).join('') };
  };

  test('a row of 64 MB between two small ones', async () => {
    const { facts, sent } = await load('big.csv', `1,a\n2,"${'line\n'.repeat(13_421_773)}"\n3,c\n`, 'CSV');
    expect(facts).toMatchObject({ status: 'ok', rows_sent: 3 });
    expect(sent.length).toBe(4 + 2 + 2 + 5 * 13_421_773 + 1 + 4);
  });

  test('gzip of several members, without a line feed at the end of one', async () => {
    const packed = Buffer.concat([gzipSync('{"id":1}\n{"id":'), gzipSync('2}\n'), gzipSync('{"id":3}')]);
    const { facts, sent } = await load('rows.ndjson.gz', packed);
    expect(facts).toMatchObject({ status: 'ok', rows_sent: 3 });
    expect(sent).toBe('{"id":1}\n{"id":2}\n{"id":3}');
  });

  test('a byte order mark, CRLF, quoted line feeds and no last line feed, all at once', async () => {
    const { facts, sent } = await load('rows.csv', '\ufeffid,text\r\n1,"a\r\nb"\r\n2,"c"', 'CSVWithNames');
    expect(facts).toMatchObject({ status: 'ok', rows_sent: 2 });
    expect(sent).toBe('id,text\r\n1,"a\r\nb"\r\n2,"c"');
  });

  test('invalid UTF-8 goes through byte for byte', async () => {
    const bytes = Buffer.concat([
      Buffer.from('{"id":"'),
      Buffer.from([0xff, 0xc0, 0x80]),
      Buffer.from('"}\n{"id":"2"}\n'),
    ]);
    const { facts } = await load('rows.ndjson', bytes);
    // All but the line feed at the end, which is no part of a row.
    expect(facts).toMatchObject({ status: 'ok', rows_sent: 2, bytes: bytes.length - 1 });
  });
});
