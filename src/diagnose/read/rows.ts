import { isRecord, parsedJson, textOf } from './json.ts';

/** One row of a dumped table, by column name. */
export type Row = Readonly<Record<string, string>>;
export type TakeRow = (row: Row, line: number) => void;

/** Reads the rows of one form of dump, line by line. */
export interface RowReader {
  /** The form by ClickHouse's name: `Vertical`, `TSVWithNames` … */
  form: string;
  line(text: string, number: number): void;
  end(): void;
}

const CELL = 16 * 1024;
const TYPES = /^(?:QueryStart|QueryFinish|ExceptionBeforeStart|ExceptionWhileProcessing|[1-4])$/;
const TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/;
const ESCAPES: Record<string, string> = { t: '\t', n: '\n', r: '\r', '0': '\0', b: '\b', f: '\f' };
const NAME = /^[A-Za-z_][\w.()'`, ]*$/;

function unescaped(cell: string): string {
  return cell.includes('\\') ? cell.replace(/\\(.)/g, (_, sign: string) => ESCAPES[sign] ?? sign) : cell;
}

function csvCells(line: string): string[] {
  const cells: string[] = [];
  for (const match of line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g))
    cells.push(match[1] === undefined ? (match[2] ?? '') : match[1].replaceAll('""', '"'));
  return cells;
}

function vertical(take: TakeRow): RowReader {
  let row: Record<string, string> = {};
  let at = 0;
  let last: string | undefined;
  const flush = () => {
    if (Object.keys(row).length > 0) take(row, at);
    row = {};
    last = undefined;
  };
  return {
    form: 'Vertical',
    line(text, number) {
      if (/^Row \d+:$/.test(text)) {
        flush();
        at = number;
      } else if (/^[─-]+$/.test(text)) return;
      else {
        const field = /^([A-Za-z_][\w.]*):\s(.*)$|^([A-Za-z_][\w.]*):$/.exec(text);
        const name = field?.[1] ?? field?.[3];
        if (name !== undefined && !(last === 'query' && /^\s/.test(text))) {
          row[name] = (field?.[2] ?? '').trim();
          last = name;
        } else if (last !== undefined && (row[last]?.length ?? 0) < CELL) row[last] += `\n${text}`;
      }
    },
    end: flush,
  };
}

function jsonRows(take: TakeRow): RowReader {
  return {
    form: 'JSONEachRow',
    line(text, number) {
      const value = parsedJson(text);
      if (isRecord(value)) take(flatRow(value), number);
    },
    end: () => undefined,
  };
}

/** `FORMAT JSON` prints each row over several lines, its braces alone on theirs, two tabs deep. */
function jsonDocument(take: TakeRow): RowReader {
  let lines: string[] | undefined;
  let at = 0;
  return {
    form: 'JSON',
    line(text, number) {
      if (/^\t\t\{$/.test(text)) {
        lines = ['{'];
        at = number;
      } else if (lines && /^\t\t\},?$/.test(text)) {
        const value = parsedJson(`${lines.join('\n')}}`);
        if (isRecord(value)) take(flatRow(value), at);
        lines = undefined;
      } else if (lines && lines.length < 2000) lines.push(text);
    },
    end: () => undefined,
  };
}

export function flatRow(value: Record<string, unknown>): Row {
  return Object.fromEntries(
    Object.entries(value).map(([name, cell]) => [name, textOf(cell) ?? (cell === null ? '' : JSON.stringify(cell))]),
  );
}

function separated(
  form: string,
  names: readonly string[] | undefined,
  cells: (line: string) => string[],
  take: TakeRow,
) {
  let header = names;
  const reader: RowReader = {
    form,
    line(text, number) {
      if (text === '') return;
      const values = cells(text);
      if (!header) {
        header = values;
        return;
      }
      // A second line of types stands under the names of …WithNamesAndTypes.
      if (
        values.every((value) =>
          /^(?:U?Int|Float|String|Date|Enum|LowCard|Nullable|Array|Map|UUID|IPv|Tuple|Dec|Bool)/.test(value),
        )
      )
        return;
      const known = header;
      take(Object.fromEntries(values.map((value, at) => [known[at] ?? `column ${at + 1}`, value])), number);
    },
    end: () => undefined,
  };
  return reader;
}

/** Tables drawn for people, `PrettyCompact` and its kin. */
function pretty(take: TakeRow): RowReader {
  let header: string[] = [];
  return {
    form: 'Pretty',
    line(text, number) {
      if (/^\s*(?:\d+\. )?[┌╭]/.test(text))
        header = text
          .replace(/[┌╭┐╮─]+/g, ' ')
          .split('┬')
          .map((name) => name.trim());
      else if (text.includes('┃'))
        header = text
          .split('┃')
          .slice(1, -1)
          .map((name) => name.trim());
      else if (text.includes('│')) {
        const cells = text
          .slice(text.indexOf('│') + 1)
          .split('│')
          .map((cell) => cell.trim());
        if (header.length > 0) take(Object.fromEntries(header.map((name, at) => [name, cells[at] ?? ''])), number);
      }
    },
    end: () => undefined,
  };
}

/** Columns of a dump of query_log without names: told by what stands in the first row. */
function namesByContent(cells: readonly string[]): string[] | undefined {
  const type = cells.findIndex((cell) => TYPES.test(cell) && !/^\d$/.test(cell));
  if (type === -1 || !cells.some((cell) => TIME.test(cell))) return undefined;
  const rest = ['query', 'exception_code', 'exception'];
  return cells.map((cell, at) => {
    if (at === type) return 'type';
    if (TIME.test(cell) && at < type) return 'event_time';
    if (at < type) return `column ${at + 1}`;
    return rest[at - type - 1] ?? `column ${at + 1}`;
  });
}

const KNOWN_COLUMNS = new Set(
  'event_time event_time_microseconds event_date type query query_id exception exception_code user initial_user message level logger_name written_rows read_rows query_duration_ms event_type part_name status flush_time database table name data_files last_exception is_readonly zookeeper_exception latest_fail_reason view_name code value last_error_message rows timestamp'.split(
    ' ',
  ),
);

function isHeader(cells: readonly string[]): boolean {
  return (
    cells.length >= 2 &&
    cells.every((cell) => NAME.test(cell)) &&
    cells.filter((cell) => KNOWN_COLUMNS.has(cell)).length >= 2
  );
}

/** The reader for a dump of a table, by its first lines; undefined where the text is no such dump. */
export function rowReaderFor(head: readonly string[], take: TakeRow): RowReader | undefined {
  const lines = head.filter((line) => line.trim() !== '');
  const [first = '', second = ''] = lines;
  if (/^Row \d+:$/.test(first) && /^[─-]+$/.test(second)) return vertical(take);
  if (/^\s*(?:\d+\. )?[┌╭┏]/.test(first)) return pretty(take);
  if (first === '{' && /^\t?\s*"meta":/.test(second)) return jsonDocument(take);
  if (first.startsWith('{"')) {
    const value = parsedJson(first);
    const columns = isRecord(value) ? Object.keys(value).filter((name) => KNOWN_COLUMNS.has(name)) : [];
    const isDump =
      isRecord(value) &&
      columns.length >= 3 &&
      ('event_time' in value ||
        'event_time_utc' in value ||
        'event_date' in value ||
        'event_time_microseconds' in value);
    return isDump ? jsonRows(take) : undefined;
  }
  const tabs = first.split('\t').map(unescaped);
  const tsv = (line: string) => line.split('\t').map((cell) => unescaped(cell).slice(0, CELL));
  if (isHeader(tabs)) return separated('TSVWithNames', undefined, tsv, take);
  const byTabs = tabs.length >= 3 ? namesByContent(tabs) : undefined;
  if (byTabs) return separated('TSV', byTabs, tsv, take);
  const commas = csvCells(first);
  if (isHeader(commas)) return separated('CSVWithNames', undefined, csvCells, take);
  const byCommas = commas.length >= 3 ? namesByContent(commas) : undefined;
  return byCommas ? separated('CSV', byCommas, csvCells, take) : undefined;
}
