import { z } from 'zod';

export const schemaDifference = z.strictObject({
  /** `database.table` */
  table: z.string(),
  column: z.string().optional(),
  aspect: z.enum([
    'table',
    'column',
    'type',
    'nullability',
    'default',
    'codec',
    'comment',
    'position',
    'order key',
    'primary key',
    'partition key',
    'sampling key',
    'engine',
    'ttl',
    'settings',
    'index',
    'constraint',
    'projection',
    'query',
  ]),
  kind: z.enum(['missing', 'extra', 'changed']),
  /** '' where that side has none. */
  expected: z.string(),
  actual: z.string(),
  severity: z.enum(['error', 'warn', 'info']),
  /** One sentence without a full stop. */
  message: z.string(),
  /** What would mend it, to run in this order, without a closing semicolon; lines starting with `--` are for the reader to decide. */
  statements: z.array(z.string()),
});

/** One way in which a table is not as its DDL says. */
export type SchemaDifference = z.infer<typeof schemaDifference>;
