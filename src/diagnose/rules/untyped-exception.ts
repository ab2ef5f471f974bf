import type { EvidenceEvent } from '../../model/evidence.ts';
import type { Finding } from '../../model/finding.ts';
import type { EvidenceView, Rule } from '../../model/rule.ts';
import type { Because } from '../../model/verdict.ts';
import { nameOfCode } from '../catalogue/codes.ts';
import { fixedWidth } from '../fixed-width.ts';
import { type InsertsSeen, insertsSeen } from '../inserts-seen.ts';
import { pagePath } from '../page.ts';
import { cite } from '../pattern.ts';

/** `…error: 1` at the end of a line or before a separator: what is left of an exception whose type nobody printed. */
const HEAD = String.raw`\b(?:error|exception|failed|failure|failed to \w[^:=\n]{0,60}|could not [^:=\n]{0,60}|cannot [^:=\n]{0,60})(?: [a-z ]{0,30})?"?`;
const TAIL = String.raw`\s*(?:$|[|;,}\])])`;
// A blank after the colon, or an equals sign: `host:8123` is no number of an exception.
/** `error=1`, but not `lost rows=1`: before an equals sign the word itself must be one of failure. */
const BEFORE_EQUALS = String.raw`\b(?:error|err|exception|exc|failure|failed)"?`;
const SEPARATED = String.raw`(?:${HEAD}\s?[:=]\s+|${BEFORE_EQUALS}=)`;
const BARE_NUMBER = new RegExp(String.raw`${SEPARATED}['"]?(\d{1,4})['"]?${TAIL}`, 'im');
/** The same with a quoted word, as `str(KeyError('name'))` prints it. */
const BARE_WORD = new RegExp(String.raw`${SEPARATED}'([\w.-]{1,60})'${TAIL}`, 'im');
const A_CODE =
  /\bActual\b|\bexpected\b|\b(?:exit|status|return|http|error) ?(?:code|status)\b|Code: ?\d|\berrno\b|::\w*Exception|\b\d+ errors?\b(?! \w)|\berrors ?[:=]/i;

interface Bare {
  event: EvidenceEvent;
  value: string;
  isNumber: boolean;
}

function bare(view: EvidenceView): Bare | undefined {
  for (const event of view.events) {
    if (event.origin !== 'client' || !event.trouble || event.recovered || A_CODE.test(event.flat)) continue;
    if (event.exceptions.some(({ by, code }) => by === 'server' && code !== undefined)) continue;
    const number = BARE_NUMBER.exec(event.text)?.[1];
    if (number !== undefined) return { event, value: number, isNumber: true };
    const word = BARE_WORD.exec(event.text)?.[1];
    if (word !== undefined) return { event, value: word, isNumber: false };
  }
  return undefined;
}

/** Index of the first column that has no fixed width, and which table it is of. */
function firstVariable(view: EvidenceView): { table: string; index: number; column: string }[] {
  return view.tables.flatMap(({ name, columns }) => {
    const index = columns.findIndex(({ type }) => !fixedWidth(type));
    const column = columns[index];
    return column ? [{ table: name, index, column: `${column.name} ${column.type}` }] : [];
  });
}

/** Attempts that failed alike within a second or two of connecting. */
function atOnce(view: EvidenceView, { event }: Bare): Because[] {
  const times = [event, ...event.again];
  if (event.count < 2) return [];
  const connected = view.events.find(
    ({ file, flat }) => file === event.file && /connected|connection (?:established|ok)/i.test(flat),
  );
  const after = connected === undefined ? '' : ', each right after it had connected';
  const lines = times
    .slice(0, 4)
    .map(({ line }) => line)
    .join(', ');
  return [
    {
      text: `it failed ${event.count} times alike (lines ${lines})${after}: deterministic, so neither network nor load`,
      file: event.file,
      line: event.line,
    },
  ];
}

/** An exception of the client program printed without its type: a bare number or word with no server’s form around it. */
export const untypedException: Rule = {
  id: 'untyped-exception',
  page: 'client-python',
  causes: ['client_exception_untyped', 'client_rows_are_dicts'],
  explain(view) {
    const found = bare(view);
    if (!found) return [];
    const inserts = insertsSeen(view);
    const tables = firstVariable(view);
    const fits = tables.find(({ index }) => found.isNumber && index === Number(found.value));
    const base: Because[] = [cite(found.event), ...atOnce(view, found), ...inserts.because];
    if (fits && inserts.state === 'none') return [rowsAreDicts(found, fits, base)];
    return [untyped(found, inserts, tables, fits, base)];
  },
};

function rowsAreDicts({ value }: Bare, fits: ReturnType<typeof firstVariable>[number], because: Because[]): Finding {
  return {
    cause: 'client_rows_are_dicts',
    side: 'client',
    confidence: 'likely',
    summary: `The rows are dicts where the client library wants lists: ${value} is what is left of KeyError(${value}), the index of the first column of variable width, and no INSERT was sent`,
    because: [
      ...because,
      { text: `${value} is the index of ${fits.column}, the first column of variable width of ${fits.table}` },
    ],
    alternatives: [
      {
        cause: 'client_exception_untyped',
        summary: 'another exception of the program that prints as this number',
        question: 'Which type has the exception? Log type(exc).__name__ and the traceback',
      },
    ],
    remedies: [
      'Convert the rows before the insert: [[row[name] for name in columns] for row in rows], with column_names=columns',
      'Log type and traceback (logger.exception) instead of str(exc), and do not retry what no retry can mend',
    ],
    page: pagePath('client-python'),
  };
}

function untyped(
  { event, value, isNumber }: Bare,
  inserts: InsertsSeen,
  tables: ReturnType<typeof firstVariable>,
  fits: ReturnType<typeof firstVariable>[number] | undefined,
  because: Because[],
): Finding {
  const name = isNumber ? nameOfCode(Number(value)) : undefined;
  const notServers = name === undefined ? '' : `; ClickHouse’s code ${value} is ${name} and never reads like this`;
  const mayBeDicts = isNumber && inserts.state !== 'some' && (tables.length === 0 || fits !== undefined);
  const alternatives: Finding['alternatives'] = [
    ...(mayBeDicts
      ? [
          {
            cause: 'client_rows_are_dicts',
            summary: `the rows are dicts: str(KeyError(${value})) prints ${value}`,
            question: `Are the rows that are given to insert() dicts, and is ${value} the index (from 0) of the target’s first column of variable width?`,
          },
        ]
      : []),
    ...(isNumber
      ? []
      : [
          {
            cause: 'client_dict_key_missing',
            summary: `a row has no key ${value}: str(KeyError('${value}')) prints '${value}'`,
            question: `Does every row have the key ${value}?`,
          },
        ]),
    {
      cause: 'client_value_type_wrong',
      summary: 'a value has another type than its column',
      question: 'Which type has the exception? Log type(exc).__name__ and the traceback',
    },
  ];
  const against =
    !isNumber || tables.length === 0 || fits
      ? []
      : [
          {
            text: `${value} is not the index of the first column of variable width of ${tables.map(({ table, index }) => `${table} (${index})`).join(', ')}, so it is no sign of rows given as dicts`,
          },
        ];
  return {
    cause: 'client_exception_untyped',
    side: 'client',
    confidence: inserts.state === 'some' ? 'possible' : 'likely',
    summary: `An exception of the client program printed without its type${notServers}${inserts.state === 'not-established' ? '; that no INSERT arrived is not established' : ''}`,
    because: [
      ...because,
      ...against,
      ...(fits
        ? [{ text: `${value} is the index of ${fits.column}, the first column of variable width of ${fits.table}` }]
        : []),
    ],
    alternatives: alternatives.slice(0, 3),
    remedies: [
      `Log the exception’s type and traceback where line ${event.line} of ${event.file} is printed: logger.exception, or repr(exc) instead of str(exc)`,
      ...(inserts.state === 'not-established'
        ? inserts.settle.map((one) => `To know whether an INSERT arrived: ${one}`)
        : []),
      'Do not retry an error whose type is not known to be mended by a retry',
    ],
    page: pagePath('client-python'),
  };
}
