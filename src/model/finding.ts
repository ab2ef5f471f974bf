import { z } from 'zod';
import { because } from './verdict.ts';

export const side = z.enum(['client', 'network', 'config', 'server', 'silent']);
export const confidence = z.enum(['certain', 'likely', 'possible']);

export const finding = z.strictObject({
  /** Id of a cause, for example `table_missing`. */
  cause: z.string(),
  side,
  confidence,
  summary: z.string(),
  because: z.array(because),
  alternatives: z.array(z.strictObject({ cause: z.string(), summary: z.string(), question: z.string() })),
  remedies: z.array(z.string()),
  /** Page of documentation, a file of this package. */
  page: z.string().optional(),
});
export type Finding = z.infer<typeof finding>;

/** That something failed and why is not known: the lines that show it, and the evidence that would settle it. */
export const notEstablished = z.strictObject({
  summary: z.string(),
  because: z.array(because),
  settle: z.array(z.string()),
});
export type NotEstablished = z.infer<typeof notEstablished>;
