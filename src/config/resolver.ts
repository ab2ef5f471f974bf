import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Found, Layer } from './layers.ts';
import type { Kind, Option } from './option.ts';
import { type Problem, shown } from './problems.ts';
import { BOOLEAN_WORDS, SCHEMAS, type Values } from './values.ts';

/** A path of the user's made absolute; `~/` is home, since no shell has read a path from a file. */
export function absolute(path: string, base: string): string {
  return path.startsWith('~/') ? resolve(homedir(), path.slice(2)) : resolve(base, path);
}

/** Asks the layers for options, validates what they say, and remembers mistakes and origins. */
export class Resolver {
  readonly problems: Problem[] = [];
  readonly sources: { key: string; from: string }[] = [];
  readonly notes: string[] = [];
  readonly layers: readonly Layer[];

  constructor(layers: readonly Layer[]) {
    this.layers = layers;
  }

  /** The first layer's word on an option. */
  find(option: Option): Found | undefined {
    for (const layer of this.layers) {
      const found = layer.find(option);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** A found value by its schema; what does not fit becomes a problem and counts as unset. */
  check<K extends Kind>(option: Option<K>, found: Found): Values[K] | undefined {
    // SCHEMAS[K] parses to Values[K] by the definition of Values; the compiler cannot follow an index that is generic.
    const schema = SCHEMAS[option.kind] as unknown as {
      safeParse(
        value: unknown,
      ): { success: true; data: Values[K] } | { success: false; error: { issues: { message: string }[] } };
    };
    const result = schema.safeParse(found.value);
    if (result.success) return result.data;
    const isWord = option.kind === 'boolean' && typeof found.value === 'string';
    const expected = isWord ? BOOLEAN_WORDS : result.error.issues[0]?.message;
    this.wrong(found, `${found.name} is ${shown(found.value, [found.name])}, expected ${expected}`);
    return undefined;
  }

  wrong(found: Pick<Found, 'from'>, what: string, next?: string, code = 'CONFIG_INVALID_VALUE'): void {
    this.problems.push({ code, where: found.from, what, next });
  }

  /** Remembers where a value came from, unless it is what the default says anyway. */
  came(key: string, from: string): void {
    this.sources.push({ key, from });
  }

  /** An option's value, or undefined when no layer has one. */
  value<K extends Kind>(option: Option<K>, key = option.key ?? ''): Values[K] | undefined {
    const found = this.find(option);
    if (found === undefined) return undefined;
    const checked = this.check(option, found);
    if (checked === undefined) return undefined;
    // The kind `path` holds texts alone; the file's folder or ours completes them.
    const value = option.kind === 'path' ? (absolute(String(checked), found.base) as Values[K]) : checked;
    if (!isDeepStrictEqual(checked, option.default)) this.came(key, found.from);
    return value;
  }
}
