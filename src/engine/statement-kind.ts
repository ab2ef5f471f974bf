import type { StatementRecord } from '../model/statement.ts';

const KINDS: Record<string, StatementRecord['kind']> = {
  select: 'select',
  with: 'select',
  show: 'select',
  describe: 'select',
  desc: 'select',
  exists: 'select',
  explain: 'select',
  check: 'select',
  insert: 'insert',
  create: 'ddl',
  alter: 'ddl',
  drop: 'ddl',
  rename: 'ddl',
  attach: 'ddl',
  detach: 'ddl',
  truncate: 'ddl',
  optimize: 'ddl',
  exchange: 'ddl',
  undrop: 'ddl',
  delete: 'ddl',
  update: 'ddl',
  grant: 'ddl',
  revoke: 'ddl',
  system: 'system',
  kill: 'system',
};

/** What a statement does, by its first word after comments and brackets. */
export function statementKind(sql: string): StatementRecord['kind'] {
  const word = /^(?:\s+|\(|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*([A-Za-z]+)/.exec(sql)?.[1];
  return KINDS[word?.toLowerCase() ?? ''] ?? 'other';
}

/** A statement's text without the rows that stand in it: evidence must not hold them. */
export function withoutRows(sql: string): string {
  if (statementKind(sql) !== 'insert') return sql;
  const values = /\bVALUES\b\s*(?=\()|\bFORMAT\s+\w+[ \t]*(?:\r?\n|\s(?=[^\s]))/i.exec(sql);
  return values === null ? sql : sql.slice(0, values.index + values[0].length).trimEnd();
}
