/** Leads a number that a double cannot hold, kept as text; no text of the API's begins with a zero character. */
const MARK = '\u0000n:';
const LONG = /[[:,\s]-?\d{16}/;
const TOKENS = /"(?:[^"\\]|\\.)*"|(-?\d{16,})(?![\d.eE])/g;
const MARKED = /"\\u0000n:(-?\d+)"/g;

/** JSON, whole numbers of any size kept digit by digit. Throws a `SyntaxError`. */
export function parseExact(text: string): unknown {
  if (!LONG.test(text)) return JSON.parse(text);
  return JSON.parse(
    text.replace(TOKENS, (token: string, digits: string | undefined) =>
      digits === undefined || Number.isSafeInteger(Number(digits)) ? token : JSON.stringify(MARK + digits),
    ),
  );
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  // Not by assignment: a key may be called __proto__.
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}

/** One record as one line, keys sorted, long numbers as they came: the same record gives the same text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(value)).replace(MARKED, '$1');
}

/** Digits of a number that was kept as text. */
export function exactDigits(value: unknown): string | undefined {
  return typeof value === 'string' && value.startsWith(MARK) ? value.slice(MARK.length) : undefined;
}

/** An identifier as text, whether it came as number or text; undefined for anything else, and for blank text. */
export function idText(value: unknown): string | undefined {
  const digits = exactDigits(value);
  if (digits !== undefined) return digits;
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : undefined;
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  return text === '' ? undefined : text;
}
