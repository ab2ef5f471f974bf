import { pairForms, wholeForms } from './forms.ts';
import { Needles } from './needles.ts';
import type { SecretPart, Span } from './span.ts';
import { LONGEST_UNIT, TolerantSecret } from './tolerant.ts';

/** Fewer characters than this are hidden only where a credential stands, never as any part of a text. */
export const SHORT = 8;
/** Fewer characters of a secret than this, at the edge of a value that was cut, are chance. */
const PART = 6;

export interface KnownSecret {
  /** `CLICKHOUSE_PASSWORD`, `url password`, … */
  label: string;
  value: string;
  /** Whose password it is, where it is one: basic authentication sends the two as one text. */
  user?: string | undefined;
}

interface Pattern {
  label: string;
  secret: string;
  bytes: Uint8Array;
  shared: readonly [before: number, after: number];
  /** Where the bytes are only a part of the secret: the whole match. */
  around?: (bytes: Uint8Array, hit: number) => { start: number; end: number } | undefined;
}

/** The secrets that are known by value, and the search for every form of them. */
export class KnownSecrets {
  /** Whether values of rows that a server quotes are hidden, too. */
  readonly hidesRowValues: boolean;
  /** By the Latin-1 view of their bytes, as the rules see a text. */
  readonly #labels = new Map<string, string>();
  readonly #pairs = new Set<string>();
  readonly #patterns: Pattern[] = [];
  readonly #tolerant: TolerantSecret[] = [];
  #needles: Needles | undefined;
  #reach = 0;

  constructor(hidesRowValues = false) {
    this.hidesRowValues = hidesRowValues;
  }

  /** Longest stretch of bytes that one match can take. */
  get reach(): number {
    return this.#reach;
  }

  /** An empty value is no secret; a value known already keeps its first label. */
  learn({ label, value, user }: KnownSecret): void {
    // Lone surrogates do not survive UTF-8: the text is looked for as it would be written.
    const text = Buffer.from(value, 'utf8').toString('utf8');
    if (text === '') return;
    const bytes = latin1(text);
    if (!this.#labels.has(bytes)) {
      this.#labels.set(bytes, label);
      if (!isShort(text)) this.#addForms(label, text);
    }
    const pair = `${user}:${text}`;
    if (user === undefined || this.#pairs.has(pair)) return;
    this.#pairs.add(pair);
    for (const form of pairForms(user, text)) {
      if (form.bytes.length >= SHORT) this.#add({ label, secret: bytes, ...form });
    }
  }

  /** The label of a value, as a Latin-1 string of its bytes. */
  labelOf(secret: string): string | undefined {
    return this.#labels.get(secret);
  }

  /** Secrets whose beginning ends this value, or whose end begins it, where it was cut; the longest such part of each. */
  parts(value: string): SecretPart[] {
    return [...this.#labels].flatMap(([secret, label]) => {
      if (secret.length < SHORT) return [];
      const longest = Math.min(secret.length - 1, value.length);
      const found: SecretPart[] = [];
      const begins = lengthOf(longest, (length) => value.endsWith(secret.slice(0, length)));
      if (begins > 0) found.push({ label, secret, edge: 'end', length: begins });
      const ends = lengthOf(longest, (length) => value.startsWith(secret.slice(-length)));
      if (ends > 0) found.push({ label, secret, edge: 'start', length: ends });
      return found;
    });
  }

  /** Where, at the end of these bytes, a form of a secret may have begun; their length when none has. */
  openFrom(bytes: Uint8Array): number {
    const { length } = bytes;
    let from = length;
    for (const { bytes: form, around, shared } of this.#patterns) {
      if (around) continue;
      // What only introduces an escape tells nothing, and often stands at the end of a line that is not over: `10 %`.
      const least = isEscape(form[0]) ? 2 : 1;
      for (let part = Math.min(form.length - 1, length); part >= least && part > length - from; part -= 1) {
        // The digit before, which holds a few bits of the secret, waits with it; alone it would hold back every letter.
        if (equalAt(bytes, length - part, form, part)) from = Math.max(0, length - part - (shared[0] > 0 ? 1 : 0));
      }
    }
    for (const tolerant of this.#tolerant) from = Math.min(from, tolerant.openFrom(bytes));
    return from;
  }

  /** Every form of every known secret in these bytes. */
  find(bytes: Uint8Array, found: Span[]): void {
    this.#needles ??= new Needles(this.#patterns.map((pattern) => pattern.bytes));
    this.#needles.search(bytes, 0, (index, at) => {
      const pattern = this.#patterns[index];
      const place = pattern && locate(bytes, at, pattern);
      if (pattern && place)
        found.push({ ...place, from: place.start, rule: `known:${pattern.label}`, secret: pattern.secret });
      return undefined;
    });
  }

  #addForms(label: string, text: string): void {
    const secret = latin1(text);
    const tolerant = new TolerantSecret(text);
    this.#tolerant.push(tolerant);
    for (const form of wholeForms(text)) this.#add({ label, secret, ...form });
    for (const { bytes, at } of tolerant.anchors) {
      this.#add({ label, secret, bytes, shared: [0, 0], around: (text, hit) => tolerant.around(text, hit, at) });
    }
    this.#reach = Math.max(this.#reach, LONGEST_UNIT * text.length);
  }

  #add(pattern: Pattern): void {
    this.#patterns.push(pattern);
    this.#reach = Math.max(this.#reach, pattern.bytes.length + 8);
    this.#needles = undefined;
  }
}

function lengthOf(longest: number, fits: (length: number) => boolean): number {
  for (let length = longest; length >= PART; length -= 1) if (fits(length)) return length;
  return 0;
}

function isShort(text: string): boolean {
  return [...text].length < SHORT;
}

function latin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

function locate(bytes: Uint8Array, at: number, pattern: Pattern): { start: number; end: number } | undefined {
  if (pattern.around) return pattern.around(bytes, at);
  const [before, after] = pattern.shared;
  let start = at;
  let end = at + pattern.bytes.length;
  if (before > 0 && isBase64(bytes[start - 1])) start -= 1;
  if (after > 0 && isBase64(bytes[end])) end += 1;
  if (after > 0)
    end += /^(?:=|%3[Dd]){0,2}/.exec(Buffer.from(bytes.subarray(end, end + 6)).toString('latin1'))?.[0].length ?? 0;
  return { start, end };
}

function equalAt(bytes: Uint8Array, at: number, form: Uint8Array, length: number): boolean {
  for (let index = 0; index < length; index += 1) if (bytes[at + index] !== form[index]) return false;
  return true;
}

function isEscape(byte: number | undefined): boolean {
  return byte === 0x25 || byte === 0x26 || byte === 0x5c;
}

function isBase64(byte: number | undefined): boolean {
  return byte !== undefined && /[A-Za-z0-9+/_-]/.test(String.fromCharCode(byte));
}
