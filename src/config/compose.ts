import { parse } from 'yaml';
import { z } from 'zod';
import type { KnownSecret } from '../model/config.ts';
import { dockerWords } from '../model/docker-words.ts';
import type { Variable } from './env-file.ts';
import { secretsOfVariable } from './secrets.ts';

/** How long compose may take to read its own files, ms. */
const ASK_MS = 15_000;

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const project = z.object({
  services: z.record(z.string(), z.object({ environment: z.record(z.string(), scalar).nullish() }).nullish()).nullish(),
});

/** What the files of a compose command tell. */
export interface ComposeFacts {
  /** Environment of the service that is run, of its `environment` and its `env_file`. */
  variables: Map<string, Variable>;
  /** Of every service of the project: one may show what another was given. */
  secrets: KnownSecret[];
  sources: { key: string; from: string }[];
  notes: string[];
}

/** Environments by service, out of what `compose config` prints: there a dollar is written twice. */
export function composeEnvironments(text: string): Map<string, Map<string, string>> {
  const { services } = project.parse(parse(text, { logLevel: 'silent' }) ?? {});
  return new Map(
    Object.entries(services ?? {}).map(([name, service]) => [
      name,
      new Map(
        Object.entries(service?.environment ?? {}).flatMap(([key, value]): [string, string][] =>
          value === null ? [] : [[key, String(value).replaceAll('$$', '$')]],
        ),
      ),
    ]),
  );
}

const NONE: ComposeFacts = { variables: new Map(), secrets: [], sources: [], notes: [] };

/**
 * Reads the environment of the service that `docker compose run` or `exec` names, as compose itself reads its files.
 * Never throws: what is wrong with the files is the command's to say.
 * @param declared names of variables that the user calls secret
 */
export async function composeFacts(
  words: readonly string[],
  { cwd, env, declared }: { cwd: string; env: NodeJS.ProcessEnv; declared: readonly string[] },
): Promise<ComposeFacts> {
  const { compose, service } = dockerWords(words) ?? {};
  if (!compose) return NONE;
  // `FILE=x docker compose …` fills it into the files.
  const before = words.slice(0, words.indexOf(compose.command)).flatMap((word) => {
    const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(word) ?? [];
    return name === undefined ? [] : [[name, value] as const];
  });
  // Other commands need not wait for its code.
  const { composeConfig, DockerError } = await import('../engine/docker/compose.ts');
  try {
    const text = await composeConfig(compose, {
      cwd,
      env: { ...env, ...Object.fromEntries(before) },
      timeoutMs: ASK_MS,
    });
    const services = composeEnvironments(text);
    const from = `service ${service} of the compose file`;
    const own = [...(services.get(service ?? '') ?? [])];
    return {
      variables: new Map(own.map(([name, value]) => [name, { value, from }])),
      secrets: [...services].flatMap(([, variables]) =>
        [...variables].flatMap(([name, value]) => secretsOfVariable(name, value, declared)),
      ),
      sources: own.length === 0 ? [] : [{ key: 'env_file', from: `${from}, named by the command` }],
      notes: [],
    };
  } catch (error) {
    const why = error instanceof DockerError ? error.message : 'its answer is not understood';
    return { ...NONE, notes: [`The compose file could not be asked for the secrets of its services: ${why}`] };
  }
}
