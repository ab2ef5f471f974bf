import type { EvidenceEvent } from '../model/evidence.ts';
import type { EvidenceView } from '../model/rule.ts';
import { AS_UTC } from './read/moment.ts';

/** Two minutes: clocks differ, and statements end after the last line of a log. */
const SLACK_MS = 120_000;

/** When the ingestion ran: by the run itself, else by the first and last time of its log. UTC. */
export function timeSpan(view: EvidenceView): { from: string; to: string } | undefined {
  if (view.window) return view.window;
  const times = view.events
    .filter(({ origin }) => origin === 'client')
    .flatMap(({ at, again }) => [at?.utc, ...again.map((one) => one.at?.utc)])
    .filter((utc): utc is string => utc !== undefined)
    .sort();
  const [from] = times;
  const to = times.at(-1);
  return from === undefined || to === undefined ? undefined : { from, to };
}

export function isInside(utc: string, span: { from: string; to: string }): boolean {
  const at = Date.parse(utc);
  return at >= Date.parse(span.from) - SLACK_MS && at <= Date.parse(span.to) + SLACK_MS;
}

/** Whether an entry of a server lies outside the time of the ingestion, each time it stands there; only where its zone is known. */
export function isOutside(event: EvidenceEvent, view: EvidenceView): boolean {
  if (event.origin !== 'server' && event.origin !== 'text_log' && event.origin !== 'query_log') return false;
  const span = timeSpan(view);
  const times = [event.at, ...event.again.map(({ at }) => at)];
  if (!span || times.length < event.count) return false;
  return times.every((at) => at !== undefined && at.zone !== AS_UTC.name && !isInside(at.utc, span));
}
