import { isDeepStrictEqual } from 'node:util';

export interface Difference {
  /** Where in the value: `message`, `because.0.text`; '' for the value itself. */
  at: string;
  left: unknown;
  right: unknown;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** The first place where two JSON values differ, in the order of the left one's keys; undefined when they are equal. */
export function firstDifference(left: unknown, right: unknown, at = ''): Difference | undefined {
  if (isDeepStrictEqual(left, right)) return undefined;
  if (!isObject(left) || !isObject(right) || Array.isArray(left) !== Array.isArray(right)) return { at, left, right };
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    const found = firstDifference(left[key], right[key], at === '' ? key : `${at}.${key}`);
    if (found !== undefined) return found;
  }
  return { at, left, right };
}

/** A value for a sentence, shortened. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
