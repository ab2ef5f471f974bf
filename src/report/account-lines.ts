import { formatCount, plural } from '../kernel/format.ts';
import type { TableLoad } from '../model/load.ts';
import { tableText } from '../model/table.ts';

/** What of the rows of each table is not plain, and what is promised of them: the same promise for several tables once. Pure. */
export function accountLines(tables: readonly TableLoad[]): string[] {
  const named = (table: TableLoad, line: string) => (tables.length === 1 ? line : `${tableText(table.table)}: ${line}`);
  return [
    ...tables.flatMap((table) => unusual(table).map((line) => named(table, line))),
    ...[...promises(tables)].map(([promise, of]) => {
      const [only, second] = of;
      if (only !== undefined && second === undefined) return named(only, only.guarantee?.sentence ?? '');
      return `${of.map(({ table }) => tableText(table)).join(', ')}: ${promise}`;
    }),
  ];
}

function unusual(table: TableLoad): string[] {
  return [
    ...(table.rows_before === undefined
      ? []
      : [`${plural(table.rows_before, 'row was', 'rows were')} stored before it was interrupted`]),
    ...(table.rows_repeated === undefined
      ? []
      : [`${plural(table.rows_repeated, 'row')} without an answer then were sent again`]),
    ...(table.rows_unknown === undefined ? [] : [`${formatCount(table.rows_unknown)} rows are unknown: stored or not`]),
    ...(table.retries === undefined ? [] : [plural(table.retries, 'retry', 'retries')]),
  ];
}

/** Tables by what is promised of them, with their own names taken out of it. */
function promises(tables: readonly TableLoad[]): Map<string, TableLoad[]> {
  const found = new Map<string, TableLoad[]>();
  for (const table of tables) {
    const promise = table.guarantee?.sentence.replaceAll(tableText(table.table), 'each of them');
    if (promise !== undefined) found.set(promise, [...(found.get(promise) ?? []), table]);
  }
  return found;
}
