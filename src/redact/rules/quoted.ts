import { unescapeOnce, unescapePercent } from './decode.ts';

export interface Quoted {
  /** The value between the quotes. */
  start: number;
  end: number;
  /** Behind the closing quote, or the end of the text when it was cut off. */
  next: number;
  closed: boolean;
  /** What the value may decode to, the most plausible first. */
  readings: string[];
}

const OPEN = /(\\*)(["'])|(%22|%27|&quot;|&#39;|&#34;|&#x27;|&apos;)/y;

/**
 * Reads a quoted text that opens exactly at `at`, at whatever depth of escaping: `'…'`, `\"…\"` inside a JSON string,
 * `%27…%27` inside a URL, `""…""` inside CSV.
 */
export function readQuoted(text: string, at: number): Quoted | undefined {
  OPEN.lastIndex = at;
  const open = OPEN.exec(text);
  if (open === null) return undefined;
  const [whole, backslashes = '', quote, encoded] = open;
  const start = at + whole.length;
  if (encoded !== undefined) return until(text, start, encoded, (raw) => [unescapePercent(raw)]);
  if (quote === '"' && backslashes === '' && /^"[^,;:}\])\s"]/.test(text.slice(start, start + 2))) {
    return until(text, start + 1, '""', (raw) => [raw]);
  }
  return backslashed(text, start, quote ?? '"', backslashes.length);
}

function until(text: string, start: number, close: string, read: (raw: string) => string[]): Quoted {
  const found = text.indexOf(close, start);
  const end = found < 0 ? lineEnd(text, start) : found;
  const next = found < 0 ? end : end + close.length;
  return { start, end, next, closed: found >= 0, readings: read(text.slice(start, end)) };
}

/** With `depth` backslashes before the opening quote, the closing one has as many, modulo those of escaped backslashes. */
function backslashed(text: string, start: number, quote: string, depth: number): Quoted {
  let at = start;
  for (;;) {
    const found = text.indexOf(quote, at);
    if (found < 0) return finish(text, start, lineEnd(text, start), lineEnd(text, start), false, depth);
    let run = 0;
    while (run < found - start && text[found - 1 - run] === '\\') run += 1;
    at = found + 1;
    // A quote of an outer text: this one was cut off inside of it.
    if (run < depth) return finish(text, start, found - run, found - run, false, depth);
    if (run % (2 * (depth + 1)) !== depth) continue;
    // In SQL inside a JSON string `'` stays as it is, but the backslash before it is doubled.
    if (quote === "'" && depth === 0 && run > 0 && (run / 2) % 2 === 1 && insideJson(text, start)) continue;
    const end = found - depth;
    const again = '\\'.repeat(depth) + quote;
    // SQL writes a quote inside a text twice; a shell closes, escapes and reopens.
    if (quote === "'" && end > start && text.startsWith(again, at)) at += again.length;
    else if (quote === "'" && depth === 0 && text.startsWith("\\''", at)) at += 3;
    else return finish(text, start, end, at, true, depth);
  }
}

function finish(text: string, start: number, end: number, next: number, closed: boolean, depth: number): Quoted {
  const raw = text.slice(start, end);
  let decoded = raw;
  for (let level = depth; level >= 0; level = level === 0 ? -1 : (level - 1) / 2) decoded = unescapeOnce(decoded);
  const readings = [decoded, decoded.replace(/''/g, "'"), raw.replace(/'\\''/g, "'"), unescapeOnce(decoded)];
  return { start, end, next, closed, readings };
}

/** Where a text without its closing quote is taken to end: logs cut statements off, mostly at the end of a line. */
function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

/** Whether a double quote that opens on this line, and is not escaped, is still open at `at`. */
function insideJson(text: string, at: number): boolean {
  const line = text.slice(Math.max(0, at - 8192, text.lastIndexOf('\n', at) + 1), at);
  return (line.replace(/\\./g, '').split('"').length - 1) % 2 === 1;
}
