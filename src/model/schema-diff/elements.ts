import { depthStep, isWord, type Token, tokenize } from './tokens.ts';

/** One element of a table's bracketed list. */
export interface Element {
  kind: 'column' | 'index' | 'constraint' | 'projection' | 'other';
  name: string;
  /** As written. */
  text: string;
  /** TTL of a column; '' without one. */
  ttl: string;
}

const KINDS = { INDEX: 'index', CONSTRAINT: 'constraint', PROJECTION: 'projection' } as const;

/** Where a column's own TTL stands in its declaration, as token indexes: the keyword, and behind the expression. */
function ttlSpan(tokens: readonly Token[]): { from: number; to: number } | undefined {
  let depth = 0;
  let from: number | undefined;
  for (let i = 1; i < tokens.length; i += 1) {
    const token = tokens[i];
    if (!token) break;
    depth += depthStep(token);
    if (depth !== 0) continue;
    if (from === undefined && i > 1 && isWord(token, 'TTL')) from = i;
    else if (from !== undefined && i > from + 1 && isWord(token, 'COLLATE', 'SETTINGS', 'PRIMARY'))
      return { from, to: i };
  }
  return from === undefined ? undefined : { from, to: tokens.length };
}

/** Reads an element: a column, or an index, constraint or projection with its name. */
export function parseElement(text: string): Element {
  const tokens = tokenize(text);
  const [first, second] = tokens;
  for (const [keyword, kind] of Object.entries(KINDS)) {
    // A column may be called `index`: then a type follows, and nothing else.
    if (isWord(first, keyword) && tokens.length > 2 && (second?.kind === 'word' || second?.kind === 'quoted')) {
      return { kind, name: second.value, text, ttl: '' };
    }
  }
  if (isWord(first, 'PRIMARY') && isWord(second, 'KEY')) return { kind: 'other', name: '', text, ttl: '' };
  const span = ttlSpan(tokens);
  const ttl = span ? text.slice(tokens[span.from + 1]?.start ?? text.length, tokens[span.to - 1]?.end) : '';
  return { kind: 'column', name: first?.value ?? '', text, ttl };
}

/** A column's declaration without its TTL, other elements unchanged. */
export function withoutTtl(text: string): string {
  const element = parseElement(text);
  const tokens = tokenize(text);
  const span = element.kind === 'column' ? ttlSpan(tokens) : undefined;
  const from = span && tokens[span.from - 1];
  if (!span || !from) return text;
  const rest = tokens[span.to];
  return `${text.slice(0, from.end)}${rest ? ` ${text.slice(rest.start)}` : ''}`;
}
