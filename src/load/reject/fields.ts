import type { RowFormat } from '../../model/source.ts';

/** A value as it was sent: JSON's own kinds; text of CSV and TSV; null for NULL; undefined where the field is not there. */
export type Sent = unknown;

/** A row taken apart far enough to look at its values. */
export type Fields =
  | { ok: true; names: readonly string[]; values: readonly Sent[] }
  /** No object, cut off, or another number of fields than there are columns. */
  | { ok: false; why: 'row_not_json' | 'row_truncated' | 'missing_fields_in_text_row' | 'surplus_fields_in_text_row' };

/** @param columns of a delimited text, in its order */
export function fieldsOf(format: RowFormat, text: string, columns: readonly string[]): Fields {
  if (format === 'JSONEachRow') return jsonFields(text);
  const line = text.replace(/\r?\n$/, '');
  const values = format.startsWith('CSV') ? csvFields(line) : tsvFields(line);
  if (values.length < columns.length) return { ok: false, why: 'missing_fields_in_text_row' };
  if (values.length > columns.length) return { ok: false, why: 'surplus_fields_in_text_row' };
  return { ok: true, names: columns, values };
}

function jsonFields(text: string): Fields {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    const line = text.trim();
    return { ok: false, why: line.startsWith('{') && !line.endsWith('}') ? 'row_truncated' : 'row_not_json' };
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return { ok: false, why: 'row_not_json' };
  return { ok: true, names: Object.keys(parsed), values: Object.values(parsed) };
}

/** A quote opens a value only at its start, as in the cutter; `\N` alone is NULL. */
function csvFields(line: string): (string | null)[] {
  const values: (string | null)[] = [];
  let at = 0;
  for (;;) {
    let start = at;
    while (line[start] === ' ' || line[start] === '\t') start += 1;
    if (line[start] === '"') {
      let value = '';
      let from = start + 1;
      for (;;) {
        const quote = line.indexOf('"', from);
        if (quote < 0) {
          values.push(value + line.slice(from));
          return values;
        }
        value += line.slice(from, quote);
        from = quote + 2;
        if (line[quote + 1] !== '"') break;
        value += '"';
      }
      const comma = line.indexOf(',', from - 1);
      values.push(value);
      if (comma < 0) return values;
      at = comma + 1;
    } else {
      const comma = line.indexOf(',', at);
      const value = (comma < 0 ? line.slice(at) : line.slice(at, comma)).trim();
      values.push(value === '\\N' ? null : value);
      if (comma < 0) return values;
      at = comma + 1;
    }
  }
}

const ESCAPES: Record<string, string> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', 0: '\0' };

function tsvFields(line: string): (string | null)[] {
  const fields = line.includes('\\') ? line.split(/(?<!(?<!\\)(?:\\\\)*\\)\t/) : line.split('\t');
  return fields.map((field) => {
    if (field === '\\N') return null;
    return field.includes('\\') ? field.replace(/\\([\s\S])/g, (_, one: string) => ESCAPES[one] ?? one) : field;
  });
}

/** What kind of value it is, with nothing of what it says. */
export function shapeOf(value: Sent): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'NULL';
  if (Array.isArray(value)) return `array of ${value.length}`;
  switch (typeof value) {
    case 'boolean':
      return 'true or false';
    case 'number':
      return numberShape(String(value));
    case 'object':
      return `object of ${Object.keys(value).length}`;
    default:
      return textShape(String(value));
  }
}

function numberShape(text: string): string {
  const sign = text.startsWith('-') ? 'negative ' : '';
  const [whole = '', fraction] = text.replace(/^[+-]/, '').split('.');
  if (!/^\d+$/.test(whole)) return `${sign}number`;
  if (fraction === undefined) return `${sign}whole number of ${whole.length} digits`;
  return `${sign}number of ${whole.length} digits and ${fraction.length} decimals`;
}

function textShape(text: string): string {
  if (text === '') return 'empty text';
  if (/^[+-]?\d+(\.\d+)?$/.test(text)) return `${numberShape(text)} as text`;
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return 'text that looks like a date';
  if (/^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/.test(text)) return 'text that looks like a time';
  return `text of ${[...text].length} characters`;
}

/** The same text with every letter and digit replaced by one of its kind: what it looks like, not what it says. */
export function masked(text: string): string {
  return text
    .replace(/\p{N}/gu, '9')
    .replace(/\p{Lu}/gu, 'X')
    .replace(/[\p{L}\p{M}]/gu, (one) => (one === 'X' ? one : 'x'));
}
