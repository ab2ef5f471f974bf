import type { DockerHttp } from '../../model/docker-http.ts';
import type { HttpFinding } from '../../model/http-exam.ts';
import { answerFinding, type HttpAnswer } from '../http-exam/answer.ts';
import type { CallResult } from './call.ts';

/** One request as a configuration for `curl --config -`: nothing of it stands in an argument. */
export interface CurlRequest {
  url: string;
  body?: string | undefined;
  login?: { user: string; password: string } | undefined;
  timeoutSeconds: number;
  /** Path of the authority inside, or false: the certificate is not checked. */
  ca?: string | false | undefined;
  /** Reasons of a failed connection stand only in its chatter, which also holds credentials: not with a login. */
  verbose?: boolean | undefined;
}

/** Separates what curl measured from the answer. */
const MARK = '#chwitness#';
const MEASURED = [
  'remote_ip',
  'time_namelookup',
  'time_connect',
  'time_appconnect',
  'time_starttransfer',
  'time_total',
];

function quoted(text: string): string {
  const escaped = text.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n').replace(/\r/g, '\\r').replace(/\t/g, '\\t');
  return `"${escaped}"`;
}

/** @see https://curl.se/docs/manpage.html#-K */
export function curlConfig({ url, body, login, timeoutSeconds, ca, verbose }: CurlRequest): string {
  const lines = [
    `url = ${quoted(url)}`,
    'silent',
    'show-error',
    'include',
    'noproxy = "*"',
    `connect-timeout = ${Math.ceil(timeoutSeconds / 2)}`,
    `max-time = ${timeoutSeconds}`,
    `write-out = ${quoted(`\n${MARK}${MEASURED.map((name) => ` %{${name}}`).join('')}\n`)}`,
    ...(login === undefined ? [] : [`user = ${quoted(`${login.user}:${login.password}`)}`]),
    ...(body === undefined ? [] : [`data = ${quoted(body)}`]),
    ...(ca === false ? ['insecure'] : ca === undefined ? [] : [`cacert = ${quoted(ca)}`]),
    ...(verbose === true && login === undefined ? ['verbose'] : []),
  ];
  return `${lines.join('\n')}\n`;
}

export interface CurlAnswer {
  answer: HttpAnswer | undefined;
  finding: HttpFinding | undefined;
  address: string | undefined;
  times: DockerHttp['times'];
}

/** What curl brought back: an answer, or what stopped it. */
export function readCurl({ code, stdout, stderr }: CallResult, secure: boolean): CurlAnswer {
  const text = stdout.toString('utf8');
  const at = text.lastIndexOf(MARK);
  const [address = '', ...seconds] =
    at < 0
      ? []
      : text
          .slice(at + MARK.length)
          .replace(/^ /, '')
          .trimEnd()
          .split(' ');
  const [name = 0, tcp = 0, tls = 0, first_byte = 0, total = 0] = seconds.map(
    (one) => Math.round(Number(one) * 1e4) / 10,
  );
  const measured = {
    address: address === '' ? undefined : address,
    times: at < 0 ? undefined : { name, tcp, tls, first_byte, total },
  };
  if (code !== 0) return { answer: undefined, finding: curlFinding(code, stderr, tcp > 0), ...measured };
  const answer = parseAnswer(at < 0 ? text : text.slice(0, at).replace(/\n$/, ''));
  return { answer, finding: answer && answerFinding(answer, secure), ...measured };
}

/** The last head of the answer (those of `100 Continue` go before it) and its body. */
export function parseAnswer(text: string): HttpAnswer | undefined {
  const head = /^HTTP\/[\d.]+ (\d+)[^\n]*\n((?:[^\r\n]+\r?\n)*)\r?\n/.exec(text);
  if (!head) return undefined;
  const rest = text.slice(head[0].length);
  if (head[1] === '100') return parseAnswer(rest);
  const headers = (head[2] ?? '').split(/\r?\n/).flatMap((line) => {
    const colon = line.indexOf(':');
    return colon < 0 ? [] : [[line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const];
  });
  return { status: Number(head[1]), headers: Object.fromEntries(headers), body: rest };
}

/** @see https://curl.se/libcurl/c/libcurl-errors.html for the codes; the words are those of curl 7.60 to 8. */
function curlFinding(code: number, stderr: string, connected: boolean): HttpFinding {
  const last =
    stderr
      .split('\n')
      .filter((line) => line.startsWith('curl: '))
      .at(-1) ?? '';
  const said = last.replace(/^curl: \(\d+\) /, '').slice(0, 200) || `curl ended with ${code}`;
  const as = (condition: HttpFinding['condition']): HttpFinding => ({ condition, said });
  switch (code) {
    case 6:
      return as(/temporary|try again/i.test(stderr) ? 'resolver-down' : 'name-unknown');
    case 7:
      return as(/No route to host|Network is unreachable|Host is unreachable/i.test(stderr) ? 'no-route' : 'refused');
    case 28:
      if (/resolving timed out/i.test(stderr)) return as('resolver-down');
      return as(connected ? 'silent' : 'connect-timeout');
    case 35:
      if (/wrong version number|packet length too long|record overflow|unknown protocol/i.test(stderr))
        return as('no-tls-on-port');
      return as(/alert|handshake failure/i.test(stderr) ? 'tls-refused' : 'connection-reset');
    case 51:
      return as('certificate-other-name');
    case 60:
      if (/expired/i.test(stderr)) return as('certificate-expired');
      if (/not yet valid/i.test(stderr)) return as('certificate-not-yet-valid');
      return as(/subject name|does not match/i.test(stderr) ? 'certificate-other-name' : 'certificate-untrusted');
    case 1:
      return as(/HTTP\/0\.9/.test(stderr) ? 'not-http' : 'unclear');
    case 52:
    case 55:
    case 56:
      return as('connection-reset');
    default:
      return as('unclear');
  }
}
