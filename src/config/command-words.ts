import type { KnownSecret } from '../model/config.ts';
import type { Variable } from './env-file.ts';
import { isSecretName } from './secret-names.ts';
import { secretsInText } from './secrets.ts';

/** What the words of a wrapped command name: env-files, variables with their values, secrets. */
export interface CommandWords {
  envFiles: string[];
  variables: Map<string, Variable>;
  secrets: KnownSecret[];
}

const FROM = 'the command line of the command';
const VARIABLE = /^([A-Za-z_]\w*)=(.*)$/s;

/** Words of a shell's line, quotes taken off; close enough to find names in it. */
export function shellWords(line: string): string[] {
  return [...line.matchAll(/(?:[^\s'";|&()]|'[^']*'|"(?:[^"\\]|\\.)*")+/g)].map(([word]) =>
    word.replace(
      /'([^']*)'|"((?:[^"\\]|\\.)*)"/g,
      (_, single, double) => single ?? String(double).replace(/\\(.)/g, '$1'),
    ),
  );
}

/** Reads the words of a command as far as they concern us: `--env-file X`, `-e NAME=VALUE`, `NAME=VALUE`, `--password X`, URLs. */
export function commandWords(words: readonly string[]): CommandWords {
  const found: CommandWords = { envFiles: [], variables: new Map(), secrets: [] };
  const variable = (text: string) => {
    const [, name, value] = VARIABLE.exec(text) ?? [];
    if (name !== undefined && value !== undefined) found.variables.set(name, { value, from: FROM });
  };
  for (const [index, word] of words.entries()) {
    const [, flag = word, joined] = /^(--?[\w-]+)=(.*)$/s.exec(word) ?? [];
    const value = joined ?? words[index + 1];
    found.secrets.push(...secretsInText('an argument of the command', word));
    if (!flag.startsWith('-')) {
      variable(word);
      continue;
    }
    if (value === undefined) continue;
    if (flag === '--env-file') found.envFiles.push(value);
    else if (flag === '-e' || flag === '--env') variable(value);
    else if (
      isSecretName(flag.replace(/^-+/, '').replaceAll('-', '_')) &&
      !(joined === undefined && value.startsWith('-'))
    )
      found.secrets.push({ label: `${flag} of the command`, value });
    else if ((flag === '-u' || flag === '--user') && /^[^:]+:.+$/.test(value) && !/^\d+:\d+$/.test(value))
      found.secrets.push({
        label: `${flag} of the command`,
        value: value.slice(value.indexOf(':') + 1),
        user: value.split(':')[0],
      });
  }
  return found;
}
