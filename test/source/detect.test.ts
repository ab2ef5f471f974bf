import { describe, expect, test } from 'vitest';
import type { Format } from '../../src/model/source.ts';
import { detect } from '../../src/source/detect.ts';

function look(content: string | Uint8Array, fileName: string, forced?: Format, complete = true) {
  return detect({ bytes: Buffer.from(content), complete, fileName, packed: false }, forced);
}

describe('content', () => {
  test.each([
    ['{"a":1}\n{"a":2}\n', 'x.ndjson', 'JSONEachRow'],
    ['{"a":1}', 'x', 'JSONEachRow'],
    ['[\n  {"a":1}\n]', 'x.json', 'JSONEachRow'],
    ['[]', 'x.json', 'JSONEachRow'],
    ['a,b\n1,2\n', 'x.csv', 'CSVWithNames'],
    ['1,2\n3,4\n', 'x.csv', 'CSV'],
    ['1,2\n3,4\n', 'x', 'CSV'],
    ['a\tb\n1\t2\n', 'x.tsv', 'TabSeparatedWithNames'],
    ['1\tx, y\n2\tz\n', 'x', 'TabSeparated'],
    ['1\n2\n', 'x.csv', 'CSV'],
    ['id\n1\n2\n', 'x.csv', 'CSVWithNames'],
    ['PAR1....PAR1', 'x', 'Parquet'],
    ['ARROW1\0\0', 'x', 'Arrow'],
    ['anything', 'x.native', 'Native'],
  ])('%j in %s is %s', (content, name, format) => {
    const looked = look(content, name);
    expect(looked).toMatchObject({ format });
    expect(looked.fault).toBeUndefined();
  });

  test.each([
    ['{"a":1}\n{"a":2}\n', 'x.csv', 'JSONEachRow', 'named CSV, holds JSONEachRow'],
    ['1\t2\n3\t4\n', 'x.csv', 'TabSeparated', 'named CSV, holds TabSeparated'],
    ['1,2\n3,4\n', 'x.json', 'CSV', 'named JSONEachRow, holds CSV'],
    ['PAR1....PAR1', 'x.csv', 'Parquet', 'named CSV, holds Parquet'],
    ['{"a":1}', 'x.parquet', 'JSONEachRow', 'named Parquet, holds JSONEachRow'],
  ])('%j in %s is %s, and the disagreement is noted', (content, name, format, note) => {
    expect(look(content, name)).toMatchObject({ format, notes: expect.arrayContaining([note]) });
  });

  test('a JSON array is noted as one', () => {
    expect(look('[{"a":1}]', 'x.json').notes).toEqual(['JSON array']);
  });
});

describe('what cannot be loaded says so', () => {
  const utf16 = Buffer.from('a,b\n1,2\n', 'utf16le');
  test.each([
    [Buffer.concat([Buffer.from([0xff, 0xfe]), utf16]), 'x.csv', 'INPUT_UTF16', 'iconv -f UTF-16LE'],
    [utf16, 'x.csv', 'INPUT_UTF16', 'UTF-16LE'],
    [Buffer.from([1, 2, 3, 0, 0xff, 0xfe, 9, 0, 1, 1]), 'x.csv', 'INPUT_BINARY', 'neither text'],
    [Buffer.from('28b52ffd00', 'hex'), 'x.csv.zst', 'INPUT_NOT_ROWS', 'zstd -d'],
    [Buffer.from('PK\x03\x04....'), 'x.zip', 'INPUT_NOT_ROWS', 'unzip'],
    [Buffer.from('<!DOCTYPE html><html>'), 'x.csv', 'INPUT_NOT_ROWS', 'HTML'],
    [Buffer.from('just words'), 'x', 'INPUT_FORMAT_UNKNOWN', '--format'],
    [Buffer.from('hello, world'), 'x', 'INPUT_FORMAT_UNKNOWN', '--format'],
    [Buffer.from('just words'), 'x.json', 'INPUT_FORMAT_UNKNOWN', 'named as JSONEachRow'],
    [Buffer.from('not this'), 'x.parquet', 'INPUT_NOT_PARQUET', 'PAR1'],
  ])('%j in %s: %s', (content, name, code, words) => {
    expect(look(content, name).fault).toMatchObject({ code, message: expect.stringContaining(words) });
  });
});

describe('--format', () => {
  test('beats name and content', () => {
    expect(look('a,b\n1,2\n', 'x.csv', 'CSV')).toMatchObject({
      format: 'CSV',
      formatBy: 'option',
      firstRow: ['a', 'b'],
    });
  });

  test('does not make Parquet into text, nor text into Parquet', () => {
    expect(look('PAR1....', 'x.parquet', 'CSV').fault).toMatchObject({ code: 'INPUT_WRONG_FORMAT' });
    expect(look('a,b\n', 'x', 'Parquet').fault).toMatchObject({ code: 'INPUT_NOT_PARQUET' });
  });
});

describe('a header', () => {
  test.each([
    ['name,age\nAnn,31\n', 'certain'],
    ['name,city\nAnn,Paris\nBob,Rome\n', 'likely'],
    ['Ann,31\nBob,27\n', 'no'],
    ['2024-01-01,x\n2024-01-02,y\n', 'no'],
    ['a,a\n1,2\n', 'no'],
    ['x,y\nx,z\n', 'no'],
    ['name,\nAnn,31\n', 'no'],
    ['"first ""name""","a, b"\n"x, y",1\n', 'certain'],
  ])('%j: %s', (content, header) => {
    expect(look(content, 'x.csv')).toMatchObject({ header });
  });

  test('its names are read as the format writes them', () => {
    expect(look('"first ""name""", b \n"x",1\n', 'x.csv').firstRow).toEqual(['first "name"', 'b']);
    expect(look('a\\tb\tc\n1\t2\n', 'x.tsv').firstRow).toEqual(['a\tb', 'c']);
  });

  test('a record that the head cuts off is not looked at', () => {
    expect(look('a,b\n1,2\n3', 'x.csv', undefined, false)).toMatchObject({ format: 'CSVWithNames', header: 'certain' });
  });

  test('digits that are no numbers are noticed', () => {
    const rows = 'zip,phone,n,card,f\n00501,+79001234567,5,4111111111111111111,0.5\n';
    expect(look(rows, 'x.csv').digitsAsText).toEqual([0, 1, 3]);
  });
});
