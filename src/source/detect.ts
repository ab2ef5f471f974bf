import { type Format, type InputError, isRowFormat, type Source } from '../model/source.ts';
import { commonWidth, digitsAsText, looksLikeHeader, readRecords } from './delimited.ts';
import { containerOf, isBinary, wholeFormatOf, wideEncodingOf } from './magic.ts';
import { formatOfName } from './names.ts';

export interface Looked extends Pick<Source, 'format' | 'formatBy' | 'firstRow' | 'header' | 'digitsAsText'> {
  notes: string[];
  fault?: Pick<InputError, 'code' | 'message'> | undefined;
}

/** The beginning of a source: unpacked, without a byte order mark. */
export interface Head {
  bytes: Uint8Array;
  complete: boolean;
  fileName: string;
  /** It is unpacked gzip. */
  packed: boolean;
}

/** Says what the beginning of a source is. Content beats name; `forced` (--format) beats both. Pure. */
export function detect(head: Head, forced: Format | undefined): Looked {
  const named = formatOfName(head.fileName);
  const supposed = forced ?? named ?? 'JSONEachRow';
  const refuse = (code: string, message: string): Looked => ({
    format: supposed,
    formatBy: forced ? 'option' : 'name',
    notes: [],
    fault: { code, message },
  });

  if (head.bytes.length === 0 && head.complete) {
    return { format: supposed, formatBy: forced ? 'option' : 'name', notes: ['empty'] };
  }
  const container = containerOf(head.bytes);
  if (container) {
    const next = container.tool === '' ? '' : `: unpack it first (${container.tool})`;
    return refuse('INPUT_NOT_ROWS', `is ${container.what}${next}`);
  }
  const whole = wholeFormatOf(head.bytes);
  if (whole && (!forced || isRowFormat(forced))) {
    if (forced) return refuse('INPUT_WRONG_FORMAT', `was said to be ${forced}, and is ${whole}`);
    if (head.packed) return refuse('INPUT_NOT_ROWS', `holds ${whole} inside gzip: unpack it first (gunzip)`);
    return settled(whole, named);
  }
  if (supposed === 'Parquet' && !whole) {
    const text = forced ? undefined : rowsOf(head, undefined);
    if (text && !text.fault) return { ...text, notes: [`named Parquet, holds ${text.format}`, ...text.notes] };
    return refuse('INPUT_NOT_PARQUET', 'is not Parquet: it does not begin with PAR1');
  }
  if (forced && !isRowFormat(forced)) {
    if (head.packed) return refuse('INPUT_NOT_ROWS', `holds ${forced} inside gzip: unpack it first (gunzip)`);
    return { format: forced, formatBy: 'option', notes: [] };
  }
  const wide = wideEncodingOf(head.bytes);
  if (wide) return refuse('INPUT_UTF16', `is ${wide} text: convert it first (iconv -f ${wide} -t UTF-8)`);
  if (forced) return { format: forced, formatBy: 'option', notes: [], ...recordsOf(head, forced) };
  if (named && !isRowFormat(named)) return { format: named, formatBy: 'name', notes: [] };
  return rowsOf(head, named);
}

function settled(format: Format, named: Format | undefined): Looked {
  const agrees = named === undefined || named === format;
  return { format, formatBy: 'content', notes: agrees ? [] : [`named ${named}, holds ${format}`] };
}

const JSON_BEGIN = /^\s*(?:\{\s*["}]|\[\s*[{\]])/;

/** One of the formats of rows, by the text itself, and where that does not tell, by name. */
function rowsOf(head: Head, named: Format | undefined): Looked {
  const none = (code: string, message: string): Looked => ({
    format: named ?? 'JSONEachRow',
    formatBy: 'name',
    notes: [],
    fault: { code, message },
  });
  if (isBinary(head.bytes)) return none('INPUT_BINARY', 'is neither text nor a format that begins with its own mark');
  const text = new TextDecoder().decode(head.bytes);
  if (text.trim() === '') return { format: named ?? 'JSONEachRow', formatBy: 'name', notes: ['nothing but blanks'] };
  if (JSON_BEGIN.test(text)) {
    const json = settled('JSONEachRow', named);
    return /^\s*\[/.test(text) ? { ...json, notes: [...json.notes, 'JSON array'] } : json;
  }
  if (/^\s*<(?:!doctype|html|\?xml|[a-z]+[\s>])/i.test(text)) {
    return none('INPUT_NOT_ROWS', 'is an HTML or XML document, not rows');
  }
  const delimited = delimitedOf(head, named);
  if (delimited === undefined) {
    const name = named === undefined ? '' : `is named as ${named}, and `;
    return none('INPUT_FORMAT_UNKNOWN', `${name}does not show its format: name it with --format`);
  }
  const comma = delimited === 'CSV';
  const records = readRecords(text, comma ? ',' : '\t', head.complete);
  const { header, why } = looksLikeHeader(records);
  const agreed = settled(delimited, named);
  return {
    ...agreed,
    format: header === 'no' ? delimited : `${delimited}WithNames`,
    formatBy: named === delimited ? 'name' : 'content',
    notes: [...agreed.notes, `${header === 'no' ? 'no header' : 'a header'}: ${why}`],
    firstRow: records[0],
    header,
    digitsAsText: digitsAsText(records),
  };
}

/** The delimiter that cuts every record alike wins; when both do or none does, the name decides. */
function delimitedOf(head: Head, named: Format | undefined): 'CSV' | 'TabSeparated' | undefined {
  const text = new TextDecoder().decode(head.bytes);
  const fits = (delimiter: ',' | '\t'): boolean => {
    const records = readRecords(text, delimiter, head.complete);
    // Without a name to lean on, one line with a comma in it is no table.
    return (commonWidth(records) ?? 0) > 1 && (records.length > 1 || named !== undefined);
  };
  const [csv, tsv] = [fits(','), fits('\t')];
  if (csv !== tsv) return csv ? 'CSV' : 'TabSeparated';
  if (named === 'CSV' || named === 'TabSeparated') return named;
  return csv ? 'TabSeparated' : undefined;
}

function recordsOf(head: Head, format: Format): Pick<Source, 'firstRow' | 'digitsAsText'> {
  if (format === 'JSONEachRow') return {};
  const delimiter = format.startsWith('CSV') ? ',' : '\t';
  const records = readRecords(new TextDecoder().decode(head.bytes), delimiter, head.complete);
  return { firstRow: records[0], digitsAsText: digitsAsText(records) };
}
