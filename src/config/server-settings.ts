import { isDeepStrictEqual } from 'node:util';
import type { Found } from './layers.ts';
import { OPTIONS } from './options.ts';
import type { Resolver } from './resolver.ts';
import { SCHEMAS } from './values.ts';

/** `name=value` of the command line; what is something else becomes a problem. */
function fromPairs(found: Found): { pairs: Record<string, string>; wrong: number } {
  const all = Array.isArray(found.value) ? found.value.map(String) : [];
  const read = all.flatMap((pair) => {
    const [, name = '', value = ''] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
    return SCHEMAS.settings.safeParse({ [name]: value }).success ? [[name, value] as const] : [];
  });
  return { pairs: Object.fromEntries(read), wrong: all.length - read.length };
}

/** Says which entries of `--setting` cannot be read; once, however many settings they are laid over. */
export function checkSettingFlags(resolver: Resolver): void {
  const found = flagged(resolver);
  if (found === undefined) return;
  const { pairs, wrong } = fromPairs(found);
  // The pair itself may hold a key of object storage: it is not repeated.
  for (let index = 0; index < wrong; index += 1)
    resolver.wrong(found, '--setting was given something else than name=value', 'write --setting max_threads=4');
  if (Object.keys(pairs).length > 0) resolver.came('target.settings', found.from);
}

function flagged(resolver: Resolver): Found | undefined {
  return resolver.layers.find(({ kind }) => kind === 'flags')?.find(OPTIONS.targetSettings);
}

/** Server settings of the file with those of `--setting` laid over, name by name: a flag counts for every statement, INSERTs too. */
export function serverSettings(
  resolver: Resolver,
  option: typeof OPTIONS.targetSettings | typeof OPTIONS.loadSettings,
): Record<string, string> {
  const inFile = resolver.layers.find(({ kind }) => kind === 'file')?.find(option);
  const settings = (inFile && resolver.check(option, inFile)) ?? {};
  if (inFile && !isDeepStrictEqual(settings, {})) resolver.came(option.key, inFile.from);
  const flags = flagged(resolver);
  return { ...settings, ...(flags === undefined ? {} : fromPairs(flags).pairs) };
}
