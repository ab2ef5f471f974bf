import type { Drift, Rejected } from '../../model/api-source.ts';
import { shownId } from './words.ts';

/** Where a record stood in the answers: `page 2, data[3]`. */
export interface Place {
  resource: string;
  at: string;
}

const EXAMPLES = 5;
/** A source that invents a new field name in every record must not fill the memory. */
const MOST = 500;

/** Counts what was not as documented. Holds types and places, never values: those are people's. */
export class Findings {
  readonly #drift = new Map<string, Drift>();
  readonly #rejected = new Map<string, Rejected>();
  readonly leftOut: Record<string, number> = {};
  readonly notes = new Set<string>();

  drift(place: Place, kind: Drift['kind'], path: string, expected: string, found: string): void {
    const general = path.replace(/\[\d+\]/g, '[]');
    const key = [place.resource, kind, general, expected, found].join('\n');
    const known = this.#drift.get(key);
    if (known) known.count += 1;
    else if (this.#drift.size < MOST)
      this.#drift.set(key, {
        resource: place.resource,
        kind,
        path: general,
        expected,
        found,
        count: 1,
        example: path === '' ? place.at : `${place.at}.${path}`,
      });
  }

  reject(place: Place, reason: string, id: string | undefined): void {
    const key = `${place.resource}\n${reason}`;
    const entry = this.#rejected.get(key) ?? { resource: place.resource, reason, count: 0, examples: [] };
    entry.count += 1;
    if (entry.examples.length < EXAMPLES) entry.examples.push(id === undefined ? place.at : `id ${shownId(id)}`);
    this.#rejected.set(key, entry);
  }

  leave(reason: string): void {
    this.leftOut[reason] = (this.leftOut[reason] ?? 0) + 1;
  }

  drifts(): Drift[] {
    return [...this.#drift.values()].sort((a, b) => b.count - a.count);
  }

  rejections(): Rejected[] {
    return [...this.#rejected.values()];
  }
}

/** A value by its type, for people: never the value. */
export function typeName(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'number') return Number.isInteger(value) ? 'a whole number' : 'a fraction';
  if (typeof value === 'string')
    return value === '' ? 'an empty text' : /^-?\d+(\.\d+)?$/.test(value) ? 'a number as text' : 'a text';
  return `a ${typeof value}`;
}
