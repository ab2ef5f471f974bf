/** Records of a delimited text, as far as whole ones are there. For looking at the head of a source; rows are never read this way. */
export function readRecords(text: string, delimiter: ',' | '\t', complete: boolean, max = 200): string[][] {
  return delimiter === ',' ? readCsv(text, complete, max) : readTsv(text, complete, max);
}

function readCsv(text: string, complete: boolean, max: number): string[][] {
  const records: string[][] = [];
  // Blanks before a quote are none of the value; a quote within an unquoted field is an ordinary character.
  const field = /[ \t]*"((?:[^"]|"")*)"[ \t]*(,|\r?\n|$)|([^,\n]*)(,|\n|$)/y;
  let record: string[] = [];
  while (field.lastIndex < text.length && records.length < max) {
    const found = field.exec(text);
    if (!found) break;
    const [, quoted, quotedEnd, plain, plainEnd] = found;
    const end = quoted === undefined ? plainEnd : quotedEnd;
    record.push(quoted === undefined ? (plain ?? '').replace(/\r$/, '').trim() : quoted.replaceAll('""', '"'));
    if (end === ',' && field.lastIndex < text.length) continue;
    if (end === ',') record.push('');
    if (end === '' || end === ',' ? complete : true) records.push(record);
    record = [];
  }
  return records.filter((cells) => cells.length > 1 || cells[0] !== '');
}

const TSV_ESCAPES: Record<string, string> = { b: '\b', f: '\f', r: '\r', n: '\n', t: '\t', '0': '\0' };

function readTsv(text: string, complete: boolean, max: number): string[][] {
  const lines = text.split(/(?<=(?<!\\)(?:\\\\)*)\n/, max + 1);
  if (lines.length <= max && (!complete || lines.at(-1) === '')) lines.pop();
  return lines
    .slice(0, max)
    .map((line) => line.replace(/\r$/, ''))
    .filter((line) => line !== '')
    .map((line) => line.split('\t').map((cell) => cell.replace(/\\(.)/gs, (_, char) => TSV_ESCAPES[char] ?? char)));
}

/** Columns that all records have; undefined when they differ, or there are none. */
export function commonWidth(records: readonly string[][]): number | undefined {
  const width = records[0]?.length;
  return records.every((record) => record.length === width) ? width : undefined;
}

const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$|^(?:nan|[-+]?inf(?:inity)?)$/i;
const DATE = /^\d{4}[-/]\d{1,2}[-/]\d{1,2}(?:[T ]\d{1,2}:\d{2}.*)?$|^\d{1,2}[./]\d{1,2}[./]\d{2,4}$/;
const WORD = /^(?:true|false|null|\\N)$/i;
/** What people name columns: a letter first, no more than a few words. */
const NAME_LIKE = /^[\p{L}_$@#][^\n\r\t]{0,63}$/u;

function isText(cell: string): boolean {
  return cell !== '' && !NUMBER.test(cell) && !DATE.test(cell) && !WORD.test(cell);
}

/** Whether the first record is a header, by its looks, and the reason in a phrase. */
export function looksLikeHeader(records: readonly string[][]): { header: 'certain' | 'likely' | 'no'; why: string } {
  const [first, ...rest] = records;
  if (!first) return { header: 'no', why: 'no row' };
  if (!first.every(isText)) return { header: 'no', why: 'its first row holds values' };
  if (new Set(first).size < first.length) return { header: 'no', why: 'its first row repeats itself' };
  const typed = first.some((_, column) => {
    const cells = rest.map((record) => record[column] ?? '').filter((cell) => cell !== '');
    return cells.length > 0 && cells.every((cell) => !isText(cell));
  });
  if (typed) return { header: 'certain', why: 'its first row is text above values' };
  const repeated = first.some((name, column) => rest.some((record) => record[column] === name));
  if (repeated || !first.every((name) => NAME_LIKE.test(name))) {
    return { header: 'no', why: 'its first row looks like the others' };
  }
  return { header: 'likely', why: 'its first row reads like names' };
}

const DIGITS_AS_TEXT = /^[-+]?0\d+$|^\+\d|^-?\d{19,}$/;

/** Columns in which digits would not survive being read as a number: `00501`, `+79001234567`, card numbers. */
export function digitsAsText(records: readonly string[][]): number[] {
  const width = Math.max(0, ...records.map((record) => record.length));
  return Array.from({ length: width }, (_, column) => column).filter((column) =>
    records.some((record) => DIGITS_AS_TEXT.test(record[column] ?? '')),
  );
}
