import type { Flags } from './flags.ts';
import { type Group, type Kind, type Option, option } from './option.ts';
import { LOAD_OPTIONS } from './options-load.ts';
import { NOTIFY_OPTIONS } from './options-notify.ts';
import { QTICKETS_OPTIONS } from './options-qtickets.ts';
import { RUN_OPTIONS } from './options-run.ts';
import { TARGET_OPTIONS } from './options-target.ts';

/** The one table from which help, the documentation, the file of `init` and the JSON Schema come. */
export const OPTIONS = {
  config: option({
    kind: 'path',
    group: 'configuration',
    flag: '--config <file>',
    env: ['CHWITNESS_CONFIG'],
    description: 'configuration file to read instead of the nearest chwitness.yaml',
    unset: 'chwitness.yaml here or above, no further up than the project or home',
  }),
  envFile: option({
    kind: 'list',
    group: 'configuration',
    flag: '--env-file <file>',
    key: 'env_file',
    description:
      'file of KEY=VALUE lines as Docker reads them; the last file wins. Named by flag it goes before the environment, named here after it',
    example: '[.env]',
  }),
  secrets: option({
    kind: 'names',
    group: 'configuration',
    key: 'secrets',
    description: 'further variables whose values are secret though their names do not say so',
    default: [],
  }),
  ...TARGET_OPTIONS,
  ...RUN_OPTIONS,
  ...NOTIFY_OPTIONS,
  ...LOAD_OPTIONS,
  ...QTICKETS_OPTIONS,
} as const;

export const ALL_OPTIONS: readonly Option[] = Object.values(OPTIONS);

/** Commander's name for a flag: `--schema-dir <dir>` → `schemaDir`. */
export function flagName(flag: string): keyof Flags {
  const long = flag.split(' ', 1)[0] ?? flag;
  const name = long.replace(/^--/, '').replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  // A test holds this table against the keys of Flags.
  return name as keyof Flags;
}

/** One flag as help and the documentation show it. */
export interface FlagDoc {
  flag: string;
  name: keyof Flags;
  group: Group;
  env: readonly string[];
  key: string | undefined;
  description: string;
  /** For people; undefined: off or unset. */
  default: string | undefined;
  /** May be given more than once; commander collects the values into a list. */
  repeatable: boolean;
}

const REPEATABLE: readonly Kind[] = ['list', 'settings'];

function defaultText(value: unknown, unset: string | undefined): string | undefined {
  if (value === undefined || value === false) return unset;
  if (typeof value === 'object') return unset;
  return String(value);
}

export const FLAGS: readonly FlagDoc[] = ALL_OPTIONS.flatMap(
  ({ flag, kind, group, env = [], key, description, default: value, unset }) =>
    flag === undefined
      ? []
      : [
          {
            flag,
            name: flagName(flag),
            group,
            env,
            key,
            description,
            default: defaultText(value, unset),
            repeatable: REPEATABLE.includes(kind),
          },
        ],
);

/** Every variable that configuration reads. */
export const KNOWN_VARIABLES: readonly string[] = ALL_OPTIONS.flatMap((each) => each.env ?? []);
