import { quoteName, quoteText } from '../../kernel/sql.ts';
import type { Reason } from '../../model/reject.ts';
import { isNullable, notNullable, outerType } from '../../model/schema-diff/types.ts';
import type { Field } from './screen.ts';

/** Number of the row in its source, put before its values so that what is stored can be laid beside what was sent. */
export const ROW = '_chwitness_row';

/** Stands where the row has no such field; NULL is a NULL that was sent. */
const ABSENT = quoteText('\u0001');

interface Difference {
  column: string;
  reason: Reason;
  sql: string;
}

/**
 * What may have happened to a value between its text (`w`) and the column (`t`) without an error, as conditions.
 * @param nullAsDefault NULL becomes a default on purpose
 */
export function differencesOf({ name, type, hasDefault }: Field, nullAsDefault: boolean): Difference[] {
  const sent = `w.${quoteName(name)}`;
  const stored = `t.${quoteName(name)}`;
  const bare =
    outerType(notNullable(type)).name === 'LowCardinality' ? outerType(notNullable(type)).args : notNullable(type);
  const found = changed(bare, `assumeNotNull(${sent})`, stored).map(({ reason, sql }) => ({
    column: name,
    reason,
    sql: `${sent} IS NOT NULL AND ${sent} NOT IN ('', ${ABSENT}) AND (${sql})`,
  }));
  const takesNull =
    isNullable(type) || hasDefault || nullAsDefault || /^(?:Dynamic|Variant|JSON|Object|Nothing)/.test(bare);
  if (takesNull) return found;
  return [{ column: name, reason: 'null_or_nan_replaced_by_default', sql: `${sent} IS NULL` }, ...found];
}

function changed(type: string, sent: string, stored: string): { reason: Reason; sql: string }[] {
  const { name, args } = outerType(type);
  const text = `trimBoth(${sent})`;
  if (/^U?Int\d+$/.test(name)) {
    const wide = name === 'UInt256' ? 'UInt256' : 'Int256';
    const number = `to${wide}OrNull(${text})`;
    return [
      {
        reason: 'integer_overflow_silent',
        // What is no whole number and was accepted all the same (true, for one) is not judged; more digits than any type has are.
        sql: `ifNull(${number} != to${wide}(${stored}), 0) OR match(${text}, '^[+-]?0*[1-9]\\\\d{77,}$')`,
      },
    ];
  }
  if (name === 'Float32' || name === 'Float64') {
    return [{ reason: 'float_overflow_silent', sql: `isInfinite(${stored}) AND match(${text}, '\\\\d')` }];
  }
  if (name.startsWith('Decimal')) {
    return [
      {
        reason: 'decimal_scale_exceeded',
        sql: `ifNull(toDecimal256OrNull(${text}, 36) != toDecimal256OrNull(toString(${stored}), 36), 0)`,
      },
    ];
  }
  if (name === 'Date' || name === 'Date32') {
    return [
      {
        reason: 'datetime_overflow_wraps',
        sql: `match(${text}, '^\\\\d{4}-\\\\d{2}-\\\\d{2}') AND substring(${text}, 1, 10) != toString(${stored})`,
      },
    ];
  }
  if (name === 'DateTime' || name === 'DateTime64')
    return [{ reason: 'datetime_overflow_wraps', sql: timeChanged(text, stored) }];
  if (name === 'Array' && /^U?Int\d+$/.test(args)) return arrayChanged(sent, stored);
  return [];
}

/**
 * Texts with an offset are moments, those without are what a clock in the column's zone shows; digits alone are seconds since 1970,
 * or, where the parser takes them so, thousandths and finer.
 */
function timeChanged(text: string, stored: string): string {
  const seconds = `toInt256(toUnixTimestamp64Second(toDateTime64(${stored}, 3)))`;
  const digits = `toInt256OrNull(${text})`;
  const scales = ['1', '1000', '1000000', '1000000000'].map((scale) => `intDiv(${digits}, ${scale}) != ${seconds}`);
  const offset = `match(${text}, ':\\\\d{2}(?:[.]\\\\d+)?(?:Z|[+-]\\\\d{2}:?\\\\d{2})$')`;
  const clock = `match(${text}, '^\\\\d{4}-\\\\d{2}-\\\\d{2}[T ]\\\\d{2}:\\\\d{2}:\\\\d{2}')`;
  return `ifNull(multiIf(
    match(${text}, '^\\\\d+$'), length(${text}) NOT IN (4, 8, 14) AND ${scales.join(' AND ')},
    ${offset}, toInt256(toUnixTimestamp64Second(parseDateTime64BestEffortOrNull(${text}, 3, 'UTC'))) != ${seconds},
    ${clock}, replaceOne(substring(${text}, 1, 19), 'T', ' ') != substring(toString(${stored}), 1, 19),
    0), 0)`;
}

function arrayChanged(sent: string, stored: string): { reason: Reason; sql: string }[] {
  const items = `JSONExtractArrayRaw(${sent})`;
  const numbers = `arrayMap(x -> ifNull(toInt256OrNull(trim(BOTH '"' FROM x)), 0), ${items})`;
  return [
    { reason: 'null_or_nan_replaced_by_default', sql: `has(${items}, 'null')` },
    {
      reason: 'integer_overflow_silent',
      sql: `length(${items}) = length(${stored}) AND NOT has(${items}, 'true') AND ${numbers} != arrayMap(x -> toInt256(x), ${stored})`,
    },
  ];
}

/** Rows of both tables side by side: for each that differs, its number and what differs. */
export function compareStatement(typed: string, wide: string, differences: readonly Difference[]): string {
  const list = differences.map(
    ({ column, reason, sql }) => `(toUInt8(ifNull(${sql}, 0)), ${quoteText(column)}, ${quoteText(reason)})`,
  );
  return `SELECT w.${ROW} AS n, arrayFilter(x -> x.1 = 1, [${list.join(',\n')}]) AS found
FROM ${wide} AS w INNER JOIN ${typed} AS t ON w.${ROW} = t.${ROW}
WHERE notEmpty(found) ORDER BY n`;
}

/** Structure of the table that takes every value as the text that was sent. */
export function wideStructure(columns: readonly string[]): string {
  return [`${ROW} UInt64`, ...columns.map((column) => `${quoteName(column)} Nullable(String) DEFAULT ${ABSENT}`)].join(
    ', ',
  );
}
