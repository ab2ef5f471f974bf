import { printable } from '../redact/printable.ts';

/** The same value with the control characters of every text in it made visible, so that nothing a server or a file says can drive a terminal. */
export function visible<T>(value: T): T;
export function visible(value: unknown): unknown {
  if (typeof value === 'string') return printable(value);
  if (Array.isArray(value)) return value.map((item) => visible(item));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, visible(item)]));
}
