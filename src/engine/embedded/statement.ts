import { exception } from './exception.ts';
import { type InsertHead, insertHead } from './insert-head.ts';
import { AmbiguousText, type Token, tokens } from './lexer.ts';

/** What the endpoint knows of a statement before the engine sees it. Text is latin1: one character a byte. */
export interface Statement {
  /** `query_kind` of the server's query_log: `Select`, `Insert`, `Create`, … */
  kind: string;
  /** The statement without inserted data. */
  head: string;
  tokens: readonly Token[];
  /** The FORMAT clause, where there is one. */
  format?: { name: string; start: number; end: number };
  insert?: InsertHead;
  /** Whether rows can be streamed out of it: a SELECT in one of its forms. */
  select: boolean;
}

const KINDS: Record<string, string> = {
  SELECT: 'Select', WITH: 'Select', FROM: 'Select', INSERT: 'Insert', CREATE: 'Create', REPLACE: 'Create', ATTACH: 'Create',
  DROP: 'Drop', TRUNCATE: 'Drop', DETACH: 'Drop', ALTER: 'Alter', UPDATE: 'Update', DELETE: 'Delete', RENAME: 'Rename',
  EXCHANGE: 'Rename', SYSTEM: 'System', SET: 'Set', USE: 'Use', SHOW: 'Show', DESCRIBE: 'Describe', DESC: 'Describe',
  EXPLAIN: 'Explain', EXISTS: 'Exists', KILL: 'KillQuery', OPTIMIZE: 'Optimize', CHECK: 'Check', GRANT: 'Grant',
  REVOKE: 'Revoke', BACKUP: 'Backup', RESTORE: 'Restore',
}; // biome-ignore format: a table reads better in rows

const upper = (token: Token | undefined) => (token?.kind === 'word' ? token.text.toUpperCase() : '');

/** The server's default of `max_query_size`, bytes. */
const MAX_QUERY_BYTES = 262_144;

/**
 * Reads the head of a statement.
 * @throws EngineException 62 for an empty or doubled statement, one of more than `maxBytes` (inserted data apart; 0 for no limit), or one that
 *   cannot be cut into tokens for certain
 */
export function readStatement(text: string, maxBytes = MAX_QUERY_BYTES): Statement {
  const found: Token[] = [];
  let insert: InsertHead | undefined;
  try {
    let depth = 0;
    for (const token of tokens(text)) {
      found.push(token);
      if (maxBytes > 0 && token.end > maxBytes) {
        const advice = '(can be increased with the `max_query_size` setting)';
        throw exception(62, 'SYNTAX_ERROR', `Syntax error: Max query size exceeded ${advice}`);
      }
      if (token.kind === 'punctuation') depth += token.text === '(' ? 1 : token.text === ')' ? -1 : 0;
      if (depth === 0 && upper(found[0]) === 'INSERT') insert = insertHead(found, text, insert);
      if (insert?.takesData) break;
    }
  } catch (thrown) {
    if (!(thrown instanceof AmbiguousText)) throw thrown;
    throw exception(62, 'SYNTAX_ERROR', `Syntax error: ${thrown.message}.`);
  }
  if (found.length === 0)
    throw exception(62, 'SYNTAX_ERROR', 'Syntax error: failed at position 1 (end of query): . Empty query.');
  const all = insert?.takesData === false ? [...tokens(text)] : found;
  const end = all.findIndex((token) => token.kind === 'punctuation' && token.text === ';');
  if (end !== -1 && end < all.length - 1) {
    throw exception(
      62,
      'SYNTAX_ERROR',
      `Syntax error (Multi-statements are not allowed): failed at position ${all[end]?.end ?? 0} (end of query).`,
    );
  }
  const body = end === -1 ? all : all.slice(0, end);
  const first = body.find((token) => token.text !== '(');
  const kind = insertsAfterWith(body) ? 'Insert' : (KINDS[upper(first)] ?? 'None');
  const last = body.at(-1)?.end ?? 0;
  return {
    kind,
    head: insert?.takesData ? text.slice(0, insert.dataStart).trimEnd() : text.slice(0, last),
    tokens: body,
    select: kind === 'Select',
    ...(insert === undefined ? {} : { insert }),
    ...(insert?.takesData ? {} : formatClause(body)),
  };
}

/** `WITH … INSERT INTO … SELECT`. */
function insertsAfterWith(all: readonly Token[]): boolean {
  if (upper(all[0]) !== 'WITH') return false;
  let depth = 0;
  return all.some((token, index) => {
    if (token.kind === 'punctuation') depth += token.text === '(' ? 1 : token.text === ')' ? -1 : 0;
    return depth === 0 && upper(token) === 'INSERT' && upper(all[index + 1]) === 'INTO';
  });
}

/** The last `FORMAT name` outside of brackets. */
function formatClause(all: readonly Token[]): Pick<Statement, 'format'> {
  let depth = 0;
  let format: Statement['format'];
  for (const [index, token] of all.entries()) {
    if (token.kind === 'punctuation') depth += token.text === '(' ? 1 : token.text === ')' ? -1 : 0;
    const name = all[index + 1];
    const before = all[index - 1];
    if (depth !== 0 || upper(token) !== 'FORMAT' || name?.kind !== 'word' || before === undefined) continue;
    if (before.text === '.' || before.text === ',' || upper(before) === 'AS') continue;
    const after = all[index + 2];
    if (after === undefined || upper(after) === 'SETTINGS')
      format = { name: name.text, start: token.start, end: name.end };
  }
  return format === undefined ? {} : { format };
}
