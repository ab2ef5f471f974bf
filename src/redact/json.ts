import { isSecretName, secretWord } from './names.ts';

/** What a walk over a value asks for each of its parts. */
export interface Leaves {
  /** A text with its secrets hidden. */
  text(raw: string): string;
  /** An error of a server that stands without its head. */
  words(raw: string): string;
  /** A number or the like, when it is a known secret, as its token. */
  known(raw: string): string | undefined;
  /** The token of a whole value, because its key says it is a secret. */
  whole(rule: string, raw: string): string;
}

const DEEPEST = 200;
/** Columns of system tables that hold an error of the server, some without `DB::Exception`. */
const SERVER_WORDS = /^(?:last_error_message|last_exception|exception|last_error|latest_fail_reason)$/;

/** A JSON-safe copy of any value with its secrets hidden: scalars under secret names, and secrets inside of texts and keys. */
export function redactValue(value: unknown, leaves: Leaves, secretName?: string, depth = 0): unknown {
  if (depth > DEEPEST) return '[deeper than 200 levels]';
  const plain = hasToJson(value) ? value.toJSON() : value;
  switch (typeof plain) {
    case 'string':
      return secretName === undefined ? leaves.text(plain) : leaves.whole(`key:${secretWord(secretName)}`, plain);
    case 'number':
    case 'bigint':
      if (secretName !== undefined) return leaves.whole(`key:${secretWord(secretName)}`, String(plain));
      return leaves.known(String(plain)) ?? (typeof plain === 'bigint' ? String(plain) : plain);
    case 'boolean':
      return plain;
    case 'object':
      if (plain === null) return null;
      if (Array.isArray(plain)) return plain.map((item) => redactValue(item, leaves, secretName, depth + 1) ?? null);
      return redactObject(plain, leaves, depth);
    default:
      return undefined;
  }
}

function redactObject(object: object, leaves: Leaves, depth: number): Record<string, unknown> {
  const entries = Object.entries(object);
  // Rows such as { name: 'DB_PASSWORD', value: '…' } name their secret in a neighbour.
  const named = entries.find(([key, value]) => /^(?:name|key|variable)$/i.test(key) && typeof value === 'string')?.[1];
  const copy: Record<string, unknown> = Object.create(null);
  for (const [key, value] of entries) {
    const isValue = /^(?:value|val)$/i.test(key) && typeof named === 'string' && isSecretName(named);
    const name = isSecretName(key, typeof value === 'string' ? value : '') ? key : isValue ? named : undefined;
    const redacted =
      SERVER_WORDS.test(key) && typeof value === 'string' && name === undefined
        ? leaves.words(value)
        : redactValue(value, leaves, name, depth + 1);
    if (redacted === undefined) continue;
    const clean = leaves.text(key);
    let free = clean;
    for (let number = 2; Object.hasOwn(copy, free); number += 1) free = `${clean} (${number})`;
    copy[free] = redacted;
  }
  return copy;
}

function hasToJson(value: unknown): value is { toJSON(): unknown } {
  return typeof value === 'object' && value !== null && 'toJSON' in value && typeof value.toJSON === 'function';
}
