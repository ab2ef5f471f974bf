import { expect, test } from 'vitest';
import { jsonRows, type NumberMode } from '../../src/engine/json-rows.ts';

async function rows(mode: NumberMode, ...chunks: (string | Buffer)[]): Promise<unknown[]> {
  async function* body() {
    for (const chunk of chunks) yield Buffer.from(chunk);
  }
  const found: unknown[] = [];
  for await (const batch of jsonRows(body(), mode, 'q')) found.push(...batch);
  return found;
}

test('rows are cut at line ends, wherever chunks and characters are cut', async () => {
  const bytes = Buffer.from('{"a":"Заказ"}\n{"a":"два"}\n');
  for (let at = 1; at < bytes.length; at += 1) {
    expect(await rows('quoted', bytes.subarray(0, at), bytes.subarray(at))).toEqual([{ a: 'Заказ' }, { a: 'два' }]);
  }
});

test('typed rows: 64-bit integers and decimals become strings, other numbers stay numbers', async () => {
  const names = '["n","f","s","x","d","o"]\n';
  const types = '["UInt64","Float64","String","Array(UInt8)","Nullable(Decimal(9, 2))","Tuple(a Int64)"]\n';
  const row = '[18446744073709551615,1.5,"12 \\"34\\" 56",[1,2],1.50,{"a":-9223372036854775808}]\n';
  expect(await rows('typed', names, types, row)).toEqual([
    { n: '18446744073709551615', f: 1.5, s: '12 "34" 56', x: [1, 2], d: '1.50', o: { a: '-9223372036854775808' } },
  ]);
});

test('lossless rows: a number that a double cannot give back becomes a string', async () => {
  expect(await rows('lossless', '{"d":12345678901234567.89,"e":1.50,"n":7,"s":"1.50"}\n')).toEqual([
    { d: '12345678901234567.89', e: '1.50', n: 7, s: '1.50' },
  ]);
});

test('a line that is an exception is thrown as one, after the rows before it', async () => {
  const seen: unknown[] = [];
  const read = async () => {
    async function* body() {
      yield Buffer.from('{"a":1}\n{"a":2Code: 241. DB::Exception: Memory limit exceeded. (MEMORY_LIMIT_EXCEEDED)\n');
    }
    for await (const batch of jsonRows(body(), 'quoted', 'q')) seen.push(...batch);
  };
  await expect(read()).rejects.toMatchObject({ failure: 'server', code: 241 });
  expect(seen).toEqual([{ a: 1 }]);
});

test('a line that is nothing known says that something between changed it', async () => {
  await expect(rows('quoted', '<html>')).rejects.toMatchObject({ failure: 'not-clickhouse' });
});
