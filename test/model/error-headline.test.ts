import { expect, test } from 'vitest';
import { errorHeadline } from '../../src/model/error-headline.ts';

const line = (message: string) => errorHeadline({ failure: 'server', message });

test('a value that did not fit is told by row, column and value, not by the server’s dump', () => {
  const dump = `Cannot parse input: expected ',' before: 'lots,5200.00\\n': (at row 3)
: 
Row 2:
Column 0,   name: order_id, type: String, parsed text: "9002"

Row 3:
Column 2,   name: sold,     type: Decimal(18, 2), ERROR: text "lots,5200." is not like Decimal(18, 2)

: While executing ParallelParsingBlockInputFormat. (CANNOT_PARSE_INPUT_ASSERTION_FAILED)`;
  expect(line(dump)).toBe(
    'row 3 of its batch, column sold Decimal(18, 2): text "lots,5200." is not like Decimal(18, 2)',
  );
  expect(line(dump.replaceAll('\n', ' '))).toContain('row 3 of its batch, column sold');
});

test('of JSON the key is told', () => {
  const json =
    "Code: 27. DB::Exception: Cannot parse input: expected '\"' before: 'x}': (while reading the value of key price): (at row 2): While executing JSONEachRow";
  expect(line(json)).toBe("row 2 of its batch, column price: Cannot parse input: expected '\"' before: 'x}'");
});

test('anything else is its first words, cut between words', () => {
  expect(line('Code: 60. DB::Exception: Table a.b does not exist. (UNKNOWN_TABLE) (version 26.7.2.1)')).toBe(
    'Table a.b does not exist. (UNKNOWN_TABLE)',
  );
  const long = line(`Memory limit exceeded: ${'would use too much '.repeat(20)}`);
  expect(long.length).toBeLessThanOrEqual(160);
  expect(long).toMatch(/ (would|use|too|much)…$/);
  expect(line('Expected end of line: (at row 2)\n: \nRow 1:\nColumn 0')).toBe(
    'row 2 of its batch: Expected end of line',
  );
  expect(line('')).toBe('');
});
