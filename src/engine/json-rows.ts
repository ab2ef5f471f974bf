import { StringDecoder } from 'node:string_decoder';
import { EngineError, serverError } from './errors.ts';

/**
 * How 64-bit integers and decimals are kept whole:
 * `quoted`: the server writes them as strings. `typed`: it may not be told to (readonly = 1), so types come with
 * the rows and tell which numbers become strings. `lossless`: it neither quotes nor tells; numbers that a double
 * cannot give back become strings.
 */
export type NumberMode = 'quoted' | 'typed' | 'lossless';

export const ROW_FORMATS: Record<NumberMode, string> = {
  quoted: 'JSONEachRow',
  typed: 'JSONCompactEachRowWithNamesAndTypes',
  lossless: 'JSONEachRow',
};

/** Stands before a number that was quoted here; a value of the data cannot be taken for one. */
const MARK = `\u0001${Math.random().toString(36).slice(2, 10)}:`;
const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const WIDE = /\b(?:U?Int(?:64|128|256)|Decimal)/;

function quoteNumbers(line: string, which: (token: string) => boolean, mark: string): string {
  return line.replace(STRING_OR_NUMBER, (token) =>
    token.startsWith('"') || !which(token) ? token : `${JSON.stringify(mark + token)}`,
  );
}

function settle(value: unknown, wide: boolean): unknown {
  if (typeof value === 'string' && value.startsWith(MARK)) {
    const number = value.slice(MARK.length);
    return wide ? number : Number(number);
  }
  if (Array.isArray(value)) return value.map((item) => settle(item, wide));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, settle(item, wide)]));
  }
  return value;
}

/** Reads lines of JSON as rows in one of the modes. */
function rowReader(mode: NumberMode): (line: string) => unknown {
  if (mode === 'quoted') return (line) => JSON.parse(line);
  if (mode === 'lossless') {
    return (line) => JSON.parse(quoteNumbers(line, (token) => String(Number(token)) !== token, ''));
  }
  let names: string[] | undefined;
  let wide: boolean[] | undefined;
  return (line) => {
    if (names === undefined || wide === undefined) {
      const texts: string[] = JSON.parse(line);
      if (names === undefined) names = texts;
      else wide = texts.map((type) => WIDE.test(type));
      return undefined;
    }
    const values: unknown[] = JSON.parse(quoteNumbers(line, () => true, MARK));
    const settled = values.map((value, index) => settle(value, wide?.[index] ?? false));
    return Object.fromEntries(names.map((name, index) => [name, settled[index]]));
  };
}

/** Lines, as many at once as a chunk ends: a step of an async generator for each would cost more than its parsing. */
async function* lineBatches(body: AsyncIterable<Buffer>): AsyncGenerator<string[]> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of body) {
    const parts = (rest + decoder.write(chunk)).split('\n');
    rest = parts.pop() ?? '';
    yield parts;
  }
  rest += decoder.end();
  if (rest !== '') yield [rest];
}

function brokenLine(line: string, queryId: string, cause: unknown): EngineError {
  const message = 'the answer to a query broke off, or is no JSON: something between may have changed it';
  return (
    serverError(line, { queryId }) ??
    new EngineError({ failure: 'not-clickhouse', message, serverText: line.slice(0, 4000), queryId, cause })
  );
}

/** Rows of a body in `ROW_FORMATS[mode]`, in batches. A line that is no JSON throws: what the server wrote instead, if it wrote something. */
export async function* jsonRows(body: AsyncIterable<Buffer>, mode: NumberMode, queryId: string) {
  const read = rowReader(mode);
  for await (const lines of lineBatches(body)) {
    const rows: unknown[] = [];
    let broken: EngineError | undefined;
    for (const line of lines) {
      if (line.trim() === '') continue;
      try {
        const row = read(line);
        if (row !== undefined) rows.push(row);
      } catch (cause) {
        broken = brokenLine(line, queryId, cause);
        break;
      }
    }
    if (rows.length > 0) yield rows;
    if (broken) throw broken;
  }
}
