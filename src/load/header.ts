import { InputFault, type RowFormat, type Source } from '../model/source.ts';
import { insertable, type TableState } from './columns.ts';

export interface Settled {
  format: RowFormat;
  /** Columns the header names, in its order. */
  columns?: readonly string[] | undefined;
  note?: string | undefined;
}

/** Names shown at most in a sentence. */
const SHOWN = 8;

/**
 * Settles whether a delimited source has a header. The table's own column names decide, where they are known;
 * else its looks; `--format` beats both.
 * @param skipUnknown the user wants names that the table lacks to be dropped (`input_format_skip_unknown_fields`)
 * @throws InputFault when the header names a column twice, or one that the table does not have
 */
export function settleHeader(source: Source, format: RowFormat, table: TableState, skipUnknown: boolean): Settled {
  if (format === 'JSONEachRow' || !source.firstRow) return { format };
  const bare = format.startsWith('CSV') ? 'CSV' : 'TabSeparated';
  const names = source.firstRow;
  const forced = source.formatBy === 'option';
  if (forced && format === bare) return { format };
  if (table.state !== 'there') return format === bare ? { format } : withNames(source, names, bare);

  const known = insertable(table.columns);
  const unknown = names.filter((name) => !known.has(name));
  if (unknown.length === 0) {
    const note = forced || format !== bare ? undefined : 'a header after all: its first row names columns of the table';
    return { ...withNames(source, names, bare), note };
  }
  if (!forced && unknown.length === names.length && source.header !== 'certain') {
    return {
      format: bare,
      note: format === bare ? undefined : 'no header after all: its first row names no column of the table',
    };
  }
  if (skipUnknown) {
    const note = `columns that the table does not have are dropped: ${list(unknown)}`;
    return { format: `${bare}WithNames`, note };
  }
  if (!forced && source.header === 'no') return { format: bare };
  throw new InputFault({
    code: 'INPUT_HEADER_UNKNOWN',
    message:
      `${source.name} has a header that names ${list(unknown)}, which the table does not have (it has ${list([...known])}); ` +
      `say --format ${bare} if the first row is data`,
    source: source.name,
  });
}

function withNames(source: Source, names: readonly string[], bare: 'CSV' | 'TabSeparated'): Settled {
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  if (twice.length > 0) {
    throw new InputFault({
      code: 'INPUT_HEADER_DUPLICATE',
      message: `${source.name} has a header that names ${list([...new Set(twice)])} more than once`,
      source: source.name,
    });
  }
  return { format: `${bare}WithNames`, columns: names };
}

function list(names: readonly string[]): string {
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '';
  return `${names.slice(0, SHOWN).join(', ')}${more}`;
}
