import { depthStep, isSymbol, isWord, splitTop, type Token, tokenize } from './tokens.ts';

export const clauseNames = [
  'PARTITION BY',
  'ORDER BY',
  'PRIMARY KEY',
  'SAMPLE BY',
  'TTL',
  'SETTINGS',
  'COMMENT',
  'POPULATE',
  'EMPTY',
  'DEFINER',
  'SQL SECURITY',
] as const;
export type ClauseName = (typeof clauseNames)[number];

/** A name as a statement holds it: the database may be left out. */
export interface WrittenName {
  database: string | undefined;
  table: string;
}

/** The parts of a CREATE statement; texts as written. */
export interface CreateStatement {
  /** `TABLE`, `VIEW`, `MATERIALIZED VIEW`, `DICTIONARY`, `DATABASE`, `FUNCTION` … */
  what: string;
  name: WrittenName;
  cluster: boolean;
  /** `REFRESH EVERY 1 HOUR …` of a refreshable view. */
  refresh: string | undefined;
  /** Target of a materialized view. */
  to: WrittenName | undefined;
  /** Elements of the bracketed list: columns, indexes, constraints, projections. */
  elements: string[] | undefined;
  /** `AS other_table` */
  like: WrittenName | undefined;
  engine: { name: string; args: string[] | undefined } | undefined;
  clauses: Partial<Record<ClauseName, string>>;
  select: string | undefined;
}

function isName(token: Token | undefined): token is Token {
  return token?.kind === 'word' || token?.kind === 'quoted';
}

/** A name at `at`, and the index behind it. */
export function readName(tokens: readonly Token[], at: number): { name: WrittenName; next: number } | undefined {
  const first = tokens[at];
  if (!isName(first)) return undefined;
  const second = tokens[at + 2];
  if (isSymbol(tokens[at + 1], '.') && isName(second)) {
    return { name: { database: first.value, table: second.value }, next: at + 3 };
  }
  return { name: { database: undefined, table: first.value }, next: at + 1 };
}

function closing(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let i = open; i < tokens.length; i += 1) {
    const token = tokens[i];
    if (token) depth += depthStep(token);
    if (depth === 0) return i;
  }
  return tokens.length;
}

function clauseAt(tokens: readonly Token[], at: number): ClauseName | undefined {
  const found = clauseNames.find((name) => name.split(' ').every((word, i) => isWord(tokens[at + i], word)));
  // Columns may be called `comment` or `settings`: the clauses are told by what follows them.
  if (found === 'COMMENT' && tokens[at + 1]?.kind !== 'string') return undefined;
  if (found === 'SETTINGS' && !isSymbol(tokens[at + 2], '=')) return undefined;
  return found;
}

const KINDS = ['TABLE', 'VIEW', 'DICTIONARY', 'DATABASE', 'FUNCTION'];

/** Reads a CREATE, ATTACH or REPLACE statement; undefined when it is none, or is not understood. */
export function parseCreate(statement: string): CreateStatement | undefined {
  const tokens = tokenize(statement);
  if (!isWord(tokens[0], 'CREATE', 'ATTACH', 'REPLACE')) return undefined;
  const kind = tokens.findIndex((token, i) => i > 0 && i < 6 && isWord(token, ...KINDS));
  const kindToken = tokens[kind];
  if (!kindToken) return undefined;
  const adjective = tokens[kind - 1];
  const kindWord = kindToken.text.toUpperCase();
  const what = isWord(adjective, 'MATERIALIZED', 'LIVE', 'WINDOW')
    ? `${adjective?.text.toUpperCase()} ${kindWord}`
    : kindWord;
  let at = kind + 1;
  if (isWord(tokens[at], 'IF')) at += 3;
  const named = readName(tokens, at);
  if (!named) return undefined;
  at = named.next;
  const result: CreateStatement = {
    what,
    name: named.name,
    cluster: false,
    refresh: undefined,
    to: undefined,
    elements: undefined,
    like: undefined,
    engine: undefined,
    clauses: {},
    select: undefined,
  };
  const textBetween = (from: number, to: number) =>
    statement.slice(tokens[from]?.start ?? statement.length, tokens[to - 1]?.end ?? statement.length);
  const nextClause = (from: number): number => {
    for (let i = from; i < tokens.length; i += 1) {
      const token = tokens[i];
      if (!token) break;
      if (depthStep(token) === 1) i = closing(tokens, i);
      else if (i > from && (clauseAt(tokens, i) || isWord(token, 'AS', 'ENGINE'))) return i;
    }
    return tokens.length;
  };
  while (at < tokens.length) {
    const token = tokens[at];
    const clause = clauseAt(tokens, at);
    if (isWord(token, 'UUID')) at += 2;
    else if (isWord(token, 'ON') && isWord(tokens[at + 1], 'CLUSTER')) {
      result.cluster = true;
      at += 3;
    } else if (isWord(token, 'REFRESH')) {
      let end = at + 1;
      while (end < tokens.length && !isWord(tokens[end], 'TO', 'AS', 'ENGINE') && !isSymbol(tokens[end], '(')) end += 1;
      result.refresh = textBetween(at, end);
      at = end;
    } else if (isWord(token, 'TO') && !isWord(tokens[at + 1], 'INNER')) {
      const to = readName(tokens, at + 1);
      if (!to) return undefined;
      result.to = to.name;
      at = to.next;
    } else if (isWord(token, 'TO')) at += 4;
    else if (isSymbol(token, '(') && result.elements === undefined && result.engine === undefined) {
      const end = closing(tokens, at);
      result.elements = splitTop(statement.slice(token?.end ?? 0, tokens[end]?.start ?? statement.length), ',');
      at = end + 1;
    } else if (isWord(token, 'ENGINE')) {
      at += isSymbol(tokens[at + 1], '=') ? 2 : 1;
      const name = tokens[at]?.value ?? '';
      at += 1;
      let args: string[] | undefined;
      if (isSymbol(tokens[at], '(')) {
        const end = closing(tokens, at);
        args = splitTop(statement.slice(tokens[at]?.end ?? 0, tokens[end]?.start ?? statement.length), ',');
        at = end + 1;
      }
      result.engine = { name, args };
    } else if (clause) {
      const from = at + clause.split(' ').length;
      const end = clause === 'POPULATE' || clause === 'EMPTY' ? from : nextClause(from);
      result.clauses[clause] = textBetween(from, end);
      at = end;
    } else if (isWord(token, 'AS')) {
      const like = isWord(tokens[at + 1], 'SELECT', 'WITH') ? undefined : readName(tokens, at + 1);
      if (like) {
        result.like = like.name;
        at = like.next;
      } else {
        result.select = textBetween(at + 1, tokens.length);
        at = tokens.length;
      }
    } else at += 1;
  }
  return result;
}
