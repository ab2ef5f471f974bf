import type { Reason } from '../../model/reject.ts';
import type { Suspect } from './screen.ts';

/** What the engine said of one row alone. */
export interface Complaint {
  code: number | undefined;
  message: string;
}

const BY_CODE: Record<number, Reason> = {
  38: 'date_not_parsable',
  41: 'date_not_parsable',
  6: 'date_not_parsable',
  69: 'decimal_precision_exceeded',
  407: 'decimal_precision_exceeded',
  72: 'negative_into_unsigned',
  130: 'array_literal_syntax',
  131: 'string_too_long_for_fixedstring',
  53: 'null_into_non_nullable',
  349: 'null_into_non_nullable',
  376: 'uuid_not_parsable',
  675: 'ip_not_parsable',
  676: 'ip_not_parsable',
  469: 'constraint_violated',
  691: 'enum_value_unknown',
  33: 'row_truncated',
};

/** The column that the engine names: `(while reading the value of key id)`, or what it was reading of a delimited text. */
export function columnNamed(message: string): string | undefined {
  return (
    /\(while reading the value of key (.+?)\)/.exec(message)?.[1] ??
    /Unknown field found while parsing \w+ format: (.+?)(?:: \(|$)/.exec(message)?.[1] ??
    /Duplicate field found while parsing \w+ format: (.+?)(?:: \(|$)/.exec(message)?.[1]
  );
}

/** Why the engine refuses the row, and at which column as far as that can be told. */
export function reasonOf(
  { code, message }: Complaint,
  { fields, columns }: Suspect,
): { reason: Reason; column: string | undefined } {
  if (/Unknown field found/.test(message)) return { reason: 'unknown_field_in_input', column: columnNamed(message) };
  if (/Duplicate field found/.test(message))
    return { reason: 'duplicate_field_in_input', column: columnNamed(message) };
  if (!fields.ok) return { reason: fields.why, column: undefined };
  const column = columnNamed(message) ?? (columns.length === 1 ? columns[0] : undefined);
  const at = column === undefined ? -1 : fields.names.indexOf(column);
  const value = at < 0 ? undefined : fields.values[at];
  if (value === null && column !== undefined) return { reason: 'null_into_non_nullable', column };
  const reason = code === undefined ? undefined : BY_CODE[code];
  if (reason !== undefined && reason !== 'row_truncated') return { reason, column };
  if (isFraction(value) && /expected '?[,"\\]|Cannot parse input/.test(message)) {
    return { reason: 'float_into_integer_column', column };
  }
  return { reason: 'value_not_parsable_for_type', column };
}

function isFraction(value: unknown): boolean {
  return (
    (typeof value === 'number' && !Number.isInteger(value)) || (typeof value === 'string' && /^-?\d+\.\d+$/.test(value))
  );
}

/** `2025-01-31T12:00:00`, and a time with a fraction, a Z or an offset behind it. */
export function isIsoTime(value: unknown): boolean {
  const form = /^\d{4}-\d\d-\d\d([T ])\d\d:\d\d(?::\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$/;
  const found = typeof value === 'string' ? form.exec(value) : null;
  return found !== null && (found[1] === 'T' || found[2] !== undefined || found[3] !== undefined);
}
