import { z } from 'zod';
import { reason } from './reject.ts';

/** What became of a sample of the rows that were sent to one table, without any of their values. */
export const storedTable = z.strictObject({
  /** `database.table` */
  table: z.string(),
  /** Rows of the sample. */
  rows: z.int(),
  /** Values that the table's types turned into others. */
  changed: z.array(
    z.strictObject({
      source: z.string(),
      column: z.string(),
      type: z.string(),
      reason,
      rows: z.int(),
      /** 1-based row of the source. */
      first_row: z.int(),
    }),
  ),
  /** Fields of the rows that no column has the name of. */
  dropped: z.array(z.strictObject({ source: z.string(), field: z.string(), rows: z.int(), first_row: z.int() })),
  /** Rows of the sample that the table does not hold; absent where that was not looked at. */
  absent: z.int().optional(),
  /** What could not be looked at, and why. */
  notes: z.array(z.string()),
});
export type StoredTable = z.infer<typeof storedTable>;
