import { execa } from 'execa';
import { z } from 'zod';
import { call } from './call.ts';

/** Something that happened to a container, as the engine tells it; of its labels only those of compose are kept. */
export interface ContainerEvent {
  id: string;
  /** `create`, `start`, `oom`, `die`, `destroy`, … */
  action: string;
  /** UTC. */
  at: string;
  name: string;
  image: string;
  exit_code?: number;
  /** Service of a compose project. */
  service?: string;
  /** Made by `compose run`. */
  once?: true;
}

const event = z.object({
  Type: z.string().optional(),
  Action: z.string(),
  Actor: z.object({ ID: z.string(), Attributes: z.record(z.string(), z.string()).nullish() }),
  timeNano: z.number().optional(),
  time: z.number().optional(),
});

/** @throws SyntaxError or ZodError when it is no event */
export function parseEvent(line: string): ContainerEvent {
  const { Action, Actor, time, timeNano } = event.parse(JSON.parse(line));
  const { image = '', name = '', exitCode, ...labels } = Actor.Attributes ?? {};
  const service = labels['com.docker.compose.service'];
  const ms = timeNano === undefined ? (time ?? 0) * 1000 : Math.floor(timeNano / 1e6);
  return {
    id: Actor.ID.slice(0, 12),
    // `exec_start: sh -c …` holds a command line, with whatever stands in it.
    action: Action.split(':', 1)[0] ?? '',
    at: new Date(ms).toISOString(),
    name,
    image,
    ...(exitCode !== undefined && /^\d+$/.test(exitCode) ? { exit_code: Number(exitCode) } : {}),
    ...(service === undefined ? {} : { service }),
    ...(/^true$/i.test(labels['com.docker.compose.oneoff'] ?? '') ? { once: true } : {}),
  };
}

export interface ContainerEvents {
  /** Asks for what has happened by now: the stream may lag behind. */
  catchUp(): Promise<void>;
  stop(): Promise<void>;
}

const CATCH_UP_MS = 5000;

/** Events of all containers from now on, each once. Nothing is asked of the containers, and nothing about them is changed. */
export function watchContainers(command: string, listen: (event: ContainerEvent) => void): ContainerEvents {
  const since = (Date.now() / 1000).toFixed(3);
  const words = ['events', '--since', since, '--filter', 'type=container', '--format', '{{json .}}'];
  const known = new Set<string>();
  const take = (line: string) => {
    if (known.has(line)) return;
    known.add(line);
    try {
      listen(parseEvent(line));
    } catch {
      // Another engine's form of an event: then there is none.
    }
  };
  const child = execa(command, words, {
    stdin: 'ignore',
    stderr: 'ignore',
    env: { LC_ALL: 'C' },
    buffer: false,
    reject: false,
    cleanup: true,
  });
  const reading = (async () => {
    try {
      for await (const line of child) take(String(line));
    } catch {
      // Ended by us, or with the engine.
    }
  })();
  return {
    async catchUp() {
      const until = (Date.now() / 1000).toFixed(3);
      const past = await call(command, [...words, '--until', until], { timeoutMs: CATCH_UP_MS }).catch(() => undefined);
      for (const line of past?.stdout.toString('utf8').split('\n') ?? []) if (line !== '') take(line);
    },
    async stop() {
      child.kill('SIGTERM');
      await reading;
    },
  };
}
