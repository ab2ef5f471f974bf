import { WitnessError } from '../kernel/errors.ts';
import type { KnownSecret } from '../model/config.ts';
import { isSecretName } from './secret-names.ts';
import { withoutSecrets } from './secrets.ts';

/** One mistake of the configuration, ready for the user. */
export interface Problem {
  code: string;
  /** File with line, variable with its file, or flag. */
  where: string;
  what: string;
  next?: string | undefined;
}

/** A value as found, cut short; hidden where its key, or credentials inside it, make it secret. */
export function shown(value: unknown, path: readonly PropertyKey[]): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'nothing';
  if (path.some((key) => isSecretName(String(key)))) return 'a value that is not shown';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value === 'string' && /@|:\/\/|[?&;]\w+=/.test(value)) return 'a text that may hold credentials';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** All mistakes as one error, exit code 2. One keeps its own code; several are listed under `CONFIG_INVALID`. */
export function problemsError(problems: readonly Problem[], secrets: readonly KnownSecret[]): WitnessError {
  const clean = (text: string) => withoutSecrets(text, secrets);
  const [first] = problems;
  if (problems.length === 1 && first)
    return new WitnessError({
      code: first.code,
      what: clean(first.what),
      where: clean(first.where),
      next: first.next === undefined ? undefined : clean(first.next),
    });
  const lines = problems.map(({ where, what, next }) => `  ${where}: ${what}${next === undefined ? '' : ` (${next})`}`);
  return new WitnessError({
    code: 'CONFIG_INVALID',
    what: clean(`${problems.length} mistakes in the configuration:\n${lines.join('\n')}`),
    next: 'mend them all; nothing was started',
  });
}
