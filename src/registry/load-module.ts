import { pathToFileURL } from 'node:url';
import * as api from '../api.ts';
import { messageOf, WitnessError } from '../kernel/errors.ts';
import { isRecord } from './is-record.ts';

/**
 * What a module's default export gives: the value itself, or what `(api) => value` returns.
 * Throws a `WitnessError` naming the file when it cannot be loaded or exports nothing by default.
 */
export async function loadDefault(path: string): Promise<unknown> {
  try {
    const loaded: unknown = await import(pathToFileURL(path).href);
    const value = isRecord(loaded) ? loaded.default : undefined;
    const made: unknown = typeof value === 'function' ? await value(api) : value;
    if (made !== undefined) return made;
  } catch (error) {
    throw new WitnessError({
      code: 'CHECK_NOT_LOADABLE',
      what: `This file could not be loaded: ${messageOf(error)}`,
      where: path,
      next: 'Mend it, or take it out of the configuration',
      cause: error,
    });
  }
  throw new WitnessError({
    code: 'CHECK_NO_DEFAULT',
    what: 'This file exports no check by default',
    where: path,
    next: 'Write: export default (api) => api.defineCheck({ … })',
  });
}
