import type { Finds, TextRule } from './finds.ts';

/** What stands before a value of the data in an error of the server: forms of 18.16 to 26.7, quoted or not. */
const BEFORE = /(?:before|text|values|here): |(?:text|string|value|element|just) (?=\\*["'])/iy;
/** Where the server's own words go on. */
const GOES_ON =
  /:? ?\((?:at row|while )|[:.]? while |[,.] stack trace| \([A-Z_]{4,60}\)|\.? ?in scope |\r?\n|\\n(?:row|column) \d/i;
/** The server shows some hundred characters of a value; of a constraint's columns it shows all. */
const LONGEST = 20_000;

/** Values of rows that the server quotes in its errors: where rows are about persons, whoever they are. */
export const rowValue: TextRule = {
  keywords: [
    'before: ',
    'text: ',
    'values: ',
    'here: ',
    'text "',
    'text \\',
    "string '",
    "value '",
    "element '",
    "just '",
  ],
  at(finds: Finds, at: number): void {
    if (!finds.hidesRowValues || finds.inside(at)) return;
    BEFORE.lastIndex = at;
    if (!BEFORE.test(finds.text)) return;
    const start = BEFORE.lastIndex;
    const shown = finds.text.slice(start, start + LONGEST);
    const stretch = shown.slice(0, GOES_ON.exec(shown)?.index ?? shown.length);
    const quote = /^\\*["']/.exec(stretch)?.[0];
    // A value may hold the quote itself: it ends with the last one before the server's words go on.
    const close = quote === undefined ? -1 : stretch.lastIndexOf(quote);
    const [from, to] =
      quote !== undefined && close > 0 ? [start + quote.length, start + close] : [start, start + stretch.length];
    finds.hide('pattern:row-value', at, from, to);
  },
};
