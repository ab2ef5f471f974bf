import { EngineError } from '../engine/errors.ts';
import { quoteName } from '../kernel/sql.ts';
import type { Unmet } from './needs.ts';

/** The privilege that an exception asks for: `SELECT(n) ON shop.orders`. */
const WANTED =
  /necessary to have (?:the )?grant ([A-Z][A-Z ]*(?:\([^)]*\))?)(?: for at least one column)? ON (\S+?)\.?(?:\s|$)/i;

/** What each of these codes says of the user, not of what was asked about. */
const LIMITS: Record<number, string> = {
  497: 'a privilege is missing',
  291: 'this user may not see that database',
  164: 'this user is read-only',
  201: 'the quota of this user is used up',
  202: 'too many statements run at once',
};

/** A refusal that has to do with who asks: could-not-run, with what would mend it. Undefined for every other error. */
export function refusalOf(error: unknown, user: string): Unmet | undefined {
  if (!(error instanceof EngineError) || error.failure !== 'server' || error.code === undefined) return undefined;
  const limit = LIMITS[error.code];
  if (limit === undefined) return undefined;
  return { reason: `${limit}: ${error.message}`, remedies: remediesOf(error.code, error.message, user) };
}

function remediesOf(code: number, message: string, user: string): string[] {
  const [, privilege, on] = (code === 497 && WANTED.exec(message)) || [];
  if (privilege !== undefined && on !== undefined) return [`GRANT ${privilege.trim()} ON ${on} TO ${quoteName(user)}`];
  if (code === 201)
    return [
      'Wait until its interval is over, or ask for a larger quota: SHOW QUOTA tells how much is used (20.5 and newer)',
    ];
  if (code === 291) return [`Add the database to allow_databases of ${user} in users.xml`];
  return [];
}
