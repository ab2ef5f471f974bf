import type { TextRule } from './finds.ts';

/** What stands before a value of the data in an error of the server, which shows ten characters of it, or what it had read so far. */
const QUOTED = /(?:text:? |before: |just |string |value )(\\*["'])/y;
/** Longer quotes are looked at only so far. */
const LONGEST = 400;

/** The beginning of a known secret where the server cut a value, and the end of one where it had read a part already. */
export const cutValue: TextRule = {
  keywords: ['text "', 'text \\', 'text: "', 'text: \\', "before: '", "just '", "string '", "value '"],
  at(finds, at) {
    QUOTED.lastIndex = at;
    const quote = QUOTED.exec(finds.text)?.[1];
    if (quote === undefined) return;
    const start = QUOTED.lastIndex;
    const stretch = finds.text.slice(start, start + LONGEST);
    const close = stretch.indexOf(quote);
    const value = close < 0 ? stretch : stretch.slice(0, close);
    for (const part of finds.parts(value)) {
      const from = part.edge === 'end' ? start + value.length - part.length : start;
      finds.spans.push({
        start: from,
        end: from + part.length,
        from: at,
        rule: `known:${part.label}`,
        secret: part.secret,
      });
    }
  },
};
