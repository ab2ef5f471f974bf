import { splitTop, tokenize } from '../../model/schema-diff/tokens.ts';
import { outerType } from '../../model/schema-diff/types.ts';
import type { RowFormat } from '../../model/source.ts';
import type { Field } from './screen.ts';

/**
 * Rows of a source look alike: the same fields in the same order. A pattern of such a row, with the values that surely fit their types,
 * tells most good rows apart at a fifth of the cost of parsing them. Works on bytes as latin1, from where `lastIndex` stands, line end included.
 * What does not match is no worse: it is looked at more closely.
 */
export function rowPattern(
  format: RowFormat,
  names: readonly string[],
  table: ReadonlyMap<string, Field>,
): RegExp | undefined {
  const text = TEXTS[format === 'JSONEachRow' ? 'json' : format.startsWith('CSV') ? 'csv' : 'tsv'];
  const parts: string[] = [];
  for (const name of names) {
    const value = valuePattern(table.get(name)?.type ?? '', text);
    if (value === undefined) return undefined;
    parts.push(text.json ? `${escaped(JSON.stringify(name))}: ?${value}` : `(?:${value})?`);
  }
  if (parts.length === 0) return undefined;
  const body = text.json
    ? `\\s*\\{${parts.join(', ?')}\\}[ \\t\\r]*\\n?`
    : `${parts.join(text.separator)}\\r?(?:\\n|$)`;
  return new RegExp(body, 'y');
}

interface Texts {
  json: boolean;
  separator: string;
  /** Any text that means itself. */
  any: string;
  /** A value that may stand bare or in quotes. */
  quoted(inner: string): string;
  /** A value that is a text. */
  string(inner: string): string;
}

const TEXTS: Record<'json' | 'csv' | 'tsv', Texts> = {
  json: {
    json: true,
    separator: '',
    any: '[^"\\\\\\x00-\\x1f]*',
    quoted: (inner) => `(?:${inner}|"${inner}")`,
    string: (inner) => `"${inner}"`,
  },
  csv: {
    json: false,
    separator: ',',
    any: '[^",\\r\\n\\\\]*',
    quoted: (inner) => `(?:${inner}|"${inner}")`,
    string: (inner) => `(?:${inner}|"${inner}")`,
  },
  tsv: { json: false, separator: '\\t', any: '[^\\t\\r\\n\\\\]*', quoted: (inner) => inner, string: (inner) => inner },
};

const DAY =
  '(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|02-(?:0[1-9]|1\\d|2[0-8]))';
const CLOCK = '(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,9})?';
const ZONE = '(?:Z|[+-][01]\\d:[0-5]\\d)?';
/** Digits that fit for sure. */
const DIGITS: Record<string, number> = { 8: 2, 16: 4, 32: 9, 64: 15, 128: 15, 256: 15 };

function valuePattern(type: string, text: Texts): string | undefined {
  const { name, args } = outerType(type);
  if (name === 'Nullable') {
    const inner = valuePattern(args, text);
    return inner === undefined || !text.json ? inner : `(?:null|${inner})`;
  }
  if (name === 'LowCardinality') return valuePattern(args, text);
  const [, unsigned, bits] = /^(U?)Int(\d+)$/.exec(name) ?? [];
  // Without leading zeros, which JSON does not have.
  if (bits !== undefined) return text.quoted(`${unsigned ? '' : '-?'}(?:0|[1-9]\\d{0,${(DIGITS[bits] ?? 2) - 1}})`);
  if (name === 'Decimal') {
    const [precision = 0, scale = 0] = splitTop(args, ',').map(Number);
    if (precision - scale < 1) return undefined;
    const decimals = scale === 0 ? '' : `(?:\\.\\d{1,${scale}})?`;
    return text.quoted(`-?(?:0|[1-9]\\d{0,${precision - scale - 1}})${decimals}`);
  }
  switch (name) {
    case 'String':
      // A quoted comma is fine; what stands bare ends at it.
      return text.json || text.separator === '\\t' ? text.string(text.any) : `(?:${text.any}|"[^"\\\\]*")`;
    case 'FixedString':
      return text.string(`[\\x20-\\x21\\x23-\\x2b\\x2d-\\x5b\\x5d-\\x7e]{0,${Number(args)}}`);
    case 'Float32':
    case 'Float64':
      return text.quoted('-?(?:0|[1-9]\\d{0,15})(?:\\.\\d{1,20})?');
    case 'Bool':
      return '(?:true|false)';
    case 'Date':
      return text.string(`(?:19[789]\\d|20\\d\\d|21[0-3]\\d)-${DAY}`);
    case 'Date32':
      return text.string(`(?:19\\d\\d|20\\d\\d|21\\d\\d)-${DAY}`);
    case 'DateTime':
    case 'DateTime64':
      return text.string(`(?:197[1-9]|19[89]\\d|20\\d\\d)-${DAY}[ T]${CLOCK}${ZONE}`);
    case 'Enum8':
    case 'Enum16': {
      const names = tokenize(args).flatMap((token) => (token.kind === 'string' ? [token.value] : []));
      if (names.some((one) => !/^[\x20-\x21\x23-\x2b\x2d-\x5b\x5d-\x7e]+$/.test(one))) return undefined;
      return text.string(`(?:${names.map(escaped).join('|')})`);
    }
    case 'UUID':
      return text.string('[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}');
    case 'Array': {
      const inner = text.json ? valuePattern(args, text) : undefined;
      return inner === undefined ? undefined : `\\[(?:${inner}(?:, ?${inner})*)?\\]`;
    }
    default:
      return undefined;
  }
}

/** As a pattern that matches this text and nothing else. */
function escaped(text: string): string {
  return Buffer.from(text)
    .toString('latin1')
    .replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
