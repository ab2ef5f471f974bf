import type { TableSchema } from '../check.ts';
import { tableText } from '../table.ts';
import type { SchemaDifference } from './difference.ts';
import { createStatement, mend } from './mend.ts';
import { diffTable } from './table.ts';

export interface DiffOptions {
  /** Whether tables of the same databases that no DDL names are told, as `info`. */
  extraTables?: boolean;
  /** Whether `EXCHANGE TABLES` works there (Atomic databases, 20.10 and newer); else two RENAMEs in one statement. Default true. */
  exchange?: boolean;
}

const byName = (a: TableSchema, b: TableSchema) => (tableText(a.name) < tableText(b.name) ? -1 : 1);

/**
 * How the tables that are differ from the tables that should be, and what would mend it.
 * Both sides must have been printed by the same engine: versions print the same DDL differently.
 */
export function diffSchemas(
  expected: readonly TableSchema[],
  actual: readonly TableSchema[],
  options: DiffOptions = {},
): SchemaDifference[] {
  const present = new Map(actual.map((table) => [tableText(table.name), table]));
  const wanted = new Set(expected.map((table) => tableText(table.name)));
  const databases = new Set(expected.map((table) => table.name.database));
  const named = [...expected].sort(byName).flatMap((table): SchemaDifference[] => {
    const name = tableText(table.name);
    const other = present.get(name);
    if (other) return mend(table, other, diffTable(table, other), options.exchange ?? true);
    const base = { table: name, aspect: 'table' as const, expected: table.engine, actual: '' };
    const message = `table ${name} is missing`;
    return [{ ...base, kind: 'missing', severity: 'error', message, statements: [createStatement(table)] }];
  });
  if (options.extraTables !== true) return named;
  const extra = [...actual]
    .sort(byName)
    .filter((table) => databases.has(table.name.database) && !wanted.has(tableText(table.name)))
    .map((table): SchemaDifference => {
      const name = tableText(table.name);
      const base = { table: name, aspect: 'table' as const, expected: '', actual: table.engine };
      return { ...base, kind: 'extra', severity: 'info', message: `table ${name} is not in the DDL`, statements: [] };
    });
  return [...named, ...extra];
}

/** The statements of all differences, each once, in the order to run them. */
export function mendingStatements(differences: readonly SchemaDifference[]): string[] {
  return [...new Set(differences.flatMap((difference) => difference.statements))];
}
