import { z } from 'zod';
import type { Kind } from './option.ts';

const BOOLEANS: Record<string, boolean> = {
  true: true,
  1: true,
  yes: true,
  on: true,
  false: false,
  0: false,
  no: false,
  off: false,
};
const DURATION_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const BYTES = { B: 1, kB: 1e3, KB: 1e3, MB: 1e6, GB: 1e9, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

/** `5m` by the table of units; the pattern has been checked before. */
function measure(text: string, units: Record<string, number>): number {
  const [, amount = '', unit = ''] = /^([\d.]+)\s*([A-Za-z]+)$/.exec(text.trim()) ?? [];
  return Math.round(Number(amount) * (units[unit] ?? Number.NaN));
}

// Each `error` is what was expected, ready for "found X, expected …".
const text = z.string({ error: 'text' }).trim().min(1, { error: 'text that is not blank' });
const oneLine = text.refine((value) => !/\p{Cc}/u.test(value), {
  error: 'text on one line without control characters',
});
const count = z.int({ error: 'a whole number from 1' }).min(1, { error: 'a whole number from 1' });
const boolean = z.boolean({ error: 'true or false' });

const duration = z.union(
  [
    count,
    z
      .string()
      .regex(/^\s*\d+(\.\d+)?\s*(ms|s|m|h)\s*$/)
      .transform((value) => measure(value, DURATION_MS))
      .pipe(count),
  ],
  { error: 'a time such as 500ms, 30s or 5m (in the file also a whole number of milliseconds)' },
);
const bytes = z.union(
  [
    count,
    z
      .string()
      .regex(/^\s*\d+(\.\d+)?\s*(B|[kKMG]B|[KMG]iB)\s*$/)
      .transform((value) => measure(value, BYTES))
      .pipe(count),
  ],
  { error: 'a size such as 8388608, 8MB or 8MiB' },
);
const settingName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_.]*$/, { error: 'the name of a server setting' });
const settingValue = z.union([z.string(), z.number(), z.boolean()], { error: 'text, a number, true or false' });
const settings = z
  .record(settingName, settingValue, {
    error: (issue) => (issue.code === 'invalid_type' ? 'settings as name: value' : undefined),
  })
  .transform((map) =>
    Object.fromEntries(
      Object.entries(map).map(([name, value]) => [name, typeof value === 'boolean' ? (value ? '1' : '0') : `${value}`]),
    ),
  );
const onError = z.string().regex(/^(fail|quarantine(=\d{1,9})?)$/, { error: 'fail, quarantine or quarantine=rows' });
const list = z.array(oneLine, { error: 'a list such as [one, two]' });
const names = z.array(text.regex(/^[^\s=]+$/, { error: 'the name of a variable' }), { error: 'a list of variables' });

/** Only a wrong type gets this text: unknown keys keep an issue of their own. */
function map(expected: string) {
  return { error: (issue: { code?: string }) => (issue.code === 'invalid_type' ? expected : undefined) };
}

const jobRuns = z.strictObject({ table: oneLine, job: oneLine.optional() }, map('a map of table and job'));
const bundle = z.strictObject(
  {
    title: oneLine.optional(),
    extends: oneLine.optional(),
    before: list.optional(),
    after: list.optional(),
    blocking: list.optional(),
    budget: duration.optional(),
  },
  map('a map of title, extends, before, after, blocking and budget'),
);
const check = z.strictObject(
  {
    severity: z.enum(['fail', 'warn', 'off'], { error: 'fail, warn or off' }).optional(),
    options: z.unknown().optional(),
    timeout_ms: duration.optional(),
  },
  map('a map of severity, options and timeout_ms'),
);

/** What each kind of option must be in the file, and what it becomes. */
export const SCHEMAS = {
  text: oneLine,
  password: z.string(),
  url: oneLine,
  path: oneLine,
  boolean,
  integer: count,
  hours: z.int({ error: 'a whole number of hours' }).min(0, { error: 'a whole number of hours' }),
  bytes,
  duration,
  list,
  names,
  settings,
  embedded: z.union([z.boolean(), oneLine], { error: 'true, false or a folder' }),
  failOn: z.enum(['fail', 'warn'], { error: 'fail or warn' }),
  onError,
  archiveFormat: z.enum(['tar.gz', 'zip'], { error: 'tar.gz or zip' }),
  jobRuns,
  bundles: z.record(oneLine, bundle, map('bundles as id: {…}')),
  checks: z.record(oneLine, check, map('checks as id: {…}')),
} as const;

/** Keys that may stand inside kinds that are maps themselves; `depth` counts the maps above them. */
export const INNER_KEYS: Partial<Record<Kind, { depth: number; keys: readonly string[] }>> = {
  jobRuns: { depth: 0, keys: Object.keys(jobRuns.shape) },
  bundles: { depth: 1, keys: Object.keys(bundle.shape) },
  checks: { depth: 1, keys: Object.keys(check.shape) },
};

export type Values = { [K in keyof typeof SCHEMAS]: z.infer<(typeof SCHEMAS)[K]> };

/** A value typed on the command line or in a variable, in the shape the file would have it; what cannot be read stays text and is refused by the schema. */
export function fromText(kind: Kind, value: string): unknown {
  switch (kind) {
    case 'boolean':
      return BOOLEANS[value.trim().toLowerCase()] ?? value;
    case 'embedded':
      return BOOLEANS[value.trim().toLowerCase()] ?? value;
    case 'integer':
    case 'hours':
      return /^\s*\d+\s*$/.test(value) ? Number(value) : value;
    case 'bytes':
      return /^\s*\d+\s*$/.test(value) ? Number(value) : value;
    case 'list':
      return value
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== '');
    default:
      return value;
  }
}

/** What is expected of a boolean given as text. */
export const BOOLEAN_WORDS = 'true, 1, yes or on, or false, 0, no or off';
