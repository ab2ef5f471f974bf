import { z } from 'zod';

/** One statement sent to the target, as the journal holds it. */
export const statementRecord = z.strictObject({
  at: z.iso.datetime(),
  query_id: z.string(),
  kind: z.enum(['select', 'insert', 'ddl', 'system', 'other']),
  /** Who sent it: `check:row-counts`, `load`, `control`, `cleanup`. */
  purpose: z.string(),
  table: z.string().optional(),
  rows: z.int().optional(),
  bytes: z.int().optional(),
  /** Name by which the node that answered calls itself (`display_name`); absent where no answer said so. */
  node: z.string().optional(),
  duration_ms: z.number(),
  /** Listed only (`--print-sql`); absent: it was sent. */
  sent: z.literal(false).optional(),
  outcome: z.enum(['ok', 'error', 'unknown', 'canceled']),
  code: z.int().optional(),
  message: z.string().optional(),
  /** Text of the statement without the inserted data. */
  sql: z.string(),
});
export type StatementRecord = z.infer<typeof statementRecord>;
