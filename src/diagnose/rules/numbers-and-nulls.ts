import { patternRule } from '../pattern-rule.ts';
import { effective, here } from '../signals.ts';

/** Nulls, numbers, texts and enums that their columns do not take. */
export const numbersAndNulls = patternRule('numbers-and-nulls', 'values', [
  {
    cause: 'null_into_non_nullable',
    side: 'server',
    codes: [349, 53, 70, 27],
    text: /Cannot convert NULL value to non-Nullable|CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN|Cannot insert NULL value into a column|Expression returns value NULL, that is out of range|Cannot parse NULL|NULL.{0,40}(?:non|not)[- ]nullable|text "(?:<BACKSLASH>|\\)N(?:<TAB>|<LINE FEED>|,|")[^"]*"? is not like/i,
    unless: /pushing to view/i,
    strength: 84,
    alone: 76,
    own: [349],
    only: true,
    summary: ({ event }) => {
      const column =
        /name: (\w+),\s+type: [^:]{1,200}ERROR/.exec(event.flat)?.[1] ??
        /(?:destination column|column:?) [`']?(\w+)/i.exec(
          event.flat.replace(/source column (?:[`'][^`']*[`']|\S+)/i, ''),
        )?.[1];
      return `A NULL met a column that is not Nullable${column === undefined ? '' : `: ${column}`}`;
    },
    remedies: (match) => [
      [
        'Make the column Nullable',
        `, or set ${effective(match, 'input_format_null_as_default')} = 1 (insert_null_as_default for INSERT … SELECT): NULL then becomes the column’s default without a word`,
      ],
    ],
    question: 'Does the input hold a null for this column, and is the column Nullable?',
  },
  {
    cause: 'schema_inference_nullable',
    side: 'server',
    codes: [349],
    text: /Cannot convert NULL value to non-Nullable type.{0,40}while converting source column (?![`'"]?CAST|[`'"]?_?NULL)/i,
    unless: /pushing to view/i,
    strength: 78,
    summary:
      'The source’s structure was inferred as Nullable (s3, url, file), and a NULL of it met a column that is not',
    remedies: [
      [
        'Name the structure in the table function',
        ', or set schema_inference_make_columns_nullable = 0',
        ', or convert in the SELECT: ifNull(x, …)',
      ],
    ],
    question: 'Does the INSERT SELECT from s3(), url() or file() with an inferred structure?',
    signals: [
      here(
        /s3\(|s3Cluster|url\(|file\(|gcs|azure|parquet|Schema inference/i,
        'it reads from a file with an inferred structure',
        14,
      ),
      here(/VALUES|ValuesBlockInput|CAST\(NULL/i, 'the NULL stands in the statement', -40),
    ],
  },
  {
    cause: 'mv_null_into_non_nullable_target',
    side: 'server',
    codes: [349],
    text: /Cannot convert NULL value to non-Nullable.{0,200}pushing to view|pushing to view.{0,200}Cannot convert NULL/i,
    strength: 96,
    only: true,
    summary: 'A materialized view gives NULL for a column of its target that is not Nullable',
    remedies: [
      'Convert in the view’s SELECT (ifNull, assumeNotNull), or make the target’s column Nullable',
      'The source table may hold the rows already: compare it with the target before loading again',
    ],
    question: 'Can the view’s expression give NULL for the new rows?',
  },
  {
    cause: 'negative_into_unsigned',
    side: 'server',
    codes: [72, 27, 6],
    text: /Unsigned type must not contain '-'|is not like UInt.{0,20}-\d|"-\d+" is not like UInt|Cannot parse (?:string )?'?-\d+'? as UInt|before: ?'?-\d+.{0,80}UInt/i,
    strength: 93,
    only: true,
    summary: 'A negative number meets an unsigned column',
    remedies: ['Use a signed type (Int64), or mend the value'],
    question: 'Is the column unsigned and the value below zero?',
  },
  {
    cause: 'decimal_overflow_in_expression',
    side: 'server',
    codes: [407],
    text: /Decimal (?:math )?overflow|DECIMAL_OVERFLOW/i,
    strength: 93,
    alone: 86,
    only: true,
    summary: 'An expression on decimals gives a number with more digits than its type holds',
    remedies: ['Widen with toDecimal128 or toDecimal256 before multiplying, or lower the scale'],
    question: 'Does the expression multiply or divide decimals?',
  },
  {
    cause: 'decimal_scale_exceeded',
    side: 'server',
    codes: [69],
    text: /Decimal.{0,80}(?:scale|fractional digits).{0,40}(?:exceed|too|big|greater)|fractional.{0,20}digits|Wrong (?:scale|precision)|Scale of Decimal/i,
    unless: /digits were read/i,
    strength: 86,
    summary: 'A number has more digits after the point than its Decimal column',
    remedies: ['Round the input, or raise the scale of the column'],
    question: 'Has the value more fractional digits than the column’s scale?',
  },
  {
    cause: 'decimal_precision_exceeded',
    side: 'server',
    codes: [69],
    text: /Decimal value is too (?:big|small)|Too many digits.{0,20}Decimal|ARGUMENT_OUT_OF_BOUND.{0,60}Decimal|digits were read/i,
    strength: 92,
    alone: 70,
    own: [69],
    summary: ({ event }) => {
      const found = /(?<read>\d+) digits were read.{0,80}scale (?<scale>\d+) and precision (?<precision>\d+)/.exec(
        event.flat,
      )?.groups;
      return `A number has more digits than its Decimal column${found === undefined ? '' : ` (${found.read} digits into Decimal(${found.precision}, ${found.scale}))`}`;
    },
    remedies: ['Widen the Decimal, or round the input'],
    question: 'Has the value more digits than the column’s precision?',
    or: [
      {
        cause: 'decimal_scale_exceeded',
        summary: 'its fraction is too long',
        question: 'Has the value more fractional digits than the column’s scale?',
      },
    ],
  },
  {
    cause: 'string_too_long_for_fixedstring',
    side: 'server',
    codes: [131],
    text: /String too long for type FixedString|too large.{0,20}FixedString|FixedString\(\d+\)/i,
    strength: 93,
    only: true,
    summary: ({ event }) =>
      `A text is longer than its ${/FixedString\(\d+\)/.exec(event.flat)?.[0] ?? 'FixedString'} column`,
    remedies: ['Shorten it, widen the column, or use String: bytes count, not letters'],
    question: 'Has the value more bytes than the column?',
  },
  {
    cause: 'enum_value_unknown',
    side: 'server',
    codes: [691, 36, 117, 72],
    text: /Unknown element ?'?[^']{0,80}'? for (?:type )?[Ee]num|Unexpected value.{0,40}in enum|UNKNOWN_ELEMENT_OF_ENUM|Unknown element .{0,80}Enum|not (?:in|an element of) Enum|enum.{0,40}(?:does not contain|unknown)|Unknown value .{0,40}Enum/i,
    strength: 93,
    alone: 84,
    own: [691],
    only: true,
    summary: ({ event }) => {
      const value = /(?:element|value) '([^']{1,60})'/.exec(event.flat)?.[1];
      return `A value is not among those of its Enum column${value === undefined ? '' : `: '${value}'`}`;
    },
    remedies: [
      'ALTER TABLE … MODIFY COLUMN with the value added, mend the input, or use LowCardinality(String) for values that keep coming',
    ],
    question: 'Does the column’s type list the value, in the same case?',
  },
  {
    cause: 'integer_out_of_range_rejected',
    side: 'server',
    codes: [69, 53, 70, 321],
    text: /(?:Value|Number) .{1,60} (?:is )?out of (?:range|bounds)|Convert overflow|Type mismatch in IN or VALUES section.{0,20}Expected: U?Int\d+.{0,10}Got: U?Int\d+|VALUE_IS_OUT_OF_RANGE/i,
    unless: /Date/i,
    strength: 78,
    summary: 'A number lies outside what its column can hold',
    remedies: ['Use a wider type, or mend the value'],
    question: 'Does the value lie within the type’s range?',
  },
  {
    cause: 'value_type_mismatch_in_values',
    side: 'server',
    codes: [53, 43],
    text: /Type mismatch|TYPE_MISMATCH|Cannot convert (?:string|type|column)|CANNOT_CONVERT_TYPE|Cannot cast/i,
    unless: /NULL|Repeat query with types_check/i,
    strength: 74,
    alone: 60,
    own: [53, 43],
    summary: 'A value is of another type than its column, and the server does not convert it',
    remedies: ['Send the type of the column, or convert in the statement: toUInt64(x), CAST'],
    question: 'Do the types of the SELECT or the VALUES match DESCRIBE TABLE, in their order?',
  },
  {
    cause: 'constraint_violated',
    side: 'server',
    codes: [469],
    text: /Constraint [`'"]?(?<name>\w+)[`'"]? for table .{1,100} is violated|VIOLATED_CONSTRAINT|constraint.{0,40}(?:is )?violated/i,
    strength: 94,
    alone: 88,
    only: true,
    summary: ({ groups }) =>
      `A row violates ${groups.name === undefined ? 'a CHECK constraint' : `the constraint ${groups.name}`} of the table`,
    remedies: [
      'The message names constraint, expression and row: mend the row, or the constraint; the whole block was refused',
    ],
    question: 'Does the row that the message shows satisfy the expression?',
  },
  {
    cause: 'constraint_on_nullable_unsupported',
    side: 'server',
    codes: [49, 469],
    text: /Constraint.{0,120}(?:Nullable|returns? .{0,20}not UInt8|type .{0,30}not (?:UInt8|allowed))|LOGICAL_ERROR.{0,80}[Cc]onstraint/i,
    strength: 95,
    summary: 'A constraint over a Nullable column gives NULL, which this version does not take',
    remedies: ['Write the constraint so that it never gives NULL (isNull(x) OR …), or upgrade the server'],
    question: 'Is the column of the constraint Nullable?',
  },
]);
