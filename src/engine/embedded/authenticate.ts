import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type EngineException, exception } from './exception.ts';
import { header } from './request.ts';

/** Compares without telling by the time it takes how much of a guess was right. */
export function sameSecret(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/**
 * Basic auth, `X-ClickHouse-User`/`-Key`, or `user`/`password` in the URL: one of them at a time, as the server has it.
 * @returns the user. @throws EngineException 516, with the server's text that does not say which half was wrong
 */
export function authenticate(request: IncomingMessage, url: URL, expected: { user: string; password: string }): string {
  const given = credentials(request, url);
  const user = sameSecret(given.user, expected.user);
  const password = sameSecret(given.password, expected.password);
  if (user && password) return given.user;
  throw failed(`${given.user}: Authentication failed: password is incorrect, or there is no user with such name.`);
}

function credentials(request: IncomingMessage, url: URL): { user: string; password: string } {
  // Node reads header bytes as latin1; the server takes them for UTF-8.
  const utf8 = (name: string) => {
    const value = header(request, name);
    return value === undefined ? undefined : Buffer.from(value, 'latin1').toString();
  };
  const headers = { user: utf8('x-clickhouse-user'), password: utf8('x-clickhouse-key') };
  const basic = request.headers.authorization;
  const inUrl = url.searchParams.has('user') || url.searchParams.has('password');
  const several = (one: string, other: string) =>
    failed(`Invalid authentication: it is not allowed to use ${one} and ${other} simultaneously`);
  if (headers.user !== undefined || headers.password !== undefined) {
    if (basic !== undefined) throw several('X-ClickHouse HTTP headers', 'Authorization HTTP header');
    if (inUrl) throw several('X-ClickHouse HTTP headers', 'authentication via parameters');
    if (!headers.user) throw failed('Got an empty user name from X-ClickHouse HTTP headers');
    return { user: headers.user, password: headers.password ?? '' };
  }
  if (basic !== undefined) {
    if (inUrl) throw several('Authorization HTTP header', 'authentication via parameters');
    const [scheme = '', encoded = ''] = basic.split(' ');
    if (scheme.toLowerCase() !== 'basic') {
      throw failed(`Invalid authentication: '${scheme}' HTTP Authorization scheme is not supported`);
    }
    const decoded = Buffer.from(encoded, 'base64').toString();
    const colon = decoded.indexOf(':');
    const user = colon === -1 ? decoded : decoded.slice(0, colon);
    if (user === '') throw failed('Got an empty user name from Authorization HTTP header');
    return { user, password: colon === -1 ? '' : decoded.slice(colon + 1) };
  }
  return { user: url.searchParams.get('user') ?? 'default', password: url.searchParams.get('password') ?? '' };
}

const failed = (message: string): EngineException => exception(516, 'AUTHENTICATION_FAILED', message);
