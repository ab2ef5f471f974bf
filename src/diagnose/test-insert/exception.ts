import { type ServerException, serverException } from '../../model/load.ts';

/** The typed failure of a call to the target; undefined for anything else that was thrown. */
export function exceptionOf(error: unknown): ServerException | undefined {
  if (!(error instanceof Error) || !('toException' in error) || typeof error.toException !== 'function')
    return undefined;
  const parsed = serverException.safeParse(error.toException());
  return parsed.success ? parsed.data : undefined;
}
