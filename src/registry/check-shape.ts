import { z } from 'zod';
import { WitnessError } from '../kernel/errors.ts';
import type { Check } from '../model/check.ts';
import { phase } from '../model/run.ts';

const sentence = z.string().trim().min(3, 'a sentence is missing');
const isSchema = (value: unknown) =>
  typeof value === 'object' && value !== null && 'safeParse' in value && typeof value.safeParse === 'function';
const schema = z.custom<z.ZodType>(isSchema, 'a zod schema is missing');
const fn = z.custom<(...args: never[]) => unknown>((value) => typeof value === 'function', 'a function is missing');

const shape = z.strictObject({
  id: z.string().regex(/^[a-z0-9][\w./@-]*$/i, 'an id is made of letters, digits, dashes, dots and slashes'),
  title: sentence,
  failureTitle: sentence,
  why: sentence,
  phases: z.array(phase).min(1, 'no phase is named'),
  needs: z
    .array(z.string().regex(/^(http|tables|docker|embedded-engine|cluster|system\.\w+)$/, 'nothing a check can need'))
    .optional(),
  severity: z.enum(['fail', 'warn']).optional(),
  staged: z.boolean().optional(),
  timeoutMs: z.number().positive().optional(),
  factsVersion: z.int().positive(),
  facts: schema,
  options: schema.optional(),
  collect: fn,
  judge: fn,
});

/** Holds a value from a file to the contract of a check. Throws a `WitnessError` naming the file and the key. */
export function readCheck(value: unknown, where: string, expectedId: string | undefined): Check {
  const parsed = shape.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw refuse(where, `${issue?.path.join('.') || 'the check'}: ${issue?.message ?? 'not understood'}`);
  }
  if (expectedId !== undefined && parsed.data.id !== expectedId)
    throw refuse(where, `its id is "${parsed.data.id}" and its file says "${expectedId}"`);
  if (parsed.data.options && !parsed.data.options.safeParse({}).success)
    throw refuse(where, 'its options do not parse {}: each needs a default');
  // The shape was just tested, key by key; zod's output types its functions more loosely than the contract does.
  return value as Check;
}

function refuse(where: string, why: string): WitnessError {
  return new WitnessError({
    code: 'CHECK_INVALID',
    what: `This is no valid check: ${why}`,
    where,
    next: 'Mend the file',
  });
}
