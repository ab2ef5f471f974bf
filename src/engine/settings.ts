import type { Dialect } from './dialect.ts';
import type { NumberMode } from './json-rows.ts';

/** What a statement wants sent, and what of it this server takes. */
export interface SettingsAsked {
  /** Tag for log_comment. */
  comment: string;
  /** The user's own: sent whatever the server thinks of them, so that it says what is wrong with them. */
  configured: Record<string, string>;
  /** The statement's: left out where unknown, and reported. */
  statement?: Record<string, string | number> | undefined;
  /** Whether the answer is read as JSON rows. */
  rows: boolean;
}

const QUOTE_INTEGERS = 'output_format_json_quote_64bit_integers';
const QUOTE_DECIMALS = 'output_format_json_quote_decimals';

/** Parameters of the HTTP interface, which servers do not list among their settings. */
const PARAMETERS = new Set(['session_id', 'wait_end_of_query', 'decompress']);

/** Settings that may be sent, and the names of those that had to be left out. */
export function settle(dialect: Dialect, asked: SettingsAsked): { settings: Record<string, string>; left: string[] } {
  const statement = Object.entries(asked.statement ?? {});
  if (!dialect.acceptsSettings) return { settings: {}, left: statement.map(([name]) => name) };
  const { settings: known } = dialect;
  const settings: Record<string, string> = {};
  const left: string[] = [];
  const optional = (name: string, value: string) => {
    if (known?.has(name)) settings[name] = value;
  };
  optional('log_comment', asked.comment);
  // With it an exception in mid-stream would come as one more row, in the data's own format (23.9 to 25.10).
  optional('http_write_exception_in_output_format', '0');
  if (asked.rows) {
    optional(QUOTE_INTEGERS, '1');
    optional(QUOTE_DECIMALS, '1');
  }
  Object.assign(settings, asked.configured);
  for (const [name, value] of statement) {
    // A user who is restricted already may not even repeat it.
    if (name === 'readonly' && known !== undefined && known.get('readonly') !== '0') continue;
    const isKnown = known === undefined || known.has(name) || PARAMETERS.has(name);
    if (!isKnown) left.push(name);
    else settings[name] = String(value);
  }
  return { settings, left };
}

/** How numbers of JSON rows are kept whole on this server. */
export function numberMode({ settings, acceptsSettings }: Dialect): NumberMode {
  const decimals = settings?.get(QUOTE_DECIMALS);
  if (acceptsSettings && decimals !== undefined) return 'quoted';
  if (settings?.get(QUOTE_INTEGERS) === '1' && decimals === '1') return 'quoted';
  // Servers that know how to quote decimals (22.x) also know the format that brings types.
  return decimals === undefined ? 'lossless' : 'typed';
}
