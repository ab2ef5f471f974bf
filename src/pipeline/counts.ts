import { z } from 'zod';
import type { LoadFacts } from '../model/load.ts';
import type { RowCount } from '../model/run.ts';
import { tableText } from '../model/table.ts';

/** As much of the facts of `row-counts` as a plot needs. */
const counted = z.object({ tables: z.array(z.object({ table: z.string(), rows: z.string().nullish() })) });

function byTable(facts: unknown): Map<string, string> {
  const parsed = counted.safeParse(facts);
  const entries = parsed.success ? parsed.data.tables : [];
  return new Map(entries.flatMap(({ table, rows }) => (rows == null ? [] : [[table, rows] as const])));
}

/** Each table that was counted or loaded, with what is known of it before, after and in between. */
export function rowCountsOf(before: unknown, after: unknown, load: LoadFacts): RowCount[] {
  const [was, is] = [byTable(before), byTable(after)];
  const loaded = new Map(load.tables.map((table) => [tableText(table.table), table]));
  return [...new Set([...loaded.keys(), ...was.keys(), ...is.keys()])].map((table) => {
    const own = loaded.get(table);
    return {
      table,
      ...(was.has(table) ? { before: was.get(table) } : {}),
      ...(is.has(table) ? { after: is.get(table) } : {}),
      ...(own === undefined ? {} : { sent: String(own.rows_sent), written: String(own.rows_written) }),
    };
  });
}
