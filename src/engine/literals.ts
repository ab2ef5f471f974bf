import { quoteName, quoteText } from '../kernel/sql.ts';
import type { SqlValue } from '../model/check.ts';
import { EngineError } from './errors.ts';

/** Texts in which a brace means nothing, then the placeholder itself. */
const TOKENS =
  /'(?:[^'\\]|\\[\s\S]|'')*'|`(?:[^`\\]|\\[\s\S])*`|"(?:[^"\\]|\\[\s\S])*"|--[^\n]*|\/\*[\s\S]*?\*\/|\{\s*(\w+)\s*:\s*([^{}]+?)\s*\}/g;

function refuse(name: string, type: string, why: string): EngineError {
  return new EngineError({ failure: 'other', message: `parameter {${name}:${type}} cannot be bound: ${why}` });
}

function number(text: string, pattern: RegExp, name: string, type: string): string {
  if (!pattern.test(text)) throw refuse(name, type, 'its value is not such a number');
  return text.startsWith('-') ? `(${text})` : text;
}

/** One value as a literal of its declared type, as 18.16 reads it. */
function literal(value: SqlValue, type: string, name: string): string {
  const inner = /^(?:Nullable|LowCardinality)\((.*)\)$/s.exec(type)?.[1];
  if (inner !== undefined) return literal(value, inner, name);
  const element = /^Array\((.*)\)$/s.exec(type)?.[1];
  if (element !== undefined) {
    if (typeof value !== 'object') throw refuse(name, type, 'its value is not an array');
    return `CAST([${value.map((item) => literal(item, element, name)).join(', ')}] AS ${type})`;
  }
  if (typeof value === 'object') throw refuse(name, type, 'its value is an array');
  const text = typeof value === 'boolean' ? String(Number(value)) : String(value);
  if (type === 'Identifier') return quoteName(text);
  if (/^U?Int(?:8|16|32|64|128|256)$|^Bool$/.test(type)) return number(text, /^-?\d+$/, name, type);
  if (/^Float(?:32|64)$/.test(type)) return number(text, /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i, name, type);
  if (/^(?:String|FixedString\(\d+\)|UUID|Enum(?:8|16)?\(.*\)|IPv[46])$/s.test(type)) return quoteText(text);
  if (/^Decimal(?:32|64|128|256)?\([\d\s,]+\)$/.test(type)) return `CAST(${quoteText(text)} AS ${type})`;
  if (type === 'Date') return `toDate(${quoteText(text)})`;
  const zone = /^DateTime(?:64\(\s*\d+\s*(?:,\s*'([^']*)'\s*)?\)|\(\s*'([^']*)'\s*\))?$/.exec(type);
  if (zone) {
    const name = zone[1] ?? zone[2];
    // Servers without bound parameters have no DateTime64 either: whole seconds are all they know.
    return `toDateTime(${quoteText(text.replace(/\.\d+$/, ''))}${name === undefined ? '' : `, ${quoteText(name)}`})`;
  }
  throw refuse(name, type, 'this server knows no bound parameters, and no literal of that type is known here');
}

/**
 * Puts values in place of `{name:Type}`, each as a literal of its declared type, for servers that bind none
 * (before 19.14). Throws `EngineError` where a value does not fit its type or is missing.
 */
export function substitute(sql: string, params: Record<string, SqlValue>): string {
  return sql.replace(TOKENS, (token: string, name: string | undefined, type: string | undefined) => {
    if (name === undefined || type === undefined) return token;
    const value = Object.hasOwn(params, name) ? params[name] : undefined;
    if (value === undefined) throw refuse(name, type, 'no value was given');
    return literal(value, type, name);
  });
}
