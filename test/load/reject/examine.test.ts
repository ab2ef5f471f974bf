import { afterAll, beforeAll, expect, test } from 'vitest';
import { createExaminer } from '../../../src/load/reject/examine.ts';
import { lineCutter, type RowRange, rowsOf } from '../../../src/load/reject/rows.ts';
import { createScreen, type Field } from '../../../src/load/reject/screen.ts';
import { cutterOf } from '../../../src/load/rows.ts';
import type { RowFormat } from '../../../src/model/source.ts';
import { startEngine, type TestEngine } from '../../helpers/engine.ts';

let engine: TestEngine;
beforeAll(async () => {
  engine = await startEngine();
});
afterAll(() => engine?.close());

const field = (name: string, type: string, hasDefault = false): Field => ({ name, type, hasDefault });
const TABLE: Field[] = [
  field('id', 'UInt64'),
  field('name', 'LowCardinality(String)'),
  field('amount', 'Decimal(10, 2)'),
  field('qty', 'Int32'),
  field('ratio', 'Float32'),
  field('at', 'DateTime'),
  field('day', 'Date'),
  field('status', "Enum8('new' = 1, 'paid' = 2)"),
  field('tags', 'Array(UInt8)'),
  field('code', 'FixedString(3)'),
  field('u', 'UUID'),
  field('ip', 'IPv4'),
  field('maybe', 'Nullable(UInt8)'),
  field('stamped', 'DateTime', true),
];
const ORDER = ['id', 'name', 'qty', 'day', 'maybe'];

async function look(format: RowFormat, lines: string[], all: 'suspects' | 'all' = 'suspects') {
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
  const ranges: RowRange[] = rowsOf(bytes, 1, format === 'JSONEachRow' ? lineCutter() : cutterOf(format, false));
  const columns = format === 'JSONEachRow' ? [] : ORDER;
  const table = format === 'JSONEachRow' ? TABLE : TABLE.filter(({ name }) => ORDER.includes(name));
  const options = { format, table, columns, skipUnknown: false, nullAsDefault: false };
  const screened = createScreen(options)(bytes, ranges);
  const suspects =
    all === 'suspects'
      ? screened
      : ranges.map((range) => screened.find((one) => one.range.row === range.row) ?? everything(options, bytes, range));
  const examiner = createExaminer(
    async () => engine.target,
    { ...options, constraints: [{ name: 'positive', expression: 'qty >= 0' }], settings: {} },
    new AbortController().signal,
  );
  const { bad, complete, notes } = await examiner.examine(bytes, suspects, 1000);
  await examiner.close();
  expect({ complete, notes }).toEqual({ complete: true, notes: [] });
  return bad.map(({ range, reason, column, detail }) => [range.row, reason, column ?? detail ?? null]);
}

function everything(options: Parameters<typeof createScreen>[0], bytes: Uint8Array, range: RowRange) {
  const text = Buffer.from(bytes.subarray(range.from, range.to)).toString();
  const parsed: Record<string, unknown> = options.format === 'JSONEachRow' ? JSON.parse(text) : {};
  const names = Object.keys(parsed);
  return { range, fields: { ok: true as const, names, values: Object.values(parsed) }, columns: names };
}

const GOOD = [
  '{"id":18446744073709551615,"name":"a","amount":12345678.25,"qty":2147483647,"ratio":0.5}',
  '{"at":"2106-02-07 06:28:15","day":"2149-06-06","status":"paid","tags":[0,255],"code":"abc"}',
  '{"u":"01234567-89ab-4def-8123-456789abcdef","ip":"192.0.2.1","maybe":null,"stamped":null}',
  '{"id":"7","amount":"-1.20","at":"2025-10-29T12:00:00Z","day":"2024-02-29","tags":[],"code":"ab"}',
  '{"at":1761998400,"name":5,"qty":true}',
  '{}',
];
const BAD: [string, string, string | null][] = [
  ['{"id":1,"name":"cut o', 'row_truncated', null],
  ['no json at all', 'row_not_json', null],
  ['[1,2]', 'row_not_json', null],
  ['{"id":1}{"id":2}', 'row_ambiguous', null],
  ['{"qty":"many"}', 'value_not_parsable_for_type', 'qty'],
  ['{"qty":1.5}', 'float_into_integer_column', 'qty'],
  ['{"qty":4294967297}', 'integer_overflow_silent', 'qty'],
  ['{"maybe":300}', 'integer_overflow_silent', 'maybe'],
  ['{"id":18446744073709551616}', 'integer_overflow_silent', 'id'],
  ['{"id":-1}', 'negative_into_unsigned', 'id'],
  ['{"qty":null}', 'null_or_nan_replaced_by_default', 'qty'],
  ['{"name":null}', 'null_or_nan_replaced_by_default', 'name'],
  ['{"ratio":1e60}', 'float_overflow_silent', 'ratio'],
  ['{"amount":1.239}', 'decimal_scale_exceeded', 'amount'],
  ['{"amount":123456789012}', 'decimal_precision_exceeded', 'amount'],
  ['{"at":"2201-01-01 00:00:00"}', 'datetime_overflow_wraps', 'at'],
  ['{"at":1761998400000}', 'datetime_overflow_wraps', 'at'],
  ['{"at":"yesterday"}', 'date_not_parsable', 'at'],
  ['{"day":"2025-02-30"}', 'datetime_overflow_wraps', 'day'],
  ['{"day":"2150-01-01"}', 'datetime_overflow_wraps', 'day'],
  ['{"day":"01.02.2025"}', 'date_not_parsable', 'day'],
  ['{"status":"gone"}', 'enum_value_unknown', 'status'],
  ['{"tags":"x"}', 'array_literal_syntax', 'tags'],
  ['{"tags":[1,300]}', 'integer_overflow_silent', 'tags'],
  ['{"tags":[1,null]}', 'null_or_nan_replaced_by_default', 'tags'],
  ['{"code":"abcd"}', 'string_too_long_for_fixedstring', 'code'],
  ['{"u":"123"}', 'uuid_not_parsable', 'u'],
  ['{"ip":"1.2.3.456"}', 'ip_not_parsable', 'ip'],
  ['{"colour":"red"}', 'unknown_field_in_input', 'colour'],
  ['{"qty":-5}', 'constraint_violated', 'positive'],
];

test('JSON rows: each kind of bad row is named with its column, and no good one is', async () => {
  const lines = [...GOOD, ...BAD.map(([line]) => line), ...GOOD];
  const expected = BAD.map(([, reason, column], at) => [GOOD.length + at + 1, reason, column]);
  // What the screen cannot know is whether a constraint holds: the server says it, and then every row is tried.
  expect(await look('JSONEachRow', lines)).toEqual(expected.filter(([, reason]) => reason !== 'constraint_violated'));
});

test('many rows at once are judged as each alone', async () => {
  const valid = [
    ...GOOD,
    ...BAD.filter(([line]) => line.startsWith('{') && !/cut|}{/.test(line)).map(([line]) => line),
  ];
  const lines = Array.from({ length: 5 }, () => valid).flat();
  const found = await look('JSONEachRow', lines, 'all');
  const byLine = new Map(BAD.map(([line, reason, column]) => [line, [reason, column]]));
  expect(found).toEqual(lines.flatMap((line, at) => (byLine.has(line) ? [[at + 1, ...(byLine.get(line) ?? [])]] : [])));
});

test('CSV and TabSeparated: fields too few and too many, NULL, overflow, dates, line feeds in quotes', async () => {
  const csv = [
    '1,"a\nb",2,2025-01-01,\\N',
    '2,b,3,2025-01-01',
    '3,c,4,2025-01-01,1,9',
    '4,d,,,',
    '5,e,\\N,2025-01-01,1',
    '6,f,4294967297,2025-01-01,1',
    '7,g,1.5,2025-01-01,1',
    '8,"h ""quoted"", h",8,2025-13-41,1',
    '9,i,x,2025-01-01,1',
    ' 10 , j , 10 ,2025-01-01,255',
    '11,k,-1,2025-01-01,1',
  ];
  const bad = [
    [2, 'missing_fields_in_text_row', null],
    [3, 'surplus_fields_in_text_row', null],
    [5, 'null_or_nan_replaced_by_default', 'qty'],
    [6, 'integer_overflow_silent', 'qty'],
    [7, 'float_into_integer_column', 'qty'],
    [8, 'datetime_overflow_wraps', 'day'],
    [9, 'value_not_parsable_for_type', 'qty'],
  ];
  expect(await look('CSV', csv)).toEqual(bad);
  const tsv = csv.filter((_, at) => at > 0 && at !== 7 && at !== 9).map((line) => line.replaceAll(',', '\t'));
  expect((await look('TabSeparated', tsv)).map(([, ...rest]) => rest)).toEqual(
    bad.filter(([row]) => row !== 8).map(([, ...rest]) => rest),
  );
});

test('times are read in the zone of the server that they go to', async () => {
  const bytes = Buffer.from(
    '{"id":"x1","at":"2025-10-29 12:00:00"}\n{"id":1,"at":"2025-10-29 12:00:00","day":"2025-02-30"}\n',
  );
  const ranges = rowsOf(bytes, 1, lineCutter());
  const options = {
    format: 'JSONEachRow' as const,
    table: TABLE,
    columns: [],
    skipUnknown: false,
    nullAsDefault: false,
  };
  const examiner = createExaminer(
    async () => engine.target,
    { ...options, constraints: [], settings: { session_timezone: 'Europe/Moscow' } },
    new AbortController().signal,
  );
  const { bad } = await examiner.examine(bytes, createScreen(options)(bytes, ranges), 10);
  await examiner.close();
  expect(bad.map(({ range, column }) => [range.row, column])).toEqual([
    [1, 'id'],
    [2, 'day'],
  ]);
});
