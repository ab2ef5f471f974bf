import { z } from 'zod';

/** What the parent tells its child, over IPC and nowhere else. */
export const childOptions = z.strictObject({
  dataDir: z.string(),
  /** The child removes the folder itself when its parent is gone and cannot. */
  throwaway: z.boolean(),
  database: z.string(),
  host: z.literal('127.0.0.1'),
  port: z.int(),
  user: z.string(),
  password: z.string(),
  /** Opens the routes below `/internal/`. */
  internalToken: z.string(),
  allowFiles: z.array(z.string()),
  logLevel: z.string(),
  /** `GRANT … ON …` each; absent: what an owner of databases may do. */
  grants: z.array(z.string()).optional(),
  /** Conditions by `database.table`: what the user sees of it. */
  filters: z.record(z.string(), z.string()),
});
export type ChildOptions = z.infer<typeof childOptions>;

/** What the child says back. */
export const childAnswer = z.discriminatedUnion('state', [
  z.strictObject({ state: z.literal('ready'), port: z.int() }),
  z.strictObject({
    state: z.literal('failed'),
    reason: z.enum(['absent', 'in-use', 'port', 'other']),
    message: z.string(),
  }),
]);
export type ChildAnswer = z.infer<typeof childAnswer>;
