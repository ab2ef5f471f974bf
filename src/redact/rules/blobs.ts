import type { Finds, TextRule } from './finds.ts';

const PEM =
  /-----BEGIN ?[A-Z0-9 ]{0,32}PRIVATE KEY(?: BLOCK)?-----([\s\S]{0,65536}?)-----END ?[A-Z0-9 ]{0,32}PRIVATE KEY(?: BLOCK)?-----/y;
const CUT_PEM = /-----BEGIN ?[A-Z0-9 ]{0,32}PRIVATE KEY(?: BLOCK)?-----((?:[A-Za-z0-9+/=\s\\:,-]){0,65536})/y;
const JWT = /eyJ[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]+){1,4}\.?/y;

/** Private keys in PEM, also where a log cut them off; the frame stays, so that a reader sees what was there. */
export const privateKey: TextRule = {
  keywords: ['-----begin '],
  at(finds: Finds, at: number): void {
    if (finds.inside(at)) return;
    for (const shape of [PEM, CUT_PEM]) {
      shape.lastIndex = at;
      const found = shape.exec(finds.text);
      if (found === null) continue;
      const start = at + found[0].indexOf('-----', 11) + 5;
      const body = found[1] ?? '';
      finds.hide('pattern:private-key', at, start, start + body.length);
      return;
    }
  },
};

/** JSON web tokens: header, payload and (perhaps) signature. */
export const webToken: TextRule = {
  keywords: [...'abcdefghijklmnopqrstuvwxyz0123456789'].map((next) => `eyj${next}`),
  at(finds: Finds, at: number): void {
    if (/[A-Za-z0-9_]/.test(finds.text[at - 1] ?? ' ')) return;
    JWT.lastIndex = at;
    const found = JWT.exec(finds.text)?.[0];
    if (found !== undefined && found.length >= 24) finds.hide('pattern:web-token', at, at, at + found.length);
  },
};
