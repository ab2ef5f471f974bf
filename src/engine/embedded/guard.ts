import { type EngineException, exception } from './exception.ts';
import { AmbiguousText, type Token, tokens } from './lexer.ts';

/**
 * What grants cannot stop in an engine that believes itself to be `clickhouse local`: the client clauses INTO OUTFILE and FROM INFILE,
 * the scalar function `file()` (which reads any file the process may read), disks defined inside a statement, BACKUP and RESTORE, and
 * strings that the engine itself parses as SQL, and table engines that take a path or a command. Refused here, before the engine sees the statement, with the server's codes.
 */
export function guardStatement(all: readonly Token[]): void {
  const first = all.find((token) => token.text !== '(');
  if (isWord(first, 'BACKUP') || isWord(first, 'RESTORE')) throw denied(`${first?.text.toUpperCase()} ON *.*`);
  for (const [index, token] of all.entries()) {
    const next = all[index + 1];
    if (isWord(token, 'OUTFILE')) throw exception(358, 'INTO_OUTFILE_NOT_ALLOWED', 'INTO OUTFILE is not allowed');
    if (isWord(token, 'INFILE')) {
      throw exception(78, 'UNKNOWN_TYPE_OF_QUERY', 'Query has infile and was send directly to server');
    }
    if (isName(token, 'disk') && next?.text === '(') throw denied('CREATE RESOURCE ON *.*');
    if (isName(token, 'datalakecatalog')) throw denied('TABLE ENGINE ON DataLakeCatalog');
    if (next?.text === '(' && OUTSIDE.has(token.text.toLowerCase()) && token.kind !== 'string') {
      throw denied(`TABLE ENGINE ON ${token.text}`);
    }
    if (token.kind !== 'string' && /^input_format_values_(interpret|deduce)/i.test(token.text)) {
      throw exception(452, 'SETTING_CONSTRAINT_VIOLATION', `Setting ${token.text} should not be changed`);
    }
  }
  if (
    isWord(first, 'ATTACH') &&
    all.some((token, index) => isWord(token, 'FROM') && all[index + 1]?.kind === 'string')
  ) {
    throw exception(481, 'PATH_ACCESS_DENIED', 'Data directories cannot be attached');
  }
  if (callsFile(all)) throw denied('READ ON FILE');
  if (all.some((token) => isWord(token, 'SETTINGS') || isWord(token, 'SET'))) all.forEach(guardString);
  guardStructures(all);
}

// Engines with a path or a command among their arguments that no grant covers. Without arguments they are harmless, or refused.
const OUTSIDE = new Set(['filelog', 'executable', 'executablepool', 'embeddedrocksdb']);

/**
 * The rows after VALUES: expressions among them are evaluated with all the engine may do, and after a semicolon its client would go on
 * with another statement. `unreadable` rows must reach the engine through a file, where neither happens.
 * @throws EngineException for what may not be called, subqueries, and a second statement
 */
export function guardValues(text: string): 'literals' | 'expressions' | 'unreadable' {
  if (literalsOnly(text)) return 'literals';
  const all: Token[] = [];
  try {
    for (const token of tokens(text)) all.push(token);
  } catch (thrown) {
    if (thrown instanceof AmbiguousText) return 'unreadable';
    throw thrown;
  }
  const end = all.findIndex((token) => token.kind === 'punctuation' && token.text === ';');
  if (end !== -1 && end < all.length - 1) {
    throw exception(62, 'SYNTAX_ERROR', 'Syntax error (Multi-statements are not allowed): failed after VALUES');
  }
  // The parser of rows knows neither comments nor heredocs: what they seem to hide here may be a semicolon there.
  if (text.includes(';') && /--|\/[*/]|#|\$/.test(text)) return 'unreadable';
  const expressions = all.some(
    (token) => token.kind === 'quoted' || (token.kind === 'word' && !/^(null|true|false|nan|inf)$/i.test(token.text)),
  );
  if (!expressions) return 'literals';
  if (all.some((token) => isWord(token, 'SELECT'))) {
    throw exception(48, 'NOT_IMPLEMENTED', 'Subqueries among VALUES are not supported by the embedded engine');
  }
  guardStatement(all);
  return 'expressions';
}

// A run of literals, commas and brackets; a limited one, so that the matcher's stack is too.
const LITERALS =
  /(?:[\t-\r (),[\]]+|\d[\d.]*(?:[eE][+-]?\d+)?(?![\w$])|-(?!-)|'[^'\\]*(?:\\[\s\S][^'\\]*)*'|(?:NULL|null|true|false)(?![\w$])){1,500}/y;

/** The usual rows, told ten times faster than by cutting them into tokens. */
function literalsOnly(text: string): boolean {
  LITERALS.lastIndex = 0;
  while (LITERALS.lastIndex < text.length) if (!LITERALS.test(text)) return false;
  return true;
}

/** A setting's value or a bound parameter: the engine parses some of them as expressions. */
export function guardText(text: string): void {
  if (!/file|disk|\\/i.test(text)) return;
  let inner: Token[];
  try {
    inner = [...tokens(text)];
  } catch {
    if (/file\W*\(/i.test(text)) throw denied('READ ON FILE');
    return;
  }
  if (callsFile(inner)) throw denied('READ ON FILE');
  for (const token of inner) if (token.kind === 'string' && token.text.length < text.length) guardText(token.text);
}

const guardString = (token: Token) => {
  if (token.kind === 'string') guardText(token.text);
};

/** `file(…)`, and `file` by name as a function: `APPLY file`, `arrayMap(file, …)`. A column of that name may be qualified. */
function callsFile(all: readonly Token[]): boolean {
  const higher = all.some(
    (token) => isWord(token, 'APPLY') || (token.kind !== 'string' && /^(array|map)[A-Z]/.test(token.text)),
  );
  return all.some((token, index) => {
    if (token.kind === 'string' || token.text !== 'file' || all[index - 1]?.text === '.') return false;
    return higher || all[index + 1]?.text === '(';
  });
}

// Table functions whose arguments are a structure or rows, both of which may hold expressions in text.
const PARSED = new Set(['format', 'values', 'input', 'null', 'generaterandom']);

/** Their arguments must be literals, so that what the engine will parse can be read here. */
function guardStructures(all: readonly Token[]): void {
  for (const [index, token] of all.entries()) {
    if (token.kind === 'string' || !PARSED.has(token.text.toLowerCase()) || all[index + 1]?.text !== '(') continue;
    const first = all[index + 2];
    // format('{} {}', a, b), the scalar function.
    if (token.text.toLowerCase() === 'format' && first?.kind === 'string' && first.text.includes('{')) continue;
    let depth = 0;
    for (let at = index + 1; at < all.length; at += 1) {
      const each = all[at];
      const next = all[at + 1];
      if (each === undefined) break;
      if (each.text === '(' && each.kind === 'punctuation') depth += 1;
      if (each.text === ')' && each.kind === 'punctuation') depth -= 1;
      if (depth === 0) break;
      const computed =
        each.kind !== 'string' && each.kind !== 'punctuation' && next?.text === '(' && next.kind === 'punctuation';
      if (computed || (each.kind === 'punctuation' && (each.text === '|' || each.text === '{'))) {
        throw exception(48, 'NOT_IMPLEMENTED', `Arguments of ${token.text}() must be literals in the embedded engine`);
      }
      guardString(each);
    }
  }
}

const isWord = (token: Token | undefined, word: string) => token?.kind === 'word' && token.text.toUpperCase() === word;
const isName = (token: Token, name: string) => token.kind !== 'string' && token.text.toLowerCase() === name;

function denied(grant: string): EngineException {
  return exception(
    497,
    'ACCESS_DENIED',
    `default: Not enough privileges. To execute this query, it's necessary to have the grant ${grant}.`,
  );
}
