import type { Finds, TextRule } from './finds.ts';
import { readQuoted } from './quoted.ts';

const HEADER =
  /authorization(?:\\*["'`]|%22|&quot;)?[ \t]*(?:=>|[:=,]|%3[Dd]|%3[Aa])(?:[ \t]|%20|\+)*(\\*["']|%27|%22|&quot;)?(?:(basic|bearer|digest|token|negotiate|aws4-hmac-sha256)(?:[ \t]|%20|\+)+)?/iy;
const BARE = /[^\r\n"'\\<>]+/y;
const SCHEME = /(bearer|basic)(?:[ \t]|%20|\+)+([A-Za-z0-9._~+/=%-]{8,})/iy;
const CURL_USER = /-u[ \t]+|--(?:proxy-)?user(?:[ \t]+|=)/y;

/** `Authorization: Basic …`, in any notation; the scheme stays readable. */
export const authorizationHeader: TextRule = {
  keywords: ['authorization'],
  at(finds: Finds, at: number): void {
    if (finds.inside(at)) return;
    HEADER.lastIndex = at;
    const header = HEADER.exec(finds.text);
    if (header === null) return;
    const start = HEADER.lastIndex;
    let end: number;
    if (header[1] !== undefined) {
      const open = at + header[0].length - header[0].slice(header[0].lastIndexOf(header[1])).length;
      end = Math.max(start, readQuoted(finds.text, open)?.end ?? start);
    } else {
      BARE.lastIndex = start;
      end = start + (BARE.exec(finds.text)?.[0].trimEnd().length ?? 0);
    }
    finds.hide('pattern:authorization', at, start, end, readings(header[2] ?? '', finds.text.slice(start, end)));
  },
};

/** `Bearer …` and `Basic …` where no header's name stands before them. */
export const bareCredentials: TextRule = {
  keywords: ['bearer ', 'basic ', 'bearer%20', 'basic%20', 'bearer+', 'basic+'],
  at(finds: Finds, at: number): void {
    SCHEME.lastIndex = at;
    const [, scheme = '', value = ''] = SCHEME.exec(finds.text) ?? [];
    const [reading] = readings(scheme, value);
    // "basic authentication", "bearer credentials": words, not values.
    const plausible = scheme.toLowerCase() === 'basic' ? reading !== undefined : /\d/.test(value) || value.length >= 24;
    if (!plausible) return;
    const end = SCHEME.lastIndex;
    finds.hide('pattern:authorization', at, end - value.length, end, readings(scheme, value));
  },
};

/** `curl -u user:password`, `--user user:password`. */
export const commandLineUser: TextRule = {
  keywords: [' -u ', '--user', '--proxy-user'],
  at(finds: Finds, at: number): void {
    const { text } = finds;
    const from = text[at] === ' ' ? at + 1 : at;
    CURL_USER.lastIndex = from;
    if (!CURL_USER.test(text)) return;
    const begin = CURL_USER.lastIndex;
    const quoted = readQuoted(text, begin);
    const start = quoted?.start ?? begin;
    const end = quoted?.end ?? begin + (/^[^\s"'<>|&;\\]+/.exec(text.slice(begin, begin + 1024))?.[0].length ?? 0);
    const colon = text.slice(start, end).indexOf(':');
    if (colon >= 0) finds.hide('pattern:command-line-user', from, start + colon + 1, end);
  },
};

/** The password of a basic pair, so that it gets the token that it has elsewhere. */
function readings(scheme: string, value: string): string[] {
  if (scheme.toLowerCase() !== 'basic') return [];
  const pair = Buffer.from(value.replace(/%3D/gi, '='), 'base64').toString('latin1');
  return /^[^\p{Cc}:]*:[^\p{Cc}]+$/u.test(pair.replace(/[\x80-\xff]/g, '.')) ? [pair.slice(pair.indexOf(':') + 1)] : [];
}
