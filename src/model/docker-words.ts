import { basename } from 'node:path';

/** Compose, either form, up to its verb: `docker compose -f c.yml`, `docker-compose -p shop`. */
export interface ComposeCall {
  command: string;
  args: readonly string[];
}

/** What the words of a command ask of Docker. */
export interface DockerWords {
  /** `docker`, `podman`, a path. */
  command: string;
  /** `run` makes a container; `exec` uses one that runs. `compose …` goes by the name of a service. */
  verb: 'run' | 'exec' | 'compose run' | 'compose exec';
  /** Of `run`. */
  image?: string;
  /** `--name`, or the container of `exec`. */
  container?: string;
  service?: string;
  /** How compose itself is called, with what names its files and its project. */
  compose?: ComposeCall;
  /** Of `compose exec`: which container of the service, from 1. */
  index?: number;
  detached: boolean;
  /** The container is gone with its end. */
  remove: boolean;
}

/** Options of `run` and `exec` that take no value; every other one does. */
const ALONE = new Set(
  ['detach', 'interactive', 'tty', 'rm', 'init', 'privileged', 'read-only', 'no-healthcheck', 'oom-kill-disable']
    .concat(['publish-all', 'sig-proxy', 'quiet', 'disable-content-trust', 'help', 'no-deps', 'service-ports'])
    .concat(['use-aliases', 'build', 'remove-orphans', 'no-TTY', 'no-tty', 'quiet-pull', 'use-api-socket'])
    .concat(['quiet-build', 'debug', 'tls', 'tlsverify', 'compatibility', 'dry-run', 'verbose', 'no-ansi'])
    .concat(['all-resources', 'skip-hostname-check']),
);
const SHORT_ALONE = new Set([...'ditPqTD']);

interface Parsed {
  flags: Map<string, string | true>;
  rest: readonly string[];
}

/** Options up to the first word that is none. */
function optionsOf(words: readonly string[]): Parsed {
  const flags = new Map<string, string | true>();
  let at = 0;
  while (at < words.length) {
    const word = words[at] ?? '';
    if (word === '--') return { flags, rest: words.slice(at + 1) };
    if (!word.startsWith('-') || word === '-') break;
    at += 1;
    const [, long, joined] = /^--([\w-]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (long !== undefined) {
      if (joined !== undefined) flags.set(long, joined);
      else if (ALONE.has(long)) flags.set(long, true);
      else {
        flags.set(long, words[at] ?? '');
        at += 1;
      }
      continue;
    }
    const letters = [...word.slice(1)];
    const taking = letters.findIndex((letter) => !SHORT_ALONE.has(letter));
    for (const letter of taking < 0 ? letters : letters.slice(0, taking)) flags.set(letter, true);
    // `-p 80:80` takes the next word, `-p80:80` does not.
    if (taking >= 0 && taking === letters.length - 1) at += 1;
  }
  return { flags, rest: words.slice(at) };
}

/** Reads a command line of docker or podman; undefined when it is none that concerns a container. Words before it, as of sudo, are passed over. */
export function dockerWords(words: readonly string[]): DockerWords | undefined {
  const at = words.findIndex((word) => /^(docker|podman|docker-compose|nerdctl)$/.test(basename(word)));
  const program = words[at];
  if (program === undefined || at > 6) return undefined;
  const hyphen = basename(program) === 'docker-compose';
  const command = hyphen ? 'docker' : program;
  let { rest } = optionsOf(words.slice(at + 1));
  const compose = hyphen || rest[0] === 'compose';
  if (compose && !hyphen) rest = optionsOf(rest.slice(1)).rest;
  if (rest[0] === 'container') rest = rest.slice(1);
  const [verb, ...after] = rest;
  if (verb !== 'run' && verb !== 'exec') return undefined;
  const { flags, rest: named } = optionsOf(after);
  const [first] = named;
  const index = Number(flags.get('index'));
  const is = (long: string, short?: string) =>
    [flags.get(long), short && flags.get(short)].some((value) => value === true || value === 'true');
  const name = flags.get('name');
  const common = { command, detached: is('detach', 'd'), remove: is('rm') };
  if (compose)
    return {
      ...common,
      verb: `compose ${verb}`,
      compose: { command: program, args: words.slice(at + 1, words.length - rest.length) },
      ...(first === undefined ? {} : { service: first }),
      ...(index > 0 ? { index } : {}),
      ...(typeof name === 'string' ? { container: name } : {}),
    };
  if (verb === 'exec') return { ...common, verb, ...(first === undefined ? {} : { container: first }) };
  return {
    ...common,
    verb,
    ...(first === undefined ? {} : { image: first }),
    ...(typeof name === 'string' ? { container: name } : {}),
  };
}
