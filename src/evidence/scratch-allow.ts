import { EngineError } from '../engine/errors.ts';

/** Settings that the server says it wants before it creates such a column: `Set setting allow_experimental_x = 1`. */
function wanted(error: unknown): string | undefined {
  if (!(error instanceof EngineError) || error.failure !== 'server') return undefined;
  return /\b((?:allow|enable)_(?:experimental|suspicious|deprecated|nullable|floating|time)\w*)/.exec(
    error.serverText ?? error.message,
  )?.[1];
}

/**
 * Runs DDL that is known to have been accepted once, with what its author had switched on: each setting that an exception asks
 * for is added, eight at most. Throws the last error.
 */
export async function withAllowed<T>(
  settings: Record<string, string>,
  run: (settings: Record<string, string>) => Promise<T>,
): Promise<T> {
  const allowed = { ...settings };
  for (let tries = 0; ; tries += 1) {
    try {
      return await run(allowed);
    } catch (error) {
      const setting = wanted(error);
      if (setting === undefined || Object.hasOwn(allowed, setting) || tries === 8) throw error;
      allowed[setting] = '1';
    }
  }
}
