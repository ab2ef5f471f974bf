import type { SecretPart, Span } from '../span.ts';

/** What already stands for a secret, or is none: hidden by the server or by us, a variable, a type, an empty word. */
const PLACEHOLDER =
  /^(?:\[HIDDEN\]?|\*+|<[^>]*>|\$\w+|\$\{[^}]*\}?|\{\w*(?::\w+)?\}|null|none|nil|undefined|true|false|\?+|%s|%\(\w+\)s|\.\.\.|U?Int\d+|String|(?:Nullable|LowCardinality|FixedString|Array|DateTime64?)\(.*)$/i;
/** `‹secret-3›` in the Latin-1 view. */
const TOKENS = /^(?:[^A-Za-z0-9\x80-\xff]*\xe2\x80\xb9secret-\d+\xe2\x80\xba[^A-Za-z0-9\x80-\xff]*)+$/;

/** Collects what the rules find in one Latin-1 text. */
export class Finds {
  readonly spans: Span[] = [];
  readonly text: string;
  /** Characters that rules may still read in long constructs; a text made to be slow runs out of it, an honest one does not. */
  budget: number;
  /** Parts of known secrets at the edges of a value that was cut. */
  readonly parts: (value: string) => SecretPart[];
  /** Whether values of rows that a server quotes are hidden, too. */
  readonly hidesRowValues: boolean;
  /** How far the errors of servers were looked at. */
  wordsTo = 0;
  readonly #labelOf: (secret: string) => string | undefined;

  constructor(
    text: string,
    labelOf: (secret: string) => string | undefined,
    parts: (value: string) => SecretPart[] = () => [],
    hidesRowValues = false,
  ) {
    this.text = text;
    this.parts = parts;
    this.hidesRowValues = hidesRowValues;
    this.budget = 1_000_000 + 4 * text.length;
    this.#labelOf = labelOf;
  }

  /** Whether `at` lies inside of what was hidden last: a text of nothing but keywords would else take the square of its length. */
  inside(at: number): boolean {
    const last = this.spans.at(-1);
    return last !== undefined && last.start <= at && at < last.end;
  }

  /**
   * Hides `[start, end)`. `readings` are what the stretch may decode to, the most plausible first: a known secret among
   * them wins, so that one secret has one token however it is written.
   */
  hide(rule: string, from: number, start: number, end: number, readings: readonly string[] = []): void {
    if (end <= start) return;
    const raw = this.text.slice(start, end);
    const all = [...readings, raw];
    const known = all.find((reading) => this.#labelOf(reading) !== undefined);
    if (known !== undefined) {
      this.spans.push({ start, end, from, rule: `known:${this.#labelOf(known)}`, secret: known });
      return;
    }
    if (PLACEHOLDER.test(raw) || TOKENS.test(raw)) return;
    this.spans.push({ start, end, from, rule, secret: all[0] ?? raw });
  }
}

/** One way of recognising secrets by what stands around them. */
export interface TextRule {
  /** ASCII, lower case, at least 4 bytes: the rule is asked wherever one of them stands, in any case. */
  keywords: readonly string[];
  /** Looks around `at`, where the keyword begins. */
  at(finds: Finds, at: number): void;
}
