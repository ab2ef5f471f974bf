import { WitnessError } from '../kernel/errors.ts';
import type { Check } from './check.ts';

/**
 * The options of a check as its own schema reads them; `{}` for a check without any.
 * Throws a `WitnessError` that names the key when the configuration holds what the schema refuses.
 */
export function checkOptions(check: Pick<Check, 'id' | 'options'>, given: unknown): unknown {
  if (!check.options) {
    if (given === undefined || (typeof given === 'object' && given !== null && Object.keys(given).length === 0))
      return {};
    throw new WitnessError({
      code: 'CHECK_OPTIONS',
      what: `The check ${check.id} takes no options`,
      where: `checks.${check.id}.options`,
      next: 'Remove them',
    });
  }
  const parsed = check.options.safeParse(given ?? {});
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new WitnessError({
    code: 'CHECK_OPTIONS',
    what: `An option of the check ${check.id} is not understood: ${issue?.message ?? 'unknown'}`,
    where: ['checks', check.id, 'options', ...(issue?.path ?? [])].join('.'),
    next: 'Run "chwitness checks" to see what it takes',
  });
}
