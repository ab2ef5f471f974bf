/** A lexical unit of ClickHouse's SQL. Positions are bytes; the text is read as latin1, so that one byte is one character. */
export interface Token {
  kind: 'word' | 'quoted' | 'string' | 'number' | 'punctuation';
  /** Words as written; quoted names and strings without quotes and escapes. */
  text: string;
  start: number;
  end: number;
}

/** The text cannot be cut into tokens for certain: a quote or comment without end, or characters outside ASCII. */
export class AmbiguousText extends Error {}

const ESCAPES: Record<string, string> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  v: '\v',
  a: '\x07',
  0: '\0',
  e: '\x1b',
  // NULL in text formats, nothing in a quoted string or name.
  N: '',
};
const WORD = /[A-Za-z_$][A-Za-z0-9_$]*/y;
const NUMBER =
  /(?:0[xX][0-9A-Fa-f_]+|0[bB][01_]+|\d[\d_]*(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)[A-Za-z0-9_]*/y;
// White space as the engine has it, beyond ASCII in UTF-8: U+0085, U+00A0, U+1680, U+180E, U+2000–U+200D, U+2028, U+2029, U+202F, U+205F, U+2060, U+3000, U+FEFF.
const BLANK =
  /(?:[\t-\r \0]|\xC2[\x85\xA0]|\xE1(?:\x9A\x80|\xA0\x8E)|\xE2(?:\x80[\x80-\x8D\xA8\xA9\xAF]|\x81[\x9F\xA0])|\xE3\x80\x80|\xEF\xBB\xBF)+/y;
const HEREDOC = /\$[A-Za-z0-9_]*\$/y;

/** Tokens of a statement, one by one, so that a caller may stop where data begins. @throws AmbiguousText */
export function* tokens(text: string, from = 0): Generator<Token, void> {
  let at = from;
  const match = (pattern: RegExp) => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  while (at < text.length) {
    const start = at;
    const char = text.charAt(at);
    const two = text.slice(at, at + 2);
    const blank = match(BLANK);
    if (blank !== undefined) {
      at += blank.length;
    } else if (two === '--' || two === '//' || two === '# ' || two === '#!') {
      const end = text.indexOf('\n', at);
      at = end === -1 ? text.length : end + 1;
    } else if (two === '/*') {
      at = commentEnd(text, at);
    } else if (char === "'" || char === '"' || char === '`') {
      const [value, end] = quoted(text, at, char);
      at = end;
      yield { kind: char === "'" ? 'string' : 'quoted', text: value, start, end };
    } else if (char > '\x7F') {
      throw new AmbiguousText('characters outside ASCII are taken in quotes and comments only');
    } else {
      const tag = match(HEREDOC);
      const close = tag === undefined ? -1 : text.indexOf(tag, at + tag.length);
      if (tag !== undefined && close !== -1) {
        at = close + tag.length;
        yield { kind: 'string', text: text.slice(start + tag.length, close), start, end: at };
        continue;
      }
      const word = match(WORD);
      const found = word ?? match(NUMBER) ?? char;
      at += found.length;
      const kind = word !== undefined ? 'word' : /^\.?\d/.test(found) ? 'number' : 'punctuation';
      yield { kind, text: found, start, end: at };
    }
  }
}

/** Comments nest. */
function commentEnd(text: string, start: number): number {
  const mark = /\/\*|\*\//g;
  mark.lastIndex = start + 2;
  for (let depth = 1; depth > 0; ) {
    const found = mark.exec(text);
    if (found === null) throw new AmbiguousText('a comment has no end');
    depth += found[0] === '/*' ? 1 : -1;
  }
  return mark.lastIndex;
}

function quoted(text: string, start: number, quote: string): [string, number] {
  let value = '';
  for (let at = start + 1; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === '\\') {
      at += 1;
      const next = text.charAt(at);
      const hex = next === 'x' ? /^[0-9A-Fa-f]{2}/.exec(text.slice(at + 1, at + 3)) : null;
      if (hex !== null) {
        value += String.fromCharCode(Number.parseInt(hex[0], 16));
        at += 2;
      } else {
        value += ESCAPES[next] ?? next;
      }
    } else if (char !== quote) {
      value += char;
    } else if (text.charAt(at + 1) === quote) {
      value += quote;
      at += 1;
    } else {
      return [value, at + 1];
    }
  }
  throw new AmbiguousText('a quote has no end');
}
