import type { Variables } from './env-file.ts';
import type { Flags } from './flags.ts';
import type { Option } from './option.ts';
import { flagName } from './options.ts';
import { fromText } from './values.ts';

/** A value where it was found, not yet validated. */
export interface Found {
  value: unknown;
  /** For people: `--url`, `CLICKHOUSE_HOST from .env:3`, `chwitness.yaml:4`. */
  from: string;
  /** What it is called there; decides whether it may be shown. */
  name: string;
  /** What relative paths in it are relative to. */
  base: string;
}

/** One of the places where settings come from; they are asked in order of precedence. */
export interface Layer {
  kind: 'flags' | 'variables' | 'file';
  find(option: Option): Found | undefined;
}

export function flagLayer(flags: Flags, cwd: string): Layer {
  return {
    kind: 'flags',
    find(option) {
      if (option.flag === undefined) return undefined;
      const given = flags[flagName(option.flag)];
      // Nobody can give a repeatable flag no times: an empty list is commander's start value.
      if (given === undefined || (Array.isArray(given) && given.length === 0)) return undefined;
      const name = option.flag.split(' ', 1)[0] ?? option.flag;
      // A list from the command line is a list already: its entries may hold commas.
      const value = typeof given === 'string' && option.kind !== 'list' ? fromText(option.kind, given) : given;
      return { value, from: name, name, base: cwd };
    },
  };
}

export function variableLayer(variables: Variables, cwd: string): Layer {
  return {
    kind: 'variables',
    find(option) {
      for (const name of option.env ?? []) {
        const variable = variables.get(name);
        // Blank means unset, as in `CLICKHOUSE_URL=`.
        if (variable === undefined || variable.value.trim() === '') continue;
        const value = fromText(option.kind, variable.value);
        return { value, from: `${name} from ${variable.from}`, name, base: cwd };
      }
      return undefined;
    },
  };
}

export function fileLayer(raw: unknown, where: (path: readonly string[]) => string, base: string): Layer {
  return {
    kind: 'file',
    find(option) {
      if (option.key === undefined) return undefined;
      const path = option.key.split('.');
      const value = path.reduce<unknown>(
        (node, part) => (typeof node === 'object' && node !== null ? Reflect.get(node, part) : undefined),
        raw,
      );
      return value === undefined ? undefined : { value, from: where(path), name: option.key, base };
    },
  };
}

/** Variables of a lower layer that a higher one does not name: a blank line in an env-file hides the ambient value, as in a container. */
export function hidden(lower: Variables, higher: Variables): Variables {
  return new Map([...lower].filter(([name]) => !higher.has(name)));
}
