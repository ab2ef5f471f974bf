import type { LogName, LogOutcome } from '../model/control.ts';
import { allows, grantStatement, parseGrants } from '../model/grants.ts';
import type { Capabilities } from '../model/target.ts';

type Unavailable = Extract<LogOutcome, { outcome: 'unavailable' }>;

const unavailable = (reason: Unavailable['reason'], because: string, remedies: string[] = []): Unavailable => ({
  outcome: 'unavailable',
  reason,
  because,
  remedies,
});

/** The table is there, and this user may not read it. */
export function notGranted(log: LogName, user: string): Unavailable {
  const grant = grantStatement({ privilege: 'SELECT', on: { database: 'system', table: log } }, user);
  return unavailable('grant', `SELECT on system.${log} is not granted to ${user}`, [grant]);
}

/** Why a log table is not visible: the grant, or the table itself. */
export function tableHidden(
  log: LogName,
  { grants, user, version }: Pick<Capabilities, 'grants' | 'user' | 'version'>,
): Unavailable {
  const question = { privilege: 'SELECT', on: { database: 'system', table: log } };
  const grant = grantStatement(question, user);
  const answer = grants && allows(parseGrants(grants), question).answer;
  if (answer === 'no') return notGranted(log, user);
  const configure = `Configure <${log}> in the server's configuration`;
  const logging =
    log === 'query_log'
      ? `${configure} and log_queries = 1 for the users in question`
      : `${configure} (19.14 and newer)`;
  if (answer === 'yes')
    return unavailable(
      'table',
      `system.${log} does not exist on this server (${version}), not even after a flush: nothing was ever written to it`,
      [logging],
    );
  return unavailable(
    'table',
    `system.${log} does not exist on this server (${version}), or ${user} may not see it`,
    grants ? [logging, grant] : [logging],
  );
}

/** Names of `log_queries_min_type` by which the ends of statements that went well are left out. */
const ONLY_FAILURES = /^(EXCEPTION_BEFORE_START|EXCEPTION_WHILE_PROCESSING|3|4)$/;

function profile(user: string, setting: string): string[] {
  return [`ALTER USER \`${user}\` SETTINGS ${setting} (or in the profile of ${user} in users.xml)`];
}

/**
 * The setting by which statements of this user can be missing from query_log, whether or not the control queries are in it;
 * undefined when none does. `settings` as `system.settings` shows them to this user.
 */
export function hiddenBySettings(settings: Readonly<Record<string, string>>, user: string): Unavailable | undefined {
  const { log_queries, log_queries_min_type, log_queries_probability, log_queries_min_query_duration_ms } = settings;
  if (log_queries === '0')
    return unavailable(
      'setting',
      `log_queries = 0 for ${user}: its statements are not logged`,
      profile(user, 'log_queries = 1'),
    );
  if (log_queries_min_type !== undefined && ONLY_FAILURES.test(log_queries_min_type))
    return unavailable(
      'setting',
      `log_queries_min_type = ${log_queries_min_type} for ${user}: only statements that failed are logged`,
      profile(user, "log_queries_min_type = 'QUERY_START'"),
    );
  if (log_queries_probability !== undefined && Number(log_queries_probability) < 1)
    return unavailable(
      'setting',
      `log_queries_probability = ${log_queries_probability} for ${user}: only that share of its statements is logged`,
      profile(user, 'log_queries_probability = 1'),
    );
  if (log_queries_min_query_duration_ms !== undefined && Number(log_queries_min_query_duration_ms) > 0)
    return unavailable(
      'setting',
      `log_queries_min_query_duration_ms = ${log_queries_min_query_duration_ms} for ${user}: shorter statements are not logged`,
      profile(user, 'log_queries_min_query_duration_ms = 0'),
    );
  return undefined;
}

/** Several nodes behind one address: a log is local to its node. */
export function otherNode(log: LogName, asked: readonly string[], read: string): Unavailable | undefined {
  const others = [...new Set(asked)].filter((hostname) => hostname !== read && hostname !== '');
  if (others.length === 0 || read === '') return undefined;
  return unavailable(
    'other-node',
    `system.${log} was read on ${read}, and control queries were answered by ${others.join(', ')}: the address leads to several nodes, and each keeps a log of its own`,
    ['Name one node instead of the balancer in front of it, the one that the load speaks to'],
  );
}

/** Nodes by the names they answered with: of several, nobody knows whose log was read and who took the load. */
export function severalNodes(log: LogName, names: readonly string[]): Unavailable | undefined {
  if (names.length < 2) return undefined;
  return unavailable(
    'other-node',
    `statements of this run were answered by several nodes (${names.join(', ')}), and system.${log} of one of them says nothing of the others`,
    [
      'Name one node instead of the balancer in front of it, the one that the load speaks to; with --cluster the logs of all replicas are read',
    ],
  );
}

/** What a level of text_log leaves out: lines of single queries are Debug (7) and Trace (8). */
export function levelTooCoarse(finest: number): Unavailable | undefined {
  const name = LEVELS[finest];
  if (name === undefined || finest >= 7) return undefined;
  return unavailable(
    'level',
    `system.text_log keeps nothing finer than ${name} here, and what single queries do is written at Debug: errors can be seen in it, statements cannot`,
    ['<text_log><level>debug</level></text_log> in the server’s configuration, and <logger><level> no coarser'],
  );
}

const LEVELS: Record<number, string> = {
  1: 'Fatal',
  2: 'Critical',
  3: 'Error',
  4: 'Warning',
  5: 'Notice',
  6: 'Information',
};
