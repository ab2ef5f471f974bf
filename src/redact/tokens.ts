import { createHmac, randomBytes } from 'node:crypto';
import type { Redaction } from '../model/run.ts';
import type { Span } from './span.ts';

/** Secrets that get a number of their own; a text with more of them is noise, and memory stays bounded. */
const MOST = 100_000;

/** Gives each secret one token, and counts what was hidden where. Remembers keyed digests, never the secrets. */
export class Tokens {
  /** Lives as long as the run, in memory only: without it a token says nothing about its secret. */
  readonly #key = randomBytes(32);
  readonly #numbers = new Map<string, number>();
  readonly #ledger = new Map<string, Redaction>();

  /** `‹secret-3›` for what the span holds, counted as hidden in `file`. */
  hide(file: string, span: Pick<Span, 'rule' | 'secret'>): string {
    const digest = createHmac('sha256', this.#key).update(span.secret, 'latin1').digest('base64');
    const number = this.#numbers.get(digest) ?? Math.min(MOST, this.#numbers.size + 1);
    if (number < MOST) this.#numbers.set(digest, number);
    const token = `‹secret-${number}›`;
    const key = `${file}\0${span.rule}\0${token}`;
    const entry = this.#ledger.get(key) ?? { file, rule: span.rule, token, count: 0 };
    entry.count += 1;
    this.#ledger.set(key, entry);
    return token;
  }

  /** What was hidden, by file, rule and token. */
  ledger(): Redaction[] {
    return [...this.#ledger.values()]
      .map((entry) => ({ ...entry }))
      .sort((a, b) => a.file.localeCompare(b.file) || a.token.localeCompare(b.token, 'en', { numeric: true }));
  }
}
