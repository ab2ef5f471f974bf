import { unescapePercent } from './decode.ts';
import type { Finds, TextRule } from './finds.ts';

const SCHEME_ENDS = [...'abcdefghijklmnopqrstuvwxyz0123456789'];
const AUTHORITY = /(?::\/\/|:\\\/\\\/|%3[Aa]%2[Ff]%2[Ff])([^\s"'`<>/?#\\]{1,4096})/y;

/** `http://user:password@host`: the password in a URL, also in one that is escaped itself. */
export const urlPassword: TextRule = {
  keywords: [...SCHEME_ENDS.flatMap((end) => [`${end}://`, `${end}:\\/\\/`]), '%3a%2f%2f'],
  at(finds: Finds, at: number): void {
    const { text } = finds;
    const from = text[at] === '%' ? at : at + 1;
    AUTHORITY.lastIndex = from;
    const authority = AUTHORITY.exec(text)?.[1];
    if (authority === undefined) return;
    const start = AUTHORITY.lastIndex - authority.length;
    const encoded = text[at] === '%';
    const end = encoded ? lastOf(authority.split(/%2[Ff]|%3[Ff]/)[0] ?? '', /%40/g) : authority.lastIndexOf('@');
    if (end < 0) return;
    const colon = encoded ? authority.search(/%3[Aa]/) : authority.indexOf(':');
    if (colon < 0 || colon > end) {
      // A lone name before the @ is a user, unless it is as long as only a token is.
      if (end >= 20) hide(finds, from, start, start + end);
      return;
    }
    hide(finds, from, start + colon + (encoded ? 3 : 1), start + end);
  },
};

function hide(finds: Finds, from: number, start: number, end: number): void {
  const raw = finds.text.slice(start, end);
  const once = unescapePercent(raw);
  finds.hide('pattern:url-password', from, start, end, [once, unescapePercent(once)]);
}

function lastOf(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].at(-1)?.index ?? -1;
}
