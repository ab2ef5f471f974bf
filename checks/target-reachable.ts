import { defineCheck, fail, formatDuration, pass, type ServerException, serverException, z } from '../src/api.ts';

const facts = z.strictObject({
  url: z.string(),
  kind: z.enum(['server', 'embedded']),
  user: z.string(),
  database: z.string(),
  ms: z.number(),
  version: z.string().optional(),
  hostname: z.string().optional(),
  failure: serverException.optional(),
});

/** Codes by which a server says that it does not let this user in: wrong password or user, old and new, and a foreign address. */
const NO_ENTRY = new Set([192, 193, 194, 195, 516]);
const UNKNOWN_DATABASE = 81;

export default defineCheck({
  id: 'target-reachable',
  title: 'The target answers queries',
  failureTitle: 'The target does not answer queries',
  why: 'Without an answer nothing can be loaded, and no other check can see anything.',
  phases: ['before', 'after'],
  factsVersion: 1,
  facts,
  async collect(probe) {
    const { url, kind, user, database } = probe.target;
    const found = await probe.reach();
    const base = { url, kind, user, database, ms: found.ms };
    if (found.ok) return { ...base, version: found.capabilities.version, hostname: found.capabilities.hostname };
    const failure = serverException.safeParse(found.failure);
    return {
      ...base,
      failure: failure.success
        ? failure.data
        : { failure: 'other' as const, message: found.failure?.message ?? 'no answer' },
    };
  },
  judge(facts) {
    const where = facts.kind === 'embedded' ? 'the embedded engine' : facts.url;
    if (!facts.failure)
      return pass(`ClickHouse ${facts.version ?? ''} at ${where} answered in ${formatDuration(facts.ms)}`);
    return fail(`${where}: ${facts.failure.message}`, {
      because: [`first contact as ${facts.user} after ${formatDuration(facts.ms)}: ${facts.failure.failure}`],
      remedies: remedies(facts.failure, facts),
    });
  },
});

function remedies(failure: ServerException, facts: { url: string; user: string; database: string }): string[] {
  if (failure.code !== undefined && NO_ENTRY.has(failure.code))
    return [
      `Check the user name (${facts.user}) and the password. The server's own log names the true reason, its answer does not`,
      `Try them alone: curl -sS -u ${facts.user} '${facts.url}/?query=SELECT%201'`,
    ];
  if (failure.code === UNKNOWN_DATABASE) return [`CREATE DATABASE ${facts.database}, or name another with --database`];
  switch (failure.failure) {
    case 'dns':
      return ['Check the spelling of the host; a container’s name is known inside its Docker network only'];
    case 'refused':
      return [
        'Check host and port (8123 for HTTP, 8443 for HTTPS) and that the server runs and listens on that address',
      ];
    case 'reset':
      return ['Check that the port speaks HTTP: 9000 and 9440 are for native clients'];
    case 'timeout':
      return ['Check firewall and routes to that address, or raise the connect timeout'];
    case 'tls':
      return ['Check http:// against https://, the host name in the certificate, and the CA file'];
    case 'not-clickhouse':
      return ['Check host, port and path: something else answers there'];
    case 'engine-died':
      return ['Look at the last lines of the engine’s own log; another process may hold the same data folder'];
    default:
      return [`Try it alone: curl -sS '${facts.url}/ping'`];
  }
}
