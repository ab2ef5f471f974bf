import { quoteName } from '../kernel/sql.ts';
import { isSymbol, isWord, type Token, tokenize } from './schema-diff/tokens.ts';
import type { TableName } from './table.ts';

/** One privilege of a line of SHOW GRANTS. Absent database or table: all of them; a name may end in `*`. */
export interface Grant {
  kind: 'grant' | 'revoke';
  /** `INSERT`, `CREATE TABLE`, `ALL` … */
  privilege: string;
  /** Columns it is limited to; undefined: all. */
  columns: string[] | undefined;
  database: string | undefined;
  table: string | undefined;
}

export interface Grants {
  grants: Grant[];
  /** Roles held, whose own grants SHOW GRANTS does not list. */
  roles: string[];
}

function pattern(tokens: readonly Token[]): string | undefined {
  if (tokens.length === 1 && isSymbol(tokens[0], '*')) return undefined;
  return tokens.map((token) => token.value).join('');
}

function privileges(tokens: readonly Token[]): { privilege: string; columns: string[] | undefined }[] {
  const found: { words: string[]; columns: string[] | undefined }[] = [{ words: [], columns: undefined }];
  let inside = false;
  for (const token of tokens) {
    const last = found[found.length - 1];
    if (isSymbol(token, '(')) {
      inside = true;
      if (last) last.columns = [];
    } else if (isSymbol(token, ')')) inside = false;
    else if (isSymbol(token, ',') && !inside) found.push({ words: [], columns: undefined });
    else if (inside && token.kind !== 'symbol') last?.columns?.push(token.value);
    else if (!inside) last?.words.push(token.value);
  }
  return found.map(({ words, columns }) => {
    const privilege = words.join(' ').toUpperCase();
    return { privilege: privilege === 'ALL PRIVILEGES' ? 'ALL' : privilege, columns };
  });
}

/** Reads what SHOW GRANTS printed. Lines about sources (`READ ON S3`) and lines not understood give nothing. */
export function parseGrants(lines: readonly string[]): Grants {
  const result: Grants = { grants: [], roles: [] };
  for (const line of lines) {
    const tokens = tokenize(line);
    const [first] = tokens;
    if (!isWord(first, 'GRANT', 'REVOKE')) continue;
    const kind = isWord(first, 'GRANT') ? 'grant' : 'revoke';
    const body = tokens.slice(1);
    const to = body.findIndex((token) => isWord(token, 'TO', 'FROM'));
    const on = body.slice(0, to < 0 ? undefined : to).findIndex((token) => isWord(token, 'ON'));
    if (on < 0) {
      const names = body.slice(0, Math.max(to, 0)).filter((token) => token.kind !== 'symbol');
      if (kind === 'grant') result.roles.push(...names.map((token) => token.value));
      continue;
    }
    const object = body.slice(on + 1, to < 0 ? undefined : to);
    const dot = object.findIndex((token) => isSymbol(token, '.'));
    if (dot < 0 && !(object.length === 1 && isSymbol(object[0], '*'))) continue;
    const database = pattern(dot < 0 ? object : object.slice(0, dot));
    const table = dot < 0 ? undefined : pattern(object.slice(dot + 1));
    for (const one of privileges(body.slice(0, on))) result.grants.push({ kind, ...one, database, table });
  }
  return result;
}

/** Wider privileges that hold each one that we ask about, besides ALL. */
const WIDER: Record<string, readonly string[]> = {
  'CREATE TABLE': ['CREATE'],
  'DROP TABLE': ['DROP'],
  // Whoever may create tables anywhere may create temporary ones.
  'CREATE TEMPORARY TABLE': ['CREATE ARBITRARY TEMPORARY TABLE', 'CREATE TABLE', 'CREATE'],
  'SYSTEM FLUSH LOGS': ['SYSTEM FLUSH', 'SYSTEM'],
};

function matches(name: string, given: string | undefined): boolean {
  if (given === undefined) return true;
  return given.endsWith('*') ? name.startsWith(given.slice(0, -1)) : name === given;
}

/** What is asked: a privilege on a table, on some columns of it, or everywhere (`on` undefined). */
export interface Question {
  privilege: string;
  on?: TableName | undefined;
  columns?: readonly string[] | undefined;
}

/**
 * Whether the grants allow it, and the columns they do not. `unknown` when they do not and roles are held: SHOW GRANTS lists a role's
 * name, not what it allows.
 */
export function allows(
  held: Grants,
  { privilege, on, columns }: Question,
): { answer: 'yes' | 'no' | 'unknown'; missing: string[] } {
  const names = [privilege, ...(WIDER[privilege] ?? []), 'ALL'];
  const anywhere = privilege === 'CREATE TEMPORARY TABLE';
  const relevant = held.grants.filter(
    (one) =>
      names.includes(one.privilege) &&
      (anywhere ||
        (on
          ? matches(on.database, one.database) && matches(on.table, one.table)
          : one.database === undefined && one.table === undefined)),
  );
  const asked: readonly (string | undefined)[] = columns && columns.length > 0 ? columns : [undefined];
  // Revokes are printed behind the grants that they cut into, and win.
  const refused = asked.filter((column) => {
    const touches = (one: Grant) => one.columns === undefined || (column !== undefined && one.columns.includes(column));
    const granted = relevant.some((one) => one.kind === 'grant' && touches(one));
    const revoked = relevant.some(
      (one) => one.kind === 'revoke' && (touches(one) || column === undefined) && !anywhere,
    );
    const restored = relevant.some(
      (one) =>
        one.kind === 'grant' && touches(one) && relevant.some((cut) => cut.kind === 'revoke' && isNarrower(one, cut)),
    );
    return !(granted && (!revoked || restored));
  });
  const missing = refused.filter((column) => column !== undefined);
  if (refused.length === 0) return { answer: 'yes', missing: [] };
  return { answer: held.roles.length > 0 ? 'unknown' : 'no', missing };
}

function isNarrower(one: Grant, other: Grant): boolean {
  const level = (grant: Grant) =>
    [grant.database, grant.table, grant.columns].filter((part) => part !== undefined).length;
  return level(one) > level(other);
}

/** The GRANT that is missing, ready to run by someone who may. */
export function grantStatement({ privilege, on, columns }: Question, user: string): string {
  const list = columns && columns.length > 0 ? `(${columns.map(quoteName).join(', ')})` : '';
  const object = on ? `${quoteName(on.database)}.${on.table === '*' ? '*' : quoteName(on.table)}` : '*.*';
  return `GRANT ${privilege}${list} ON ${object} TO ${quoteName(user)}`;
}
