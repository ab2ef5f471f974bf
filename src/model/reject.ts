import { z } from 'zod';

/** Why a row cannot be stored as it was sent. Where a cause of diagnosis says the same, the id is the same. */
export const REASONS = {
  row_not_json: 'the row is no JSON object',
  row_truncated: 'the row is cut off before its end',
  row_ambiguous: 'the row is read as more than one row',
  missing_fields_in_text_row: 'the row has fewer fields than the table has columns',
  surplus_fields_in_text_row: 'the row has more fields than the table has columns',
  unknown_field_in_input: 'no column has the name of this field',
  duplicate_field_in_input: 'the field stands in the row twice',
  value_not_parsable_for_type: 'the value is not written as this type is',
  date_not_parsable: 'the value is no date or time that can be read',
  datetime_iso8601_basic_parser:
    'the time is in ISO 8601 form (T, Z, fraction or offset), which date_time_input_format = basic does not take',
  float_into_integer_column: 'a fraction is given for a whole number',
  negative_into_unsigned: 'a negative number is given for an unsigned one',
  integer_overflow_silent: 'the number is outside the range of the type, and another one would be stored in its place',
  float_overflow_silent: 'the number is outside the range of the type, and infinity would be stored in its place',
  datetime_overflow_wraps:
    'the date or time does not exist or is outside the range of the type, and another one would be stored',
  null_into_non_nullable: 'NULL is given for a column that takes none',
  null_or_nan_replaced_by_default:
    'NULL is given for a column that takes none, and a default would be stored in its place',
  decimal_precision_exceeded: 'the number has more digits than the type holds',
  decimal_scale_exceeded: 'the number has more decimals than the type holds, and they would be dropped',
  enum_value_unknown: 'the value is not among those of the Enum',
  string_too_long_for_fixedstring: 'the text is longer than the column',
  array_literal_syntax: 'the value is no array',
  uuid_not_parsable: 'the value is no UUID',
  ip_not_parsable: 'the value is no IP address',
  constraint_violated: 'the row breaks a constraint of the table',
  refused_by_view: 'a materialized view of the table fails on this row',
  refused_by_server: 'the server refuses this row',
} as const;

export type Reason = keyof typeof REASONS;
// The keys of the table above; zod wants them as a tuple.
const names = Object.keys(REASONS) as [Reason, ...Reason[]];
export const reason = z.enum(names);

/** One row that was not stored: where it stands and why, without its values. */
export const rejectedRow = z.strictObject({
  source: z.string(),
  /** 1-based row of the source (a header is none). */
  row: z.int(),
  /** Byte of the decompressed source at which the row begins; absent where empty lines around it make that unsure. */
  offset: z.int().optional(),
  column: z.string().optional(),
  /** Type of the column. */
  type: z.string().optional(),
  reason,
  /** Name of the constraint that the row breaks. */
  constraint: z.string().optional(),
  /** Name of the view that fails on the row. */
  view: z.string().optional(),
  /** What kind of value it is: `text of 12 characters`, `whole number of 20 digits`. */
  shape: z.string(),
  /** The engine's code, where it raised one; what is stored silently has none. */
  code: z.int().optional(),
});
export type RejectedRow = z.infer<typeof rejectedRow>;

/** Bad rows of a load: those kept back by `quarantine`, or those that made a batch fail. */
export const rejection = z.strictObject({
  mode: z.enum(['fail', 'quarantine', 'rehearsal']),
  rows: z.int(),
  /** False when only a part was looked at: one refused batch, or up to a limit. */
  complete: z.boolean(),
  limit: z.int().optional(),
  /** Where the rows lie, and beside it the reasons; named by the user, outside the archive. */
  files: z.array(z.string()),
  groups: z.array(
    z.strictObject({
      reason,
      column: z.string().optional(),
      type: z.string().optional(),
      rows: z.int(),
      first_row: z.int(),
    }),
  ),
  /** The first few. */
  examples: z.array(rejectedRow),
  /** One bad row as statement and as command; letters and digits replaced unless the user keeps samples. */
  reproducer: z
    .strictObject({ reason, column: z.string().optional(), sql: z.string(), curl: z.string(), masked: z.boolean() })
    .optional(),
  /** What could not be found out, and why. */
  notes: z.array(z.string()),
});
export type Rejection = z.infer<typeof rejection>;
