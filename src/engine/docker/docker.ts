import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { messageOf } from '../../kernel/errors.ts';
import type { ContainerFacts, DockerEngine, ImageFacts, NetworkFacts } from '../../model/docker.ts';
import { type CallOptions, type CallResult, call } from './call.ts';
import { DockerError, dockerErrorOf, lastWords } from './errors.ts';
import { CONTAINER_TEMPLATE, IMAGE_TEMPLATE, parseContainer, parseImage, parseNetwork } from './inspect.ts';

type Limits = Pick<CallOptions, 'signal' | 'timeoutMs'>;

export interface RunOptions extends Limits {
  image: string;
  network?: string | undefined;
  /** Instead of the image's own. */
  entrypoint: string;
  args: readonly string[];
  input?: string | undefined;
  maxBytes?: number | undefined;
  /** Whether a missing image may be fetched; otherwise it is a failure. */
  pull?: boolean | undefined;
  /** Files of this machine that it may read, by their path inside. */
  files?: Readonly<Record<string, string>> | undefined;
}

/** The docker command, or one that takes its arguments (Podman). `DOCKER_HOST` and the like are the command's own affair. */
export interface Docker {
  readonly command: string;
  /** Asks whether the engine answers. */
  engine(limits?: Limits): Promise<DockerEngine>;
  container(name: string, limits?: Limits): Promise<ContainerFacts>;
  image(name: string, limits?: Limits): Promise<ImageFacts>;
  network(name: string, limits?: Limits): Promise<NetworkFacts>;
  /** Names of running containers that publish a port of this machine. */
  publishing(port: number, limits?: Limits): Promise<string[]>;
  /** A program in a running container. Its own code is a result; what Docker refuses is thrown. */
  exec(container: string, program: readonly string[], options?: Omit<CallOptions, 'wanted'>): Promise<CallResult>;
  /** What a container wrote to its standard output and error, the newest lines. */
  logs(container: string, options: Omit<CallOptions, 'wanted'> & { lines: number }): Promise<CallResult>;
  /** Ends a running container at once. */
  kill(container: string, limits?: Limits): Promise<void>;
  /** A throwaway container; gone afterwards, also when its time is over. */
  run(options: RunOptions): Promise<CallResult>;
}

const version = z.object({
  Client: z.object({ Version: z.string(), BuiltTime: z.unknown().optional() }),
  Server: z.object({ Version: z.string() }).nullish(),
});

/** Every method throws `DockerError` when Docker gives no answer. Nothing is asked yet. */
export function openDocker(command = 'docker'): Docker {
  const asked = async (args: readonly string[], options: CallOptions = {}): Promise<CallResult> => {
    const result = await call(command, args, options);
    if (result.code === 0) return result;
    const { stderr } = result;
    throw (
      dockerErrorOf(stderr, { command, ...options.wanted }) ??
      new DockerError('other', `${command} ${args[0] ?? ''} ended with ${result.code}: ${lastWords(stderr)}`)
    );
  };
  const read = async <T>(parse: (text: string) => T, args: readonly string[], options: CallOptions): Promise<T> => {
    const { stdout } = await asked(args, options);
    try {
      return parse(stdout.toString('utf8'));
    } catch (cause) {
      // The text itself is not repeated: it was not yet reduced to what may be kept.
      const why = cause instanceof SyntaxError ? 'no JSON' : messageOf(cause).slice(0, 200);
      throw new DockerError('other', `the answer of ${command} ${args[0] ?? ''} is not understood (${why})`);
    }
  };
  /** The command's own refusals; a program inside may fail as it likes. */
  const inside = async (args: readonly string[], options: CallOptions): Promise<CallResult> => {
    const result = await call(command, args, options);
    const { code, stderr } = result;
    const refused = code === 125 || code === 126 || code === 127 || (code === 1 && OWN_WORDS.test(stderr));
    // Of a program that is not there `docker exec` tells on standard output.
    const said =
      code !== 1 && /^OCI runtime/.test(result.stdout.toString('utf8', 0, 20)) ? result.stdout.toString() : stderr;
    const error = refused ? dockerErrorOf(said, { command, ...options.wanted }) : undefined;
    if (error) throw error;
    if (code === 125) throw new DockerError('other', `${command} ${args[0] ?? ''}: ${lastWords(stderr)}`);
    return result;
  };

  return {
    command,
    async engine(limits = {}) {
      const found = await read(
        (text) => version.parse(JSON.parse(text)),
        ['version', '--format', '{{json .}}'],
        limits,
      );
      const podman = 'BuiltTime' in found.Client;
      return {
        command,
        product: podman ? 'podman' : 'docker',
        client_version: found.Client.Version,
        ...(found.Server ? { server_version: found.Server.Version } : {}),
      };
    },
    container: (name, limits = {}) =>
      read(parseContainer, ['container', 'inspect', '--format', CONTAINER_TEMPLATE, name], {
        ...limits,
        wanted: { container: name },
      }),
    image: (name, limits = {}) =>
      read(parseImage, ['image', 'inspect', '--format', IMAGE_TEMPLATE, name], { ...limits, wanted: { image: name } }),
    async network(name, limits = {}) {
      const found = read(parseNetwork, ['network', 'inspect', name], { ...limits, wanted: { network: name } });
      return found.catch((error: unknown) => {
        // To Podman these are modes, and not among its networks.
        const mode = name === 'host' || name === 'none';
        if (!mode || !(error instanceof DockerError) || error.failure !== 'no-network') throw error;
        return { id: '', name, driver: name, internal: false, subnets: [], containers: [] };
      });
    },
    publishing: (port, limits = {}) =>
      read(
        (text) => text.split('\n').filter((name) => name !== ''),
        ['ps', '--filter', `publish=${port}`, '--format', '{{.Names}}'],
        limits,
      ),
    exec: (container, program, options = {}) =>
      inside(['exec', ...(options.input === undefined ? [] : ['--interactive']), container, ...program], {
        ...options,
        wanted: { container, program: program[0] },
      }),
    logs: (container, { lines, ...options }) =>
      asked(['logs', '--tail', String(lines), container], { ...options, wanted: { container } }),
    async kill(container, limits = {}) {
      await asked(['kill', container], { ...limits, wanted: { container } });
    },
    async run({ image, network, entrypoint, args, input, pull = false, files = {}, ...options }) {
      const name = `chwitness-${randomBytes(6).toString('hex')}`;
      const mounts = Object.entries(files).map(([to, from]) => `--mount=type=bind,src=${from},dst=${to},readonly`);
      const wanted = { image, network, program: entrypoint };
      const flags = [
        `--name=${name}`,
        ...(input === undefined ? [] : ['--interactive']),
        ...(network === undefined ? [] : [`--network=${network}`]),
        `--pull=${pull ? 'missing' : 'never'}`,
        `--entrypoint=${entrypoint}`,
        ...mounts,
      ];
      try {
        return await inside(['run', '--rm', ...flags, image, ...args], { ...options, input, wanted });
      } catch (error) {
        // A killed client leaves its container behind.
        const left = error instanceof DockerError && ['timeout', 'canceled'].includes(error.failure);
        if (left) await call(command, ['rm', '--force', name], { timeoutMs: 5000 }).catch(() => undefined);
        throw error;
      }
    },
  };
}

/** How the command begins what it says itself, in distinction from a program inside a container. */
const OWN_WORDS =
  /^(?:docker: |Error: |Error response from daemon|Cannot connect|permission denied while|error during connect|failed to connect|OCI runtime)/im;
