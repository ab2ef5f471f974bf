import { EngineError } from '../engine/errors.ts';
import type { Target } from '../engine/target.ts';
import { quoteName } from '../kernel/sql.ts';
import type { DdlText } from '../model/check.ts';
import { parseCreate, readName } from '../model/schema-diff/create-statement.ts';
import { leadingWords, splitStatements } from '../model/schema-diff/statements.ts';
import { isWord, tokenize } from '../model/schema-diff/tokens.ts';
import { type TableName, tableSql, tableText } from '../model/table.ts';

/** One object that DDL files name. */
export interface Wanted {
  source: string;
  /** `TABLE`, `VIEW`, `MATERIALIZED VIEW`, `DICTIONARY` */
  what: string;
  name: TableName;
  /** With its database and `IF NOT EXISTS`: it can only add. */
  statement: string;
}

export interface Plan {
  databases: string[];
  objects: Wanted[];
}

const CREATED = new Set(['TABLE', 'VIEW', 'MATERIALIZED VIEW', 'DICTIONARY']);

/** The statement with the full name, and with IF NOT EXISTS whether or not its author wrote it. */
function onlyIfMissing(statement: string, name: TableName): string | undefined {
  const tokens = tokenize(statement);
  const kind = tokens.findIndex((token, i) => i > 0 && i < 4 && isWord(token, 'TABLE', 'VIEW', 'DICTIONARY'));
  const at = isWord(tokens[kind + 1], 'IF') ? kind + 4 : kind + 1;
  const named = readName(tokens, at);
  const head = tokens[kind]?.end;
  const rest = named && tokens[named.next - 1]?.end;
  if (head === undefined || rest === undefined) return undefined;
  return `${statement.slice(0, head)} IF NOT EXISTS ${tableSql(name)}${statement.slice(rest)}`;
}

/** What DDL files want to be there. Statements that create nothing, or that would replace something, are told and left out. */
export function wantedBy(files: readonly DdlText[], database: string): { wanted: Wanted[]; passed: string[] } {
  const wanted: Wanted[] = [];
  const passed: string[] = [];
  for (const { source, text } of files) {
    for (const statement of splitStatements(text)) {
      const create = parseCreate(statement);
      const plain =
        create && isWord(tokenize(statement)[0], 'CREATE') && !/^\s*CREATE\s+(OR|TEMPORARY)\b/i.test(statement);
      const name = create && { database: create.name.database ?? database, table: create.name.table };
      const safe = plain && name && CREATED.has(create.what) ? onlyIfMissing(statement, name) : undefined;
      if (create?.what === 'DATABASE' || (create === undefined && /^\s*USE\b/i.test(statement))) continue;
      if (safe === undefined || create === undefined || name === undefined)
        passed.push(
          `${source}: ${leadingWords(statement).join(' ') || 'a statement'} is not run: it creates no table, view or dictionary that is missing`,
        );
      else wanted.push({ source, what: create.what, name, statement: safe });
    }
  }
  return { wanted, passed };
}

/** What of it is not there. @throws EngineError */
export async function missingOn(target: Target, wanted: readonly Wanted[], signal: AbortSignal): Promise<Plan> {
  const options = { purpose: 'schema apply', signal };
  const databases = [...new Set(wanted.map(({ name }) => name.database))];
  const there = await target.all<{ name: string }>(
    'SELECT name FROM system.databases WHERE has({databases:Array(String)}, name) ORDER BY name',
    { ...options, params: { databases } },
  );
  const tables = await target.all<TableName>(
    'SELECT database, name AS table FROM system.tables WHERE has({databases:Array(String)}, database) ORDER BY database, name',
    { ...options, params: { databases } },
  );
  const known = new Set(tables.map(tableText));
  return {
    databases: databases.filter((name) => !there.some((row) => row.name === name)),
    objects: wanted.filter(({ name }) => !known.has(tableText(name))),
  };
}

export function databaseStatement(name: string): string {
  return `CREATE DATABASE IF NOT EXISTS ${quoteName(name)}`;
}

/** Lets 18.16 take LowCardinality, which it still calls an experiment; servers that do not know it are not sent it. */
const SETTINGS = { allow_experimental_low_cardinality_type: '1' };

/**
 * Creates objects, one after another; one that needs another that is not there yet waits for it.
 * @param created told each when it is there
 * @throws EngineError
 */
export async function createAll(
  target: Target,
  objects: readonly Wanted[],
  signal: AbortSignal,
  created: (one: Wanted) => void,
): Promise<void> {
  let waiting = [...objects];
  while (waiting.length > 0) {
    const later: Wanted[] = [];
    let last: unknown;
    for (const one of waiting) {
      try {
        await target.command(one.statement, { purpose: 'schema apply', signal, settings: SETTINGS });
        created(one);
      } catch (error) {
        if (!(error instanceof EngineError) || error.code !== 60) throw error;
        later.push(one);
        last = error;
      }
    }
    if (later.length === waiting.length) throw last;
    waiting = later;
  }
}
