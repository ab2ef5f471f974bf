import { quoteName } from '../../kernel/sql.ts';
import type { ClauseName, CreateStatement, WrittenName } from './create-statement.ts';

/** A written name in backticks. */
export function writtenSql(name: WrittenName): string {
  return name.database === undefined ? quoteName(name.table) : `${quoteName(name.database)}.${quoteName(name.table)}`;
}

const STORAGE: readonly ClauseName[] = ['PARTITION BY', 'PRIMARY KEY', 'ORDER BY', 'SAMPLE BY', 'TTL', 'SETTINGS'];

/** `Engine(args)` and its clauses, as `system.tables.engine_full` has them. */
export function renderEngine(statement: CreateStatement): string {
  if (!statement.engine) return '';
  const args = statement.engine.args;
  const clauses = STORAGE.flatMap((name) => {
    const text = statement.clauses[name];
    return text === undefined ? [] : [`${name} ${text}`];
  });
  return [`${statement.engine.name}${args === undefined ? '' : `(${args.join(', ')})`}`, ...clauses].join('\n');
}

/** The statement written out again, ready to run: no cluster, no UUID, no `IF NOT EXISTS`. */
export function renderCreate(statement: CreateStatement): string {
  const lines = [`CREATE ${statement.what} ${writtenSql(statement.name)}`];
  if (statement.refresh !== undefined) lines.push(statement.refresh);
  if (statement.to) lines.push(`TO ${writtenSql(statement.to)}`);
  if (statement.elements) lines.push(`(\n    ${statement.elements.join(',\n    ')}\n)`);
  if (statement.like) lines.push(`AS ${writtenSql(statement.like)}`);
  const engine = renderEngine(statement);
  if (engine !== '') lines.push(`ENGINE = ${engine}`);
  if (statement.clauses.POPULATE !== undefined) lines.push('POPULATE');
  if (statement.clauses.EMPTY !== undefined) lines.push('EMPTY');
  if (statement.clauses.DEFINER !== undefined) lines.push(`DEFINER ${statement.clauses.DEFINER}`);
  if (statement.clauses['SQL SECURITY'] !== undefined) lines.push(`SQL SECURITY ${statement.clauses['SQL SECURITY']}`);
  if (statement.select !== undefined) lines.push(`AS ${statement.select}`);
  if (statement.clauses.COMMENT !== undefined) lines.push(`COMMENT ${statement.clauses.COMMENT}`);
  return lines.join('\n');
}
