export interface Token {
  kind: 'word' | 'quoted' | 'string' | 'number' | 'symbol';
  /** As written. */
  text: string;
  /** Unquoted, for names and strings; else the text. */
  value: string;
  start: number;
  end: number;
}

const patterns: readonly [Token['kind'] | 'blank', RegExp][] = [
  ['blank', /(?:\s+|--[^\n]*|#[ !][^\n]*|\/\*[\s\S]*?\*\/)+/y],
  ['string', /'(?:[^'\\]|\\[\s\S]|'')*'/y],
  ['string', /\$([A-Za-z0-9_]*)\$[\s\S]*?\$\1\$/y],
  ['quoted', /`(?:[^`\\]|\\[\s\S]|``)*`|"(?:[^"\\]|\\[\s\S]|"")*"/y],
  ['number', /(?:0[xX][0-9a-fA-F]+|\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)/y],
  ['word', /[\p{L}_][\p{L}\p{N}_]*/uy],
  ['symbol', /->|::|[<>!=]=|<>|[\s\S]/y],
];

const ESCAPES: Record<string, string> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', 0: '\0' };

function unquote(text: string): string {
  const heredoc = /^\$([A-Za-z0-9_]*)\$([\s\S]*)\$\1\$$/.exec(text);
  if (heredoc) return heredoc[2] ?? '';
  const quote = text[0] ?? '';
  return text
    .slice(1, -1)
    .replaceAll(quote + quote, quote)
    .replace(/\\([\s\S])/g, (_, escaped: string) => ESCAPES[escaped] ?? escaped);
}

/** SQL as ClickHouse's lexer cuts it: comments and blanks gone, quotes and heredocs whole. Never throws: an open quote becomes a symbol. */
export function tokenize(sql: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < sql.length) {
    for (const [kind, pattern] of patterns) {
      pattern.lastIndex = at;
      const text = pattern.exec(sql)?.[0];
      if (text === undefined) continue;
      const value = kind === 'string' || kind === 'quoted' ? unquote(text) : text;
      if (kind !== 'blank') tokens.push({ kind, text, value, start: at, end: at + text.length });
      at += text.length;
      break;
    }
  }
  return tokens;
}

/** Whether a token is the keyword, in any case, and not a quoted name. */
export function isWord(token: Token | undefined, ...words: string[]): boolean {
  return token?.kind === 'word' && words.includes(token.text.toUpperCase());
}

export function isSymbol(token: Token | undefined, symbol: string): boolean {
  return token?.kind === 'symbol' && token.text === symbol;
}

/** How a bracket changes the depth: 1, -1 or 0. */
export function depthStep(token: Token): number {
  if (token.kind !== 'symbol') return 0;
  if ('([{'.includes(token.text)) return 1;
  return ')]}'.includes(token.text) ? -1 : 0;
}

/** Parts between separators outside all brackets, trimmed of blanks and comments at their ends; empty parts are dropped. */
export function splitTop(sql: string, separator: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let first: Token | undefined;
  let last: Token | undefined;
  const close = () => {
    if (first && last) parts.push(sql.slice(first.start, last.end));
    first = undefined;
    last = undefined;
  };
  for (const token of tokenize(sql)) {
    depth += depthStep(token);
    if (depth === 0 && isSymbol(token, separator)) {
      close();
      continue;
    }
    first ??= token;
    last = token;
  }
  close();
  return parts;
}

/** The text without brackets around the whole of it: newer servers keep those that were written, older ones drop them. */
export function withoutBrackets(sql: string): string {
  const tokens = tokenize(sql);
  const [first] = tokens;
  const last = tokens[tokens.length - 1];
  if (!first || !last || !isSymbol(first, '(')) return sql;
  let depth = 0;
  const closes = tokens.findIndex((token) => {
    depth += depthStep(token);
    return depth === 0;
  });
  return closes === tokens.length - 1 ? withoutBrackets(sql.slice(first.end, last.start).trim()) : sql;
}
