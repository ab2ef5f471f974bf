import { join } from 'node:path';
import type { Config, KnownSecret } from '../model/config.ts';
import { commandWords } from './command-words.ts';
import { composeFacts } from './compose.ts';
import type { Variables } from './env-file.ts';
import type { Flags } from './flags.ts';
import { deepFreeze } from './freeze.ts';
import { fileLayer, flagLayer, hidden, variableLayer } from './layers.ts';
import { type Located, locate } from './locate.ts';
import { OPTIONS } from './options.ts';
import { planPassword, takePassword } from './password.ts';
import { placeOf } from './place.ts';
import { problemsError } from './problems.ts';
import { absolute, Resolver } from './resolver.ts';
import { isSecretName } from './secret-names.ts';
import { distinctSecrets, secretsInText, secretsOfFile, secretsOfVariable, withoutSecrets } from './secrets.ts';
import { settingsOf } from './settings.ts';
import { proxyNote, suspectNote, suspects } from './suspicious.ts';
import { targetOf } from './target.ts';
import { type Environment, readEnvironment } from './variables.ts';

export interface ConfigInput {
  flags: Flags;
  env: NodeJS.ProcessEnv;
  cwd: string;
  /** Words of the command that is wrapped: its env-files and variables are read, for secrets and for what nothing else settles. */
  command?: readonly string[] | undefined;
  /** Asks for a password; default: on the terminal. */
  prompt?: ((question: string) => Promise<string>) | undefined;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];
}

function resolverOf(flags: Flags, { named, ambient, configured, command }: Environment, located: Located, cwd: string) {
  const { file, fileBase } = located;
  return new Resolver([
    flagLayer(flags, cwd),
    variableLayer(named, cwd),
    variableLayer(hidden(ambient, named), cwd),
    variableLayer(hidden(hidden(configured, named), ambient), cwd),
    // A file with mistakes gives those and nothing else; its values would only repeat them.
    ...(file && file.problems.length === 0 ? [fileLayer(file.raw, file.where, fileBase)] : []),
    variableLayer(hidden(hidden(hidden(command, named), ambient), configured), cwd),
  ]);
}

/** Secrets of every place, used or not: a wrapped command, a log or an error text may still show them. */
function secretsEverywhere(
  flags: Flags,
  variables: readonly Variables[],
  raw: unknown,
  declared: readonly string[],
): KnownSecret[] {
  return [
    ...variables.flatMap((map) => [...map].flatMap(([name, { value }]) => secretsOfVariable(name, value, declared))),
    ...secretsOfFile(raw),
    ...Object.entries(flags).flatMap(([name, value]) =>
      [value].flat().flatMap((text) => (typeof text === 'string' ? secretsInText(name, text) : [])),
    ),
    // `--setting s3_secret=…`
    ...(flags.setting ?? []).flatMap((pair) => {
      const [name = '', ...value] = pair.split('=');
      return secretsOfVariable(name, value.join('='), declared);
    }),
  ];
}

/**
 * Settles all settings of a start: flags over env-files named by flag, over the environment, over env-files named in the
 * configuration file, over that file, over defaults. An env-file of the command line goes before the environment because
 * the user named it for this very start; one of the configuration file stands there for every start, so it goes after.
 * @throws WitnessError (exit code 2) that names all mistakes at once, without the value of a secret
 */
export async function loadConfig({ flags, env, cwd, command, prompt }: ConfigInput): Promise<Config> {
  const located = locate(flags, env, cwd);
  const raw = located.file?.raw ?? {};
  const words = commandWords(command ?? []);
  const compose = await composeFacts(command ?? [], { cwd, env, declared: texts(raw.secrets) });
  const files = {
    named: flags.envFile ?? [],
    configured: texts(raw.env_file),
    configuredBase: located.fileBase,
    command: { ...words, variables: new Map([...compose.variables, ...words.variables]) },
  };
  const environment = readEnvironment(files, env, cwd);
  const variables = [environment.named, environment.ambient, environment.configured, environment.command];
  const misspelt = suspects(new Map([...variables].reverse().flatMap((map) => [...map])));
  const resolver = resolverOf(flags, environment, located, cwd);

  const stateDir = resolver.value(OPTIONS.stateDir) ?? absolute(OPTIONS.stateDir.default, located.base);
  const place = placeOf(resolver, join(stateDir, 'embedded'));
  const target = targetOf(resolver, place);
  const settings = settingsOf(resolver, target.database, located.base);
  const plan = place.kind === 'server' ? planPassword(resolver, place) : undefined;

  // A slip in the name of a secret variable makes its value no less secret.
  const slips = misspelt.flatMap(({ name, meant }) => (meant !== undefined && isSecretName(meant) ? [name] : []));
  const elsewhere = secretsEverywhere(flags, variables, raw, [...texts(raw.secrets), ...slips]);
  const planned = plan?.kind === 'value' ? [{ label: plan.label, value: plan.value, user: target.user }] : [];
  const problems = [...(located.file?.problems ?? []), ...environment.problems, ...resolver.problems];
  if (problems.length > 0) throw problemsError(problems, [...planned, ...elsewhere]);

  // Whoever has such an address can post there.
  const webhook = settings.notify.webhook === undefined ? [] : [{ label: 'webhook', value: settings.notify.webhook }];

  // Asked last: nobody types a password only to read of a mistake elsewhere.
  const password = plan && (await takePassword(plan, target.user, place, prompt));
  const secrets = distinctSecrets([
    ...(password ? [password] : []),
    ...elsewhere,
    ...words.secrets,
    ...compose.secrets,
    ...webhook,
  ]);
  const odd = [...misspelt.map(suspectNote), ...proxyNote(environment.ambient, target)];
  const notes = [...located.notes, ...environment.notes, ...compose.notes, ...resolver.notes, ...odd];
  return deepFreeze({
    ...settings,
    target: { ...target, password: password?.value ?? '' },
    stateDir,
    secrets,
    sources: [...located.sources, ...environment.sources, ...compose.sources, ...resolver.sources].map(
      ({ key, from }) => ({
        key,
        from: withoutSecrets(from, secrets),
      }),
    ),
    notes: [...new Set(notes)].map((note) => withoutSecrets(note, secrets)),
  });
}
