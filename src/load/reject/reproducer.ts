import { quoteName } from '../../kernel/sql.ts';
import type { Reason, Rejection } from '../../model/reject.ts';
import { type TableName, tableSql } from '../../model/table.ts';
import { type Fields, masked, type Sent } from './fields.ts';

/** Longer rows are no example any more. */
const MOST_CHARACTERS = 2000;

/**
 * One row that fails, as a statement and as a command: the field in question alone, or the whole row where it is the row that is wrong.
 * Unless samples may be kept, letters and digits are replaced by others of their kind.
 */
export function reproducerOf(
  table: TableName,
  format: string,
  bad: { fields: Fields; column: string | undefined; reason: Reason; text: string; whole: boolean },
  options: { keepSamples: boolean; url: string },
): Rejection['reproducer'] {
  const { fields, column, reason, text, whole } = bad;
  const show = options.keepSamples ? (value: string) => value : masked;
  const one = fields.ok && column !== undefined && !whole;
  const row = one
    ? JSON.stringify({ [column]: maskedValue(fields.values[fields.names.indexOf(column)], show) })
    : fields.ok && format === 'JSONEachRow'
      ? JSON.stringify(Object.fromEntries(fields.names.map((name, at) => [name, maskedValue(fields.values[at], show)])))
      : show(text.replace(/\r?\n$/, ''));
  if (row.length > MOST_CHARACTERS) return undefined;
  const columns = one ? ` (${quoteName(column)})` : '';
  const statement = `INSERT INTO ${tableSql(table)}${columns} FORMAT ${one ? 'JSONEachRow' : format.replace('WithNames', '')}`;
  const url = `${options.url}/?query=${encodeURIComponent(statement)}`;
  return {
    reason,
    ...(column === undefined ? {} : { column }),
    sql: `${statement}\n${row}`,
    // The password is asked for: nothing of it stands in the command.
    curl: `curl -sS -u "$CLICKHOUSE_USER" ${quoted(url)} --data-binary ${quoted(row)}`,
    masked: !options.keepSamples,
  };
}

function maskedValue(value: Sent, show: (text: string) => string): Sent {
  if (typeof value === 'string') return show(value);
  if (typeof value === 'number') return Number(show(String(value)));
  if (Array.isArray(value)) return value.map((one) => maskedValue(one, show));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, maskedValue(one, show)]));
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
