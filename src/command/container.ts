import { composeContainer } from '../engine/docker/compose.ts';
import { openDocker } from '../engine/docker/docker.ts';
import { DockerError } from '../engine/docker/errors.ts';
import { type ContainerEvent, watchContainers } from '../engine/docker/events.ts';
import type { CommandContainer } from '../model/command.ts';
import type { ContainerFacts } from '../model/docker.ts';
import { type DockerWords, dockerWords } from '../model/docker-words.ts';

const LOG_LINES = 100_000;
/** How long events may come after the command's end, ms. */
const LATE_MS = 300;
const ASK_MS = 5000;

/** Whether an event is of a container that these words made. */
function isOurs(event: ContainerEvent, words: DockerWords): boolean {
  if (words.verb === 'compose run' && (event.service !== words.service || event.once !== true)) return false;
  if (words.container !== undefined) return event.name === words.container;
  return words.verb === 'compose run' || event.image === words.image;
}

interface Seen {
  events: ContainerEvent[];
  facts?: ContainerFacts;
  asking: Promise<void>[];
  /** Something was started in it, or it was started itself. */
  started?: true;
}

/** What is known of the containers of a command, gathered while it runs. */
export interface ContainerWatch {
  /** After the command's end. `stopped`: it was asked to stop, and its container must not go on alone. */
  settle(how: { stopped: boolean; waitUntil?: AbortSignal | undefined }): Promise<{
    containers: CommandContainer[];
    versions: string[];
    notes: string[];
    /** Whether a container of the command, or the command in its container, was started; undefined: not known. */
    started: boolean | undefined;
    /** Of a container that went into the background: what it printed. */
    logs: Buffer | undefined;
  }>;
}

/**
 * Watches the engine's events for the containers of a command, since one that was started with `--rm` is gone with its end.
 * The command itself is not changed: its container is found by its name, or by its image and the time. undefined: no Docker.
 */
export async function watchContainer(
  words: readonly string[],
  where: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<ContainerWatch | undefined> {
  const asked = dockerWords(words);
  if (!asked) return undefined;
  const docker = openDocker(asked.command);
  const engine = await docker.engine({ timeoutMs: ASK_MS }).catch((error: unknown) => error);
  if (engine instanceof Error) return quiet(engine.message);
  const seen = new Map<string, Seen>();
  const look = async (id: string, one: Seen) => {
    try {
      const now = await docker.container(id, { timeoutMs: ASK_MS });
      // Addresses are given back when a container ends: those of its life count.
      const networks = now.networks.some(({ address }) => address !== '') ? now.networks : one.facts?.networks;
      one.facts = { ...now, networks: networks ?? now.networks };
    } catch (error) {
      if (!(error instanceof DockerError)) throw error;
    }
  };
  const entry = (id: string): Seen => {
    const one = seen.get(id) ?? { events: [], asking: [] };
    seen.set(id, one);
    return one;
  };
  const used = await usedBy(asked, where);
  if (used !== undefined) {
    const facts = await docker.container(used, { timeoutMs: ASK_MS }).catch(() => undefined);
    if (facts) entry(facts.id).facts = facts;
  }
  const making = asked.verb === 'run' || asked.verb === 'compose run';
  const background = making && asked.detached;
  const watch = watchContainers(asked.command, (event) => {
    const known = seen.get(event.id);
    if (!known && !(making && event.action === 'create' && isOurs(event, asked))) return;
    const one = entry(event.id);
    if (event.action === (making ? 'start' : 'exec_start')) one.started = true;
    if (/^(exec_|health_status)/.test(event.action)) return;
    one.events.push(event);
    // While it runs it has its addresses, and with --rm it is gone afterwards.
    if (['start', 'die', 'oom'].includes(event.action)) one.asking.push(look(event.id, one));
  });
  const { client_version, server_version, product } = engine as {
    client_version: string;
    server_version?: string;
    product: string;
  };
  const versions = [`${product} ${client_version}${server_version === undefined ? '' : `, engine ${server_version}`}`];

  return {
    async settle({ stopped, waitUntil }) {
      const notes: string[] = [];
      await new Promise((resolve) => setTimeout(resolve, LATE_MS));
      await watch.catchUp();
      if (background) while (waitUntil && !waitUntil.aborted && (await oneGoesOn())) await tick();
      for (const [id, one] of seen) {
        if (making && stopped && !asked.detached && isRunning(one)) {
          await docker.kill(id, { timeoutMs: ASK_MS }).catch(() => undefined);
          await new Promise((resolve) => setTimeout(resolve, LATE_MS));
          notes.push(`its container ${id} did not stop with it, and was killed`);
        }
      }
      if (stopped || background) await watch.catchUp();
      const logs = background ? await logsOf([...seen.keys()]) : undefined;
      await watch.stop();
      const containers: CommandContainer[] = [];
      for (const [id, one] of seen) {
        await Promise.all(one.asking);
        const last = await docker.container(id, { timeoutMs: ASK_MS }).catch(() => undefined);
        containers.push(await told(id, one, last));
      }
      if (making && seen.size > 1 && asked.container === undefined)
        notes.push(
          `${seen.size} containers of ${asked.image ?? asked.service} were started at the time; which is the command's is not known`,
        );
      return { containers, versions, notes, logs, started: [...seen.values()].some(({ started }) => started) };
    },
  };

  /** Events tell of an end; whether the engine starts it again stands in its state alone. */
  async function oneGoesOn(): Promise<boolean> {
    if ([...seen.values()].some(isRunning)) return true;
    const ask = (id: string) => docker.container(id, { timeoutMs: ASK_MS }).catch(() => undefined);
    const states = await Promise.all([...seen.keys()].map(ask));
    return states.some((state) => state?.status === 'running' || state?.status === 'restarting');
  }

  async function logsOf(ids: readonly string[]): Promise<Buffer | undefined> {
    const [id] = ids;
    if (id === undefined) return undefined;
    const found = await docker.logs(id, { lines: LOG_LINES, maxBytes: 64 * 1024 * 1024 }).catch(() => undefined);
    return found && Buffer.concat([found.stdout, Buffer.from(found.stderr)]);
  }

  async function told(id: string, one: Seen, last: ContainerFacts | undefined): Promise<CommandContainer> {
    const facts = last ?? one.facts;
    const image = facts && (await docker.image(facts.image_id, { timeoutMs: ASK_MS }).catch(() => undefined));
    const of = (action: string) => one.events.filter((event) => event.action === action);
    const died = of('die').at(-1);
    const networks = one.facts?.networks ?? facts?.networks ?? [];
    return {
      id,
      name: facts?.name ?? one.events[0]?.name ?? '',
      image: facts?.image ?? one.events[0]?.image ?? '',
      ...(facts === undefined ? {} : { image_id: facts.image_id }),
      digests: image?.digests ?? [],
      networks: networks.map(({ name, address }) => ({ name, address })),
      status: last?.status ?? (died || of('destroy').length > 0 ? 'removed' : 'unknown'),
      ...(died?.exit_code !== undefined
        ? { exit_code: died.exit_code }
        : last && last.status === 'exited'
          ? { exit_code: last.exit_code }
          : {}),
      oom_killed: of('oom').length > 0 || (last ?? one.facts)?.oom_killed === true,
      restarts: Math.max(facts?.restarts ?? 0, of('start').length - 1, 0),
      events: one.events.map(({ action, at, exit_code }) => ({
        action,
        at,
        ...(exit_code === undefined ? {} : { exit_code }),
      })),
    };
  }
}

function isRunning({ events, facts }: Seen): boolean {
  const last = events.filter(({ action }) => action === 'start' || action === 'die').at(-1);
  return last ? last.action === 'start' : facts?.status === 'running';
}

const tick = () => new Promise((resolve) => setTimeout(resolve, 100));

function quiet(note: string): ContainerWatch {
  return { settle: async () => ({ containers: [], versions: [], notes: [note], logs: undefined, started: undefined }) };
}

/** The container that `exec` uses; undefined when the command makes its own, or there is none. */
async function usedBy(asked: DockerWords, where: { cwd: string; env: NodeJS.ProcessEnv }): Promise<string | undefined> {
  const { verb, compose, service, index } = asked;
  if (verb === 'exec') return asked.container;
  if (verb !== 'compose exec' || compose === undefined || service === undefined) return undefined;
  return composeContainer(compose, { service, index }, { ...where, timeoutMs: ASK_MS }).catch(() => undefined);
}
