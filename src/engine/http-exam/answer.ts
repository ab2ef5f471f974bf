import type { HttpFinding } from '../../model/http-exam.ts';
import { parseServerException } from '../exception-text.ts';

/** An answer over HTTP, as any client reports it. */
export interface HttpAnswer {
  status: number;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** ClickHouse's codes about who is let in; 192 to 194 are old servers', which say more than they should. */
const BY_CODE: Readonly<Record<number, HttpFinding['condition']>> = {
  81: 'database-missing',
  192: 'unknown-user',
  193: 'wrong-password',
  194: 'password-required',
  195: 'address-not-allowed',
  201: 'quota-exceeded',
  516: 'authentication-failed',
};

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, 300);
}

/** A redirect's target without credentials, query and fragment. */
function place(location: string): string {
  try {
    const url = new URL(location, 'http://relative.invalid');
    return url.hostname === 'relative.invalid' ? url.pathname : `${url.protocol}//${url.host}${url.pathname}`;
  } catch {
    return 'an unreadable address';
  }
}

function fromServer(answer: HttpAnswer): HttpFinding | undefined {
  const { status, headers, body } = answer;
  const exception = parseServerException(body);
  const code = exception?.code ?? Number(headers['x-clickhouse-exception-code'] || Number.NaN);
  if (Number.isNaN(code)) return undefined;
  const condition = exception?.codes.map((one) => BY_CODE[one]).find(Boolean) ?? BY_CODE[code] ?? 'server-error';
  return { condition, status, code, said: oneLine(exception?.message ?? body) };
}

/** What an answer that is not the expected one means; undefined when nothing in it says so. */
export function answerFinding(answer: HttpAnswer, secure: boolean): HttpFinding | undefined {
  const { status, headers, body } = answer;
  const native = /Port (\d+) is for clickhouse-client program/.exec(body);
  if (native) return { condition: secure ? 'native-tls-port' : 'native-port', status, said: oneLine(body) };
  if (/plain HTTP request was sent to HTTPS port/i.test(body)) return { condition: 'tls-on-port', status };
  const server = fromServer(answer);
  if (server) return server;
  const ours = Object.keys(headers).some((name) => name.startsWith('x-clickhouse-'));
  if (/There is no handle/.test(body)) return { condition: 'no-handler', status };
  if (status === 200 && ours) return undefined;
  const title = /<title>\s*([^<]{1,80}?)\s*<\/title>/i.exec(body)?.[1]?.replace(/\s+/g, ' ');
  const seen = { status, ...(title === undefined ? {} : { title }) };
  if (status >= 300 && status < 400 && headers.location !== undefined)
    return { condition: 'redirect', status, location: place(headers.location) };
  if (status === 407) return { condition: 'proxy-login', ...seen };
  if (/<form\b|<input[^>]+type=["']?password|sign[ -]?in|log[ -]?in/i.test(body) && /<html|<!doctype/i.test(body))
    return { condition: 'login-page', ...seen };
  if (status === 401 || status === 403) return { condition: 'refused-between', ...seen };
  if (status === 404) return { condition: ours ? 'no-handler' : 'not-found-between', ...seen };
  if (status === 502 || status === 503 || status === 504) return { condition: 'gateway-down', ...seen };
  if (status !== 200) return { condition: 'other-service', ...seen, said: oneLine(body) };
  return undefined;
}
