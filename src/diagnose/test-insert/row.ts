import type { ColumnSchema } from '../../model/check.ts';
import { type Flavour, plainFlavour, testValue } from './value.ts';

export interface TestRow {
  values: Record<string, unknown>;
  /** Columns that the row leaves out, each with the reason in a sentence. */
  left: { column: string; reason: string }[];
}

/** One valid row for these columns. Fixed values, by column, win over generated ones. */
export function testRow(
  columns: readonly ColumnSchema[],
  {
    flavour = plainFlavour,
    fixed = {},
    without = [],
  }: { flavour?: Flavour; fixed?: Record<string, unknown>; without?: readonly string[] } = {},
): TestRow {
  const row: TestRow = { values: {}, left: [] };
  for (const { name, type, default_kind: kind } of columns) {
    if (without.includes(name)) continue;
    if (kind === 'MATERIALIZED' || kind === 'ALIAS') {
      row.left.push({ column: name, reason: `${kind}: the server computes it, an insert may not name it` });
      continue;
    }
    const made = Object.hasOwn(fixed, name) ? { value: fixed[name] } : testValue(type, flavour);
    if ('refused' in made) row.left.push({ column: name, reason: made.refused });
    else row.values[name] = made.value;
  }
  return row;
}

/** Columns that can be read back: an EPHEMERAL one is not stored. */
export function readable(columns: readonly ColumnSchema[], row: TestRow): string[] {
  return columns
    .filter((column) => column.default_kind !== 'EPHEMERAL' && Object.hasOwn(row.values, column.name))
    .map((column) => column.name);
}
