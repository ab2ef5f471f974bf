import { formatDuration } from '../../kernel/format.ts';
import type { HttpCondition, HttpFinding } from '../../model/http-exam.ts';

/** What a sentence on an HTTP interface speaks of. */
export interface Met {
  url: string;
  host: string;
  port: number;
  user: string;
  database: string;
  finding: HttpFinding;
  attempts: number;
  total_ms: number;
  /** Proxy in between. */
  via?: string | undefined;
  /** Certificate, where one was shown. */
  certificate?: { names: string; valid_from: string; valid_to: string; issuer: string } | undefined;
}

type Say = (met: Met) => { message: string; remedies: string[] };

const say =
  (message: (met: Met) => string, ...remedies: ((met: Met) => string)[]): Say =>
  (met) => ({ message: message(met), remedies: remedies.map((one) => one(met)) });

const status = ({ finding }: Met) => (finding.status === undefined ? '' : ` (HTTP ${finding.status})`);
const page = ({ finding }: Met) => (finding.title === undefined ? '' : `, with a page titled “${finding.title}”`);
const at = ({ host, port, via }: Met) => (via === undefined ? `${host}:${port}` : `the proxy ${via}`);
const who = ({ host, via }: Met) => (via === undefined ? host : (via.split(':')[0] ?? via));
const code = ({ finding }: Met) => (finding.code === undefined ? '' : ` (code ${finding.code})`);
const said = ({ finding }: Met) => (finding.said === undefined ? '' : `: ${finding.said}`);
const curl = ({ url, user }: Met) => `curl -sS -u ${user} '${url}/?query=SELECT%201'`;

/** One sentence and its remedies for each condition; a test holds that no two share a sentence. */
const SENTENCES: Readonly<Record<HttpCondition, Say>> = {
  ok: say(({ url }) => `${url} answers`),
  readonly: say(
    ({ url, user, finding }) =>
      `${url} answers, and ${user} may only read (${finding.said ?? 'readonly'}): an INSERT of ${user} is refused with code 164`,
    ({ user }) => `Load as another user, or take readonly out of the profile of ${user}`,
  ),
  'waking-up': say(
    ({ url, attempts, total_ms }) =>
      `${url} was waking up: it answered ${attempts > 1 ? `at attempt ${attempts}, ` : ''}after ${formatDuration(total_ms)}`,
    () => 'Wake a service that sleeps before a load begins, or give the loader a timeout of a minute',
  ),
  'name-unknown': say(
    (met) => `the name ${who(met)} is not known to the name service`,
    () => 'Check the spelling; a container’s name is known inside its Docker network only',
  ),
  'resolver-down': say(
    (met) => `the name service did not answer when asked for ${who(met)}`,
    () => 'Check /etc/resolv.conf and the network: the name itself may be right',
  ),
  'no-route': say(
    (met) => `there is no route from here to ${at(met)}`,
    () => 'Check VPN, network and address; an IPv6 address needs IPv6 on this machine',
  ),
  refused: say(
    (met) => `nothing listens at ${at(met)}: the connection was refused`,
    () =>
      'Check that the server runs, that it listens on this address (<listen_host>), and the port: 8123 for HTTP, 8443 for HTTPS',
  ),
  'connect-timeout': say(
    (met) => `${at(met)} does not answer the attempt to connect`,
    () => 'A firewall or a security group drops the packets: allow this machine to reach that port',
  ),
  'connection-reset': say(
    (met) => `${at(met)} takes the connection and closes it without an answer`,
    () =>
      'Check that the port speaks HTTP; a balancer without a healthy server behind it does the same, and so does TLS that demands a client certificate',
  ),
  silent: say(
    (met) => `${at(met)} takes the request and answers nothing`,
    () => 'Look at the load of the server and at max_connections; a wrong port of another service is silent, too',
  ),
  'tls-on-port': say(
    ({ port, url }) => `port ${port} speaks TLS, and ${url} speaks to it without`,
    ({ url }) => `Use ${url.replace(/^http:/, 'https:')}`,
  ),
  'no-tls-on-port': say(
    ({ port, url }) => `port ${port} does not speak TLS, and ${url} asks for it`,
    ({ url }) => `Use ${url.replace(/^https:/, 'http:')}, or the port meant for https (8443)`,
  ),
  'certificate-expired': say(
    ({ host, certificate }) =>
      `the certificate of ${host} has expired${certificate ? ` on ${certificate.valid_to}` : ''}`,
    () => 'Renew it on the server; check the clock of this machine, too',
  ),
  'certificate-not-yet-valid': say(
    ({ host, certificate }) =>
      `the certificate of ${host} is not valid yet${certificate ? `: from ${certificate.valid_from}` : ''}`,
    () => 'Check the clock of this machine first, then the certificate',
  ),
  'certificate-other-name': say(
    ({ host, certificate }) =>
      `the certificate is not made out to ${host}${certificate ? `, it names ${certificate.names || 'nobody'}` : ''}`,
    () => 'Use a name that it holds, or set target.tls.server_name',
  ),
  'certificate-untrusted': say(
    ({ host, certificate }) =>
      `the certificate of ${host} is signed by an authority that is not trusted here${certificate ? ` (${certificate.issuer})` : ''}`,
    () => 'Name the authority with --ca FILE',
  ),
  'tls-refused': say(
    ({ host }) => `${host} refused the TLS handshake: it may demand a client certificate or another version of TLS`,
    () => 'Give --cert and --key, or look into <openSSL> of the server',
  ),
  'native-port': say(
    ({ port }) => `port ${port} is for ClickHouse’s native protocol, not for HTTP`,
    ({ finding }) =>
      `Use the HTTP port${/use port (\d+) for HTTP/.exec(finding.said ?? '')?.[1]?.replace(/^/, ' ') ?? ' (8123)'}`,
  ),
  'native-tls-port': say(
    ({ port }) => `port ${port} is for ClickHouse’s native protocol over TLS, not for HTTPS`,
    () => 'Use the HTTPS port (8443)',
  ),
  'not-http': say(
    (met) => `${at(met)} answers, and not in HTTP: it is the port of another protocol`,
    () => 'Check the port: 8123 for HTTP, 8443 for HTTPS',
  ),
  redirect: say(
    (met) =>
      `${met.url} redirects to ${met.finding.location ?? 'another address'}${status(met)}: that is not ClickHouse’s HTTP interface`,
    () => 'Name the address that it leads to, if ClickHouse is there, or go around what redirects',
  ),
  'login-page': say(
    (met) => `a login page stands in front of ${met.url}${status(met)}${page(met)}`,
    () =>
      'Log in to that network or gateway first, or ask for a way around it; the ClickHouse password was not sent to it',
  ),
  'refused-between': say(
    (met) =>
      `something in front of ${met.url} refuses access${status(met)}${page(met)}: it is not ClickHouse that says so`,
    () => 'Ask who runs the proxy or gateway in between what it wants: an address list, a token, another path',
  ),
  'not-found-between': say(
    (met) =>
      `something in front of ${met.url} knows nothing under this path${status(met)}${page(met)}: it is not ClickHouse that says so`,
    () => 'Check host, port and path',
  ),
  'proxy-login': say(
    (met) =>
      `the HTTP proxy${met.via === undefined ? '' : ` ${met.via}`} on the way to ${met.host}:${met.port} demands a login of its own${status(met)}`,
    () => 'Give its credentials in CHWITNESS_PROXY=http://user:password@proxy:3128',
  ),
  'gateway-down': say(
    (met) =>
      `a proxy or balancer in front of ${met.url} has no server behind it${status(met)}${page(met)}, after ${met.attempts} attempts in ${formatDuration(met.total_ms)}`,
    () => 'Start the server behind it, or wait until a service that sleeps has woken up',
  ),
  'other-service': say(
    (met) => `${met.url} answers, and it is not ClickHouse${status(met)}${said(met)}`,
    () => 'Check host, port and path: something else listens there',
  ),
  'no-handler': say(
    (met) => `ClickHouse serves nothing under the path of ${met.url}${status(met)}`,
    () => 'Leave the path out, or look into <http_handlers> of the server',
  ),
  'unknown-user': say(
    (met) => `the server knows no user ${met.user}${code(met)}`,
    () => 'Check the user name: CREATE USER, or users.xml',
  ),
  'wrong-password': say((met) => `the password of ${met.user} is wrong${code(met)}`, curl),
  'password-required': say(
    (met) => `${met.user} has a password, and none was given${code(met)}`,
    () => 'Give it as CLICKHOUSE_PASSWORD, with --password-file or --password-prompt',
  ),
  'authentication-failed': say(
    (met) =>
      `the server does not let ${met.user} in: there is no such user or the password is not right, and it does not say which${code(met)}`,
    () => 'Its own log (server-log, level Error of Access) names the true reason',
    curl,
  ),
  'address-not-allowed': say(
    (met) => `${met.user} may not come from this address${code(met)}`,
    ({ user }) => `ALTER USER ${user} HOST …, or <networks> in users.xml`,
  ),
  'database-missing': say(
    (met) => `there is no database ${met.database}${code(met)}`,
    ({ database }) => `CREATE DATABASE ${database}, or name another with --database`,
  ),
  'quota-exceeded': say(
    (met) => `the quota of ${met.user} is used up${code(met)}${said(met)}`,
    () => 'Wait for the next interval, or raise it: ALTER QUOTA, or <quotas> in users.xml',
  ),
  'server-error': say((met) => `the server refuses SELECT 1${code(met)}${said(met)}`),
  unclear: say((met) => `the request to ${met.url} failed${said(met)}`, curl),
};

/** The sentence on what was met, and what to do about it. */
export function reachSentence(met: Met): { message: string; remedies: string[] } {
  return SENTENCES[met.finding.condition](met);
}
