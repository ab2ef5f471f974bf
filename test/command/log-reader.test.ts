import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { claimOf, createLogReader, isErrorLine } from '../../src/command/log-reader.ts';

function read(text: string, size = 7) {
  const reader = createLogReader();
  const take = reader.reader('stdout');
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) take(bytes.subarray(at, at + size));
  return reader.found();
}

describe('a line claims rows', () => {
  test.each([
    ['inserted 10 rows into shop.orders', { rows: 10, table: 'shop.orders' }],
    ['INFO Inserted 1 000 records into `shop`.`orders` in 3 s', { rows: 1000, table: 'shop.orders' }],
    ['wrote 12,345 rows to orders_raw', { rows: 12345, table: 'orders_raw' }],
    ['30 rows written', { rows: 30 }],
    ['10 orders were loaded into zakaz.orders', { rows: 10, table: 'zakaz.orders' }],
    ['{"level":"info","rows_written":77}', { rows: 77 }],
    ['done | rows_inserted=30 status=ok', { rows: 30 }],
    ['loaded 0 rows', { rows: 0 }],
    ['inserted: 5', { rows: 5 }],
  ])('%s', (text, claim) => expect(claimOf(text)).toEqual(claim));

  test.each([
    '10 rows read from the API',
    'rows_processed=30',
    'Connected to ClickHouse at http://ch-zakaz:8123',
    'loaded config',
    'in 30 s',
  ])('not so: %s', (text) => expect(claimOf(text)).toBeUndefined());
});

describe('a line tells of an error', () => {
  test.each([
    'integrations.common.ch ERROR Unexpected ClickHouse error: 1',
    '[qtickets_api] Failed to write to ClickHouse: 1 | metrics={"error": "1"}',
    'Traceback (most recent call last):',
    'KeyError: 1',
    'Code: 60. DB::Exception: Table shop.orders does not exist. (UNKNOWN_TABLE)',
    'clickhouse_connect.driver.exceptions.DatabaseError: …',
  ])('%s', (text) => expect(isErrorLine(text)).toBe(true));

  test.each(['0 errors, 10 rows inserted', 'finished without errors', '{"errors": []}', 'errors=0', 'all is well'])(
    'not so: %s',
    (text) => expect(isErrorLine(text)).toBe(false),
  );
});

test('lines are told by their number, with the tables they name', () => {
  expect(
    read('start\nINSERT INTO shop.orders\nError: refused\n\ninserted 3 rows into shop.items\nbye failed to close'),
  ).toEqual({
    claims: [{ stream: 'stdout', line: 5, text: 'inserted 3 rows into shop.items', rows: 3, table: 'shop.items' }],
    errors: [
      { stream: 'stdout', line: 3, text: 'Error: refused' },
      { stream: 'stdout', line: 6, text: 'bye failed to close' },
    ],
    claim_lines: 1,
    error_lines: 2,
    tables: ['shop.orders', 'shop.items'],
  });
});

test('it says the same however the output is cut', () => {
  const line = fc.constantFrom(
    '',
    'x',
    'inserted 3 rows',
    'ERROR no',
    'wrote 5 rows to a.b',
    'into c.d',
    'row after row',
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 30 }), fc.integer({ min: 1, max: 40 }), (lines, size) => {
      const text = lines.join('\n');
      expect(read(text, size)).toEqual(read(text, 100_000));
      expect(read(text).claims.map((claim) => claim.line)).toEqual(
        lines.flatMap((one, index) => (claimOf(one) ? [index + 1] : [])),
      );
    }),
  );
});

test('of many lines the first and the last are kept, and all are counted', () => {
  const found = read(Array.from({ length: 1000 }, (_, i) => `ERROR ${i}\n`).join(''), 1000);
  expect(found.errors).toHaveLength(50);
  expect(found.errors.at(-1)).toMatchObject({ line: 1000, text: 'ERROR 999' });
  expect(found.error_lines).toBe(1000);
});
