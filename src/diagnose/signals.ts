import type { EvidenceEvent } from '../model/evidence.ts';
import type { EvidenceView } from '../model/rule.ts';
import { cite, type Match, type Signal } from './pattern.ts';
import { defaultIn, type Version, versionIn } from './versions.ts';

/** The entry itself says so, too. */
export function here(text: RegExp, says: string, weight: number): Signal {
  return { says, weight, seen: ({ event }) => text.test(event.flat) };
}

/** Another entry says so. */
export function elsewhere(text: RegExp, says: string, weight: number): Signal {
  return {
    says,
    weight,
    seen: ({ event, view }) => {
      const found = view.events.find((other) => other !== event && text.test(other.flat));
      return found ? cite(found) : false;
    },
  };
}

/** The program that wrote the entry, by its own words. */
export function program(text: RegExp, says: string, weight: number): Signal {
  return { says, weight, seen: ({ event }) => text.test(event.text) };
}

/** How clickhouse-client and other native clients pass on what a server said. */
export const NATIVE = /Received from \S+:\d+\. DB::|clickhouse-client/i;

/** Whether the statement went out with this method: our own loader sends POST, and a wrapped curl says which. */
export function sends(method: 'GET' | 'POST', says: string, weight: number): Signal {
  return {
    says,
    weight,
    seen: ({ event, view }) => {
      if (event.origin === 'run') return method === 'POST' && view.ingestion.kind === 'load';
      const line = view.ingestion.command?.line;
      if (line === undefined || !/\bcurl\b/.test(line)) return false;
      const posts = /\s(?:-d|--data\S*|-F|--form|-T|--upload-file|--json)\b|(?:-X|--request)[ =]?'?(?:POST|PUT)/.test(
        line,
      );
      return posts ? method === 'POST' : method === 'GET';
    },
  };
}

/** Port that an entry names beside a host. */
export function portOf(event: EvidenceEvent): number | undefined {
  const found = /(?:port[=: ]+|[\w.\])-]:)(\d{2,5})\b(?![.:]\d)/i.exec(event.flat)?.[1];
  return found === undefined ? undefined : Number(found);
}

export function portIn(ports: readonly number[], says: string, weight: number): Signal {
  return { says, weight, seen: ({ event }) => ports.includes(portOf(event) ?? -1) };
}

const LOOPBACK = /\b(?:localhost|127\.0\.0\.\d+)\b|\[?::1\]?(?=[:\s,)]|$)/i;

/** Whether the entry speaks of this very machine or container. */
export function isLoopback(event: EvidenceEvent): boolean {
  return LOOPBACK.test(event.flat);
}

const CONTAINER =
  /\b(?:docker|kubernetes|k8s|pod\/|containerd|compose|\.svc(?:\.cluster)?\b|[\w.]+[-_]\d+ exited with code \d|host\.docker\.internal|\/usr\/src\/app|(?:File "|at |\()\/app\/)/i;

/** Whether anything shows that the ingestion runs in a container. */
export function containerSigns(view: EvidenceView): EvidenceEvent | undefined {
  return view.events.find((event) => event.origin === 'container' || CONTAINER.test(event.flat));
}

/** Version that the server tells of itself: in the entry, else where else it stands. */
export function serverVersion({ event, view }: Match): Version | undefined {
  const text = /version (\d{1,2})\.(\d{1,2})\.\d+/.exec(event.flat);
  return text ? [Number(text[1]), Number(text[2])] : versionIn(view);
}

/** `max_memory_usage (here 10000000000, data/facts/…)`: the effective value where the evidence has it, else the default of the release. */
export function effective(match: Match, name: string): string {
  const found = match.view.settings.get(name);
  if (found !== undefined) return `${name} (here ${found.value}, ${found.file})`;
  const version = serverVersion(match);
  const usual = defaultIn(name, version);
  return usual === undefined ? name : `${name} (${usual} by default in ${version?.join('.')})`;
}
