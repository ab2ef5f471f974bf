import type { Finds, TextRule } from './finds.ts';
import { readQuoted } from './quoted.ts';

const GAP = String.raw`(?:[ \t\r\n]|\\[nrt]|%20|%0[AaDd]|\+)`;
const METHOD = new RegExp(
  `(?:${GAP}*(?:,|%2C))?(?:${GAP}+WITH)?(?:${GAP}+(?!BY|SALT)[a-z0-9_]+)?${GAP}+(?:BY|SALT)(?:${GAP}+KEY)?${GAP}*`,
  'iy',
);

/** `IDENTIFIED [WITH method] BY '…' [SALT '…'] [, method BY '…' …]`. */
export const identified: TextRule = {
  keywords: ['identified'],
  at(finds: Finds, at: number): void {
    let next = at + 'identified'.length;
    // ClickHouse itself takes at most 100 methods for a user.
    for (let method = 0; method < 200; method += 1) {
      METHOD.lastIndex = next;
      if (!METHOD.test(finds.text)) return;
      const quoted = readQuoted(finds.text, METHOD.lastIndex);
      if (!quoted) return;
      finds.hide('pattern:identified-by', at, quoted.start, quoted.end, quoted.readings);
      next = quoted.next;
    }
  },
};
