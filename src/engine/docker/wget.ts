import type { HttpFinding } from '../../model/http-exam.ts';
import { answerFinding, type HttpAnswer } from '../http-exam/answer.ts';
import type { CallResult } from './call.ts';
import type { CurlAnswer, CurlRequest } from './curl.ts';

/** GNU wget reads its address, login included, from standard input; BusyBox’s has none of these options. */
export function wgetArguments({ timeoutSeconds, ca }: CurlRequest): string[] {
  return [
    'wget',
    '--input-file=-',
    '--no-verbose',
    '--server-response',
    '--content-on-error',
    '--auth-no-challenge',
    '--no-proxy',
    '--max-redirect=0',
    '--tries=1',
    `--timeout=${timeoutSeconds}`,
    '--output-document=-',
    ...(ca === false ? ['--no-check-certificate'] : []),
  ];
}

/** The address for standard input; a statement goes into it. */
export function wgetAddress({ url, body, login }: CurlRequest): string {
  const address = new URL(url);
  if (body !== undefined) address.searchParams.set('query', body);
  if (login !== undefined) {
    address.username = encodeURIComponent(login.user);
    address.password = encodeURIComponent(login.password);
  }
  return `${address.href}\n`;
}

/** What wget brought back. Its chatter is in English: every call has LC_ALL=C, and the container its own. */
export function readWget({ code, stdout, stderr }: CallResult, secure: boolean): CurlAnswer {
  const answer = answerOf(stderr, stdout.toString('utf8'));
  const nothing = { address: undefined, times: undefined };
  if (answer) return { answer, finding: answerFinding(answer, secure), ...nothing };
  return { answer: undefined, finding: wgetFinding(code, stderr), ...nothing };
}

function answerOf(stderr: string, body: string): HttpAnswer | undefined {
  const lines = stderr.split(/\r?\n/).map((line) => line.trim());
  const first = lines.findLastIndex((line) => /^HTTP\/[\d.]+ \d+/.test(line));
  if (first < 0) return undefined;
  const headers = lines.slice(first + 1).flatMap((line) => {
    const match = /^([\w-]+): (.*)$/.exec(line);
    return match?.[1] === undefined ? [] : [[match[1].toLowerCase(), match[2] ?? ''] as const];
  });
  return { status: Number(/ (\d+)/.exec(lines[first] ?? '')?.[1]), headers: Object.fromEntries(headers), body };
}

const WORDS: readonly (readonly [RegExp, HttpFinding['condition']])[] = [
  [/Temporary failure in name resolution/i, 'resolver-down'],
  [/unable to resolve host|bad address|Name or service not known/i, 'name-unknown'],
  [/Connection refused/i, 'refused'],
  [/No route to host|Network is unreachable/i, 'no-route'],
  [/certificate.*expired/i, 'certificate-expired'],
  [/not yet (?:valid|activated)/i, 'certificate-not-yet-valid'],
  [/common name|no certificate subject alternative name matches/i, 'certificate-other-name'],
  [/cannot verify/i, 'certificate-untrusted'],
  [/wrong version number|unexpected TLS packet|Unable to establish SSL/i, 'no-tls-on-port'],
  [/timed out/i, 'connect-timeout'],
  [/No data received|Connection reset|Read error/i, 'connection-reset'],
];

function wgetFinding(code: number, stderr: string): HttpFinding {
  const found = WORDS.find(([pattern]) => pattern.test(stderr));
  const said = stderr.trim().split('\n').at(-1)?.slice(0, 200) || `wget ended with ${code}`;
  return { condition: found?.[1] ?? 'unclear', said };
}
