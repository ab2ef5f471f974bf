import { describe, expect, test } from 'vitest';
import { withoutValues } from '../../src/model/server-words.ts';
import { createRedactor } from '../../src/redact/redactor.ts';

const OLGA = 'Sidorova Olga +7 911 222-33-44';

/** As engines of 18.16 and 26.7 worded them, each in its own way of quoting. */
const SAID = [
  `Cannot parse uuid ${OLGA}: Cannot parse UUID from String`,
  'Cannot parse IPv4 Sidorova Olga +: Cannot parse IPv4 from String',
  `Cannot load time zone ${OLGA}`,
  `Dictionary (\`${OLGA}\`) not found`,
  `Invalid base64Decode value (${OLGA}), cannot be decoded`,
  `Invalid argument of function parseTimeDelta, str: "${OLGA}"`,
  `Cannot parse WKT string: Should start with 'POINT'' in (${OLGA})`,
  `${OLGA}: while executing 'FUNCTION throwIf(1_UInt8 :: 1, '${OLGA}'_String :: 2)`,
  'Cannot parse input: expected " before: Ольга Сидорова","phone":"89112223344"}: (at row 1)',
  `Column values: client = 'olga.sidorova@mail.example.test', phone = '8-911-222-33-44'`,
];
const VALUE = /Sidorova|Olga|Ольга|Сидорова|olga|911|222|example/;

describe('whatever a server quotes of rows', () => {
  test.each(SAID)('%s', (said) => {
    expect(withoutValues(said)).toContain('‹value›');
    expect(withoutValues(said)).not.toMatch(VALUE);
    const hiding = createRedactor({ known: [], hidesRowValues: true });
    const row = { exception: `Code: 6. DB::Exception: ${said}`, last_error_message: said, rows: 17 };
    expect(hiding.jsonLine('x', row).toString()).not.toMatch(VALUE);
    for (const text of [`2025.01.15 12:30:00 <Error> Code: 6. DB::Exception: ${said}\n`, JSON.stringify(row)])
      expect(hiding.text('x', text.replace(/"last_error_message.*?(?=,"rows)/, '"x":1')).toString()).not.toMatch(VALUE);
  });
});

test.each([
  'Constraint `c` for table zakaz.stg_qtickets_api_orders_raw (01f5e091-611a-487c-9828-eecd58455894) is violated at row 17',
  'Table zakaz.stg_other_raw does not exist',
  'Not enough privileges. To execute this query, it is necessary to have the grant INSERT(job, run_id) ON staging.meta_job_runs',
  'Memory limit (for query) exceeded: would use 1.20 GiB (attempt to allocate chunk of 4194304 bytes), maximum: 953.67 MiB',
  'Too many partitions for single INSERT block (more than 100 parts)',
  'LowCardinality type is not allowed. Set setting allow_experimental_low_cardinality_type = 1 in order to allow it',
  'Cannot parse input: expected (while reading the value of key payload_json): (at row 3)',
  'No such column utm_source in table zakaz.dim_events',
  'Connection refused (127.0.0.1:9000)',
])('words of the server, and names of objects, stay: %s', (said) => {
  expect(withoutValues(said)).toBe(said);
});

test('JSON stays JSON: the numbers and fields behind an error are not touched', () => {
  const row = { exception: `Code: 6. DB::Exception: Cannot parse uuid "${OLGA}"`, exception_code: 6, user: 'Loader99' };
  const text = createRedactor({ known: [], hidesRowValues: true })
    .text('x', `${JSON.stringify(row)}\n`)
    .toString();
  expect(JSON.parse(text)).toMatchObject({ exception_code: 6, user: 'Loader99' });
  expect(text).not.toContain('Olga');
});

test('where rows are nobody’s, the server is quoted as it is', () => {
  const said = `Code: 6. DB::Exception: Cannot parse uuid ${OLGA}`;
  expect(createRedactor({ known: [] }).text('x', said).toString()).toBe(said);
});
