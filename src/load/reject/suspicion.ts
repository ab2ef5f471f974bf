import { splitTop, tokenize } from '../../model/schema-diff/tokens.ts';
import { outerType } from '../../model/schema-diff/types.ts';
import type { Sent } from './fields.ts';

/** Whether a value may not be stored as it was sent. May cry wolf, since the engine has the last word; must not keep quiet. */
export type Suspects = (value: Sent) => boolean;

const never: Suspects = () => false;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;
const DIGITS = /^-?\d{1,15}$/;

/** A JavaScript number holds up to 53 bits: of wider types the rest is for the engine to judge. */
function integer(type: string): Suspects {
  const [, unsigned, bits] = /^(U?)Int(\d+)$/.exec(type) ?? [];
  const width = Number(bits);
  const high = width > 53 ? Number.MAX_SAFE_INTEGER : 2 ** (unsigned ? width : width - 1) - 1;
  const low = unsigned ? 0 : width > 53 ? -high : -high - 1;
  return (value) => {
    if (typeof value === 'number') return !Number.isInteger(value) || value < low || value > high;
    if (typeof value === 'boolean') return false;
    if (typeof value !== 'string') return true;
    // An empty field of a delimited text is the default, on purpose or not: the engine is asked.
    if (!DIGITS.test(value)) return true;
    const number = Number(value);
    return number < low || number > high;
  };
}

function decimal(args: string, name: string): Suspects {
  const widths: Record<string, number> = { Decimal32: 9, Decimal64: 18, Decimal128: 38, Decimal256: 76 };
  const [first = '', second = '0'] = splitTop(args, ',').map((one) => one.trim());
  const [precision, scale] = name === 'Decimal' ? [Number(first), Number(second)] : [widths[name] ?? 0, Number(first)];
  return (value) => {
    if (typeof value !== 'number' && typeof value !== 'string') return true;
    const found = /^-?(\d+)(?:\.(\d+))?$/.exec(String(value));
    return !found || (found[1] ?? '').length > precision - scale || (found[2] ?? '').length > scale;
  };
}

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function dayExists(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false;
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= (DAYS[month - 1] ?? 0) + (leap ? 1 : 0);
}

/** Years that fit whatever the time zone; the ends of a range are for the engine to judge. */
function moment(pattern: RegExp, from: number, to: number): Suspects {
  return (value) => {
    const found = typeof value === 'string' ? pattern.exec(value) : null;
    if (!found) return true;
    const [year, month, day] = [Number(found[1]), Number(found[2]), Number(found[3])];
    return year < from || year > to || !dayExists(year, month, day);
  };
}

const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
const TIME = /^(\d{4})-(\d\d)-(\d\d)[ T](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-][01]\d:[0-5]\d)?$/;

function enumeration(args: string): Suspects {
  const names = new Set(tokenize(args).flatMap((token) => (token.kind === 'string' ? [token.value] : [])));
  return (value) => typeof value !== 'string' || !names.has(value);
}

function array(args: string): Suspects {
  const inner = suspects(args);
  return (value) => {
    const items = typeof value === 'string' ? listed(value) : value;
    return !Array.isArray(items) || items.some(inner);
  };
}

/** An array as a delimited text has it: plain numbers, or plain texts in single quotes. All else is for the engine to read. */
function listed(text: string): unknown[] | undefined {
  if (/^\[(?:-?(?:0|[1-9]\d{0,14})(?:\.\d+)?(?:, ?(?!\])|(?=\])))*\]$/.test(text)) return JSON.parse(text);
  if (!/^\[(?:'[^'\\]*'(?:, ?(?!\])|(?=\])))*\]$/.test(text)) return undefined;
  return text
    .slice(1, -1)
    .split(/(?<='), ?(?=')/)
    .flatMap((item) => (item === '' ? [] : [item.slice(1, -1)]));
}

function map(args: string): Suspects {
  const inner = suspects(splitTop(args, ',')[1] ?? 'String');
  return (value) =>
    typeof value !== 'object' || value === null || Array.isArray(value) || Object.values(value).some(inner);
}

/** A test of values for a type. NULL is suspect wherever the type takes none. */
export function suspects(type: string): Suspects {
  const { name, args } = outerType(type);
  if (name === 'Nullable') {
    const inner = suspects(args);
    return (value) => value !== null && inner(value);
  }
  if (name === 'LowCardinality') return suspects(args);
  const test = ofScalar(name, args);
  return test === undefined ? (value) => value === null : (value) => value === null || test(value);
}

function ofScalar(name: string, args: string): Suspects | undefined {
  if (/^U?Int\d+$/.test(name)) return integer(name);
  if (name.startsWith('Decimal')) return decimal(args, name);
  switch (name) {
    case 'String':
      return (value) => typeof value === 'object';
    case 'FixedString':
      return (value) => typeof value !== 'string' || Buffer.byteLength(value) > Number(args);
    case 'Float32':
    case 'Float64':
      return (value) =>
        typeof value === 'number'
          ? Math.abs(value) > 3e38
          : typeof value !== 'string' || !/^-?\d{1,30}(\.\d+)?$/.test(value);
    case 'Bool':
      return (value) => typeof value !== 'boolean' && value !== 'true' && value !== 'false';
    case 'Date':
      return moment(DATE, 1970, 2148);
    case 'Date32':
      return moment(DATE, 1900, 2299);
    case 'DateTime':
      return moment(TIME, 1971, 2105);
    case 'DateTime64':
      return moment(TIME, 1971, 2261);
    case 'Enum8':
    case 'Enum16':
      return enumeration(args);
    case 'UUID':
      return (value) => typeof value !== 'string' || !UUID.test(value);
    case 'IPv4':
      return (value) => typeof value !== 'string' || !IPV4.test(value);
    case 'IPv6':
      return (value) => typeof value !== 'string' || !/^[0-9a-f:.]*:[0-9a-f:.]*$/i.test(value);
    case 'Array':
      return array(args);
    case 'Map':
      return map(args);
    case 'Tuple':
    case 'Nested':
      return () => true;
    case 'Nothing':
      return never;
    default:
      // JSON, Variant, Dynamic, Point and what is newer: what they take is the engine's to say.
      return undefined;
  }
}
