import type { Token } from './lexer.ts';

/** The part of an INSERT before its data. Positions are bytes of the statement's text. */
export interface InsertHead {
  /** False for INSERT … SELECT. */
  takesData: boolean;
  /** Format of the data; `Values` for VALUES. */
  format: string;
  /** Where the data begin. */
  dataStart: number;
  /** Where `FROM INFILE` may be put: before SETTINGS, FORMAT or VALUES. */
  sourceAt: number;
  /** Where the format (or VALUES) clause starts. */
  clauseAt: number;
  table: string | undefined;
  database: string | undefined;
}

interface Target {
  table: string | undefined;
  database: string | undefined;
  /** Index of the first token after the table's name. */
  end: number;
}

const upper = (token: Token | undefined) => (token?.kind === 'word' ? token.text.toUpperCase() : '');

/**
 * The head of an INSERT once its last token, outside of brackets, says where data or a SELECT begin. Words count as clauses only after the
 * table's name: a table may be called `format`, and what follows it must not pass for data.
 */
export function insertHead(all: readonly Token[], text: string, soFar: InsertHead | undefined): InsertHead | undefined {
  const token = all.at(-1);
  const before = all.at(-2);
  const word = upper(token);
  const afterFormat =
    upper(before) === 'FORMAT' && token?.kind !== 'punctuation' && !/^(SELECT|WITH|FROM|SETTINGS)$/.test(word);
  const begins = soFar === undefined && /^(VALUES|SELECT|WITH)$/.test(word);
  if (token === undefined || before === undefined || !(afterFormat || begins)) return soFar;
  const target = readTarget(all);
  const index = all.length - 1;
  if (target === undefined || index < target.end + (afterFormat ? 1 : 0)) return soFar;
  const { table, database, end } = target;
  const settings = all.find((each, at) => at >= end && upper(each) === 'SETTINGS')?.start;
  if (afterFormat) {
    // INSERT … SELECT … takes data only where it reads input().
    if (soFar !== undefined && !readsInput(all)) return soFar;
    const sourceAt = settings ?? before.start;
    return {
      table,
      database,
      takesData: true,
      format: token.text,
      dataStart: skipBlank(text, token.end),
      sourceAt,
      clauseAt: before.start,
    };
  }
  if (word === 'VALUES') {
    const sourceAt = settings ?? token.start;
    return {
      table,
      database,
      takesData: true,
      format: 'Values',
      dataStart: token.end,
      sourceAt,
      clauseAt: token.start,
    };
  }
  return { table, database, takesData: false, format: '', dataStart: text.length, sourceAt: 0, clauseAt: 0 };
}

/** Whether the statement reads `input()`, the data sent with it: the engine would take none and say nothing. */
export function readsInput(all: readonly Token[]): boolean {
  return all.some((token, index) => token.text.toLowerCase() === 'input' && all[index + 1]?.text === '(');
}

/** After FORMAT name: spaces, a semicolon, then one line break, belong to the statement; what follows is data. */
function skipBlank(text: string, from: number): number {
  const blank = /[ \t]*(?:;[ \t]*)?(?:\r?\n)?/y;
  blank.lastIndex = from;
  return from + (blank.exec(text)?.[0].length ?? 0);
}

/** `INSERT [INTO] [TABLE] [database.]table`, or `… FUNCTION name(…)`. Undefined while it is not whole. */
function readTarget(all: readonly Token[]): Target | undefined {
  let at = 1;
  if (upper(all[at]) === 'INTO') at += 1;
  if (upper(all[at]) === 'TABLE') at += 1;
  if (upper(all[at]) === 'FUNCTION') {
    const close = closing(all, at + 2, '(', ')');
    return close === undefined ? undefined : { table: undefined, database: undefined, end: close + 1 };
  }
  const first = name(all, at);
  if (first === undefined) return undefined;
  if (all[first.end]?.text !== '.' || all[first.end]?.kind !== 'punctuation')
    return { database: undefined, table: first.text, end: first.end };
  const second = name(all, first.end + 1);
  return second && { database: first.text, table: second.text, end: second.end };
}

/** A name, or a `{parameter:Identifier}` whose value is not known here. */
function name(all: readonly Token[], at: number): { text: string | undefined; end: number } | undefined {
  const token = all[at];
  if (token === undefined) return undefined;
  if (token.text !== '{' || token.kind !== 'punctuation') return { text: token.text, end: at + 1 };
  const close = closing(all, at, '{', '}');
  return close === undefined ? undefined : { text: undefined, end: close + 1 };
}

function closing(all: readonly Token[], from: number, open: string, close: string): number | undefined {
  let depth = 0;
  for (let at = from; at < all.length; at += 1) {
    if (all[at]?.kind !== 'punctuation') continue;
    if (all[at]?.text === open) depth += 1;
    if (all[at]?.text === close) depth -= 1;
    if (depth === 0) return at;
  }
  return undefined;
}
