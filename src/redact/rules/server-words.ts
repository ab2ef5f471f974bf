import { valuesIn } from '../../model/server-words.ts';
import type { Finds, TextRule } from './finds.ts';

/** Longer errors are looked at only so far; a server cuts what it quotes long before. */
const LONGEST = 16_384;
/** In a plain text: the next line of a log, the next field of a vertical or tab-separated one, the trace. */
const END = /\n(?=\d{4}[-.]\d\d[-.]\d\d |\w+: {2,}|\xe2\x94\x80|\xe2\x95\x90)|,? ?Stack trace:|\t/;
/** In JSON: the quote that ends the string. */
const CLOSE = /(?<!\\)(?:\\\\)*"/;

function endOf(text: string, at: number): number {
  const line = text.lastIndexOf('\n', at) + 1;
  const inJson = /^\s*[[{"]/.test(text.slice(line, Math.min(at, line + 200)));
  const stretch = text.slice(at, at + LONGEST);
  const end = (inJson ? CLOSE : END).exec(stretch);
  return at + (end?.index ?? stretch.length);
}

function hideIn(finds: Finds, from: number, to: number): void {
  const { text } = finds;
  for (const { start, end } of valuesIn(text.slice(from, to)))
    finds.spans.push({
      start: from + start,
      end: from + end,
      from: from + start,
      rule: 'pattern:row-value',
      secret: text.slice(from + start, from + end),
    });
}

/** What a server quotes of rows in its exceptions, where rows are people's. */
export const serverWords: TextRule = {
  keywords: ['::exception: ', '::exception:\\n', '::parsingexception: ', 'last_error_message":"'],
  at(finds, at) {
    if (!finds.hidesRowValues || at < finds.wordsTo) return;
    const colon = finds.text.indexOf(':', at + 2) + 1;
    finds.wordsTo = endOf(finds.text, colon);
    hideIn(finds, colon, finds.wordsTo);
  },
};
