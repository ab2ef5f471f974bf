import type { Values } from './values.ts';

export type Kind = keyof Values;
export type Group = 'configuration' | 'target' | 'run' | 'checks' | 'load' | 'qtickets' | 'output';

/** One setting and every way to give it. Plain data: `--help` reads it without loading any package. */
export interface Option<K extends Kind = Kind> {
  kind: K;
  group: Group;
  /** As commander reads it: `--schema-dir <dir>`. */
  flag?: string;
  /** Variables in order: the first that is not blank counts. */
  env?: readonly string[];
  /** Dotted key of the file. */
  key?: string;
  /** One line, no full stop. */
  description: string;
  /** In the file's own terms; none: unset. */
  default?: unknown;
  /** What applies while it is unset, for people. */
  unset?: string;
  /** What the file could say, for settings without a default: one line of YAML. */
  example?: string;
}

/** Checks a definition and keeps its own narrow type. */
export function option<const Definition extends Option>(definition: Definition): Definition {
  return definition;
}
