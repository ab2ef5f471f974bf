import type { Finds } from './finds.ts';
import { readQuoted } from './quoted.ts';

export interface Argument {
  /** The whole argument, without the blanks around it. */
  start: number;
  end: number;
  /** The value inside the quotes, where the argument is one quoted text. */
  value?: { start: number; end: number; readings: string[] };
}

/** As long as ClickHouse lets a query be in its log (100 000 bytes), escapes included. */
const LONGEST = 200_000;
/** What is read of a call when the text is made of nothing but calls. */
const SHORTEST = 200;
const GAP = /(?:[ \t\r\n]|\\[nrt]|%20|%0[AaDd]|\+|\/\*[\s\S]{0,2000}?\*\/)+/y;
const QUOTE = /(?:\\*["']|%22|%27|&quot;|&#39;|&#x27;)/y;
const OPEN = /[([{]|%28/y;
const CLOSE = /[)\]}]|%29/y;
const COMMA = /,|%2[Cc]/y;

/** The arguments of a call whose opening parenthesis ends right before `at`; what a cut text still holds, when it ends inside. */
export function readArguments(finds: Finds, at: number): Argument[] {
  const { text } = finds;
  const limit = Math.min(text.length, at + Math.max(SHORTEST, Math.min(LONGEST, finds.budget)));
  const all: Argument[] = [];
  let depth = 0;
  let start = skip(text, at);
  let end = start;
  let value: Argument['value'];
  let position = start;
  const finish = () => {
    if (end > start) all.push(value && value.start >= start ? { start, end, value } : { start, end });
  };
  while (position < limit) {
    const quote = matchAt(QUOTE, text, position) > 0 ? readQuoted(text, position) : undefined;
    if (quote) {
      // Only an argument that is nothing but a quoted text has a value.
      value = depth === 0 && position === start ? quote : undefined;
      position = quote.next;
      end = position;
      continue;
    }
    const gap = matchAt(GAP, text, position);
    if (gap > 0) {
      position += gap;
      continue;
    }
    const close = matchAt(CLOSE, text, position);
    if (close > 0 && depth === 0) break;
    const comma = depth === 0 ? matchAt(COMMA, text, position) : 0;
    if (comma > 0) {
      finish();
      start = skip(text, position + comma);
      end = start;
      value = undefined;
      position = start;
      continue;
    }
    const open = matchAt(OPEN, text, position);
    depth += open > 0 ? 1 : close > 0 ? -1 : 0;
    position += Math.max(1, open, close);
    end = position;
    value = undefined;
  }
  finish();
  finds.budget -= position - at;
  return all;
}

function matchAt(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0].length ?? 0;
}

function skip(text: string, at: number): number {
  return at + matchAt(GAP, text, at);
}
