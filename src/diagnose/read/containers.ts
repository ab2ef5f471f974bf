import { z } from 'zod';
import type { EvidenceEvent } from '../../model/evidence.ts';
import { isRecord, parsedJson } from './json.ts';
import { momentIn, type ZoneRule } from './moment.ts';

/** What is believed of a container: its end, not its environment, which holds secrets. */
export interface Container {
  name: string;
  image: string;
  /** `running`, `exited`, `restarting`, `dead`, … */
  status: string;
  exit_code: number;
  oom_killed: boolean;
  restarts: number;
  /** Why Docker could not start it; '' where it could. */
  error: string;
  finished_at: string;
  /** Bytes; 0: none. */
  memory_limit: number;
}

/** Ends that nobody calls a failure: by itself, by Ctrl-C, by `docker stop`. */
const PEACEFUL = new Set([0, 130, 143]);
/** As often restarted it is a loop. */
const LOOP = 3;

/** Whether a container did not end as it should, or does not stay up. */
export function isTroubled({ status, exit_code, oom_killed, restarts }: Container): boolean {
  const ended = status === 'exited' || status === 'dead' || status === 'removed';
  return oom_killed || restarts >= LOOP || status === 'restarting' || (ended && !PEACEFUL.has(exit_code));
}

/** `container ch-zakaz of clickhouse-server:24.8: exited, exit code 137, killed for its memory, 4 restarts`: what rules read. */
export function containerEvent(one: Container, place: { file: string; line: number }, zone: ZoneRule): EvidenceEvent {
  const loops = one.status === 'restarting' || one.restarts >= LOOP;
  const parts = [
    one.status,
    ...(one.status === 'running' && one.restarts === 0 ? [] : [`exit code ${one.exit_code}`]),
    ...(one.oom_killed ? ['killed for its memory (OOMKilled)'] : []),
    ...(one.memory_limit > 0 ? [`limit ${Math.round(one.memory_limit / 1024 ** 2)} MiB`] : []),
    ...(one.restarts > 0 ? [`${one.restarts} restarts`] : []),
    ...(loops ? ['restarted over and over'] : []),
  ];
  const text = `container ${one.name} of ${one.image}: ${parts.join(', ')}`;
  // Docker writes the year 1 for what has not happened.
  const at = one.finished_at.startsWith('0001') ? undefined : momentIn(one.finished_at, zone);
  const trouble = isTroubled(one);
  return {
    ...place,
    origin: 'container',
    ...(at ? { at } : {}),
    level: trouble ? 'error' : 'info',
    text,
    flat: text,
    exceptions: [],
    trouble,
    count: 1,
    again: [],
  };
}

/** As much of `docker inspect` (and of Podman's) as is read. */
const inspected = z.object({
  Id: z.string(),
  Name: z.string().default(''),
  State: z.object({
    Status: z.string().default(''),
    ExitCode: z.number().default(0),
    OOMKilled: z.boolean().default(false),
    Error: z.string().default(''),
    FinishedAt: z.string().default(''),
  }),
  RestartCount: z.number().default(0),
  Config: z.object({ Image: z.string().default('') }).default({ Image: '' }),
  HostConfig: z.object({ Memory: z.number().default(0) }).default({ Memory: 0 }),
});

function containerOf(value: unknown): Container | undefined {
  const found = inspected.safeParse(value).data;
  if (!found) return undefined;
  const { Id, Name, State, RestartCount, Config, HostConfig } = found;
  return {
    name: Name.replace(/^\//, '') || Id.slice(0, 12),
    image: Config.Image || 'an unnamed image',
    status: State.Status,
    exit_code: State.ExitCode,
    oom_killed: State.OOMKilled,
    restarts: RestartCount,
    error: State.Error,
    finished_at: State.FinishedAt,
    memory_limit: HostConfig.Memory,
  };
}

/** An entry of the list is no longer than that. */
const LINES = 20_000;
const CHARS = 4 * 1024 ** 2;

export interface InspectReader {
  line(text: string, number: number): void;
  end(): void;
}

/** Whether a text is the output of `docker inspect`: a list, laid out or on one line, or `{{json .}}` of each container. */
export function isInspect(head: readonly string[]): boolean {
  const filled = head.filter((line) => line.trim() !== '');
  const [first = ''] = filled;
  if (/^\[?\{"Id":"[0-9a-f]{12,}"/.test(first)) return /"State":\{/.test(first) && /"OOMKilled":/.test(first);
  if (first.trim() !== '[' || filled[1]?.trim() !== '{') return false;
  const has = (field: RegExp) => filled.some((line) => field.test(line));
  // Many arguments may stand before the state.
  return has(/^\s+"Id": "[0-9a-f]{12,}",?$/) && (has(/^\s+"State": \{$/) || has(/^\s+"Path": "/));
}

/** Reads the containers one by one; the line told is that of the sign that matters most. */
export function inspectReader(take: (container: Container, line: number) => void): InspectReader {
  let lines: string[] | undefined;
  let chars = 0;
  let first = 0;
  /** Of the first entry, and so of all. */
  let indent: string | undefined;
  const whole = (text: string, number: number) => {
    const value = parsedJson(text.replace(/,\s*$/, ''));
    for (const one of Array.isArray(value) ? value : [value]) {
      const container = isRecord(one) ? containerOf(one) : undefined;
      if (container) take(container, number);
    }
  };
  const close = () => {
    if (!lines) return;
    const container = containerOf(parsedJson(`${lines.join('\n')}}`));
    if (container) take(container, first + Math.max(0, lines.findIndex(signOf(container))));
    lines = undefined;
  };
  return {
    line(text, number) {
      if (/^\[?\{"/.test(text)) return whole(text, number);
      const brace = /^(\s+)\{$/.exec(text)?.[1];
      indent ??= brace;
      // An entry whose end is missing must not take the next one with it.
      if (brace !== undefined && brace === indent) {
        [lines, chars, first] = [['{'], 0, number];
      } else if (lines && (text === `${indent}}` || text === `${indent}},`)) close();
      else if (lines && lines.length < LINES && chars < CHARS) {
        lines.push(text);
        chars += text.length;
      }
    },
    end: () => undefined,
  };
}

function signOf({ oom_killed, exit_code }: Container): (line: string) => boolean {
  if (oom_killed) return (line) => /^\s+"OOMKilled": true/.test(line);
  return (line) => exit_code !== 0 && /^\s+"ExitCode": [1-9]/.test(line);
}
