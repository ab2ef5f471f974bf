import { z } from 'zod';
import type { EvidenceEvent, LoggedMoment } from '../model/evidence.ts';
import { noLoad } from '../model/load.ts';
import type { EvidenceView } from '../model/rule.ts';
import { exceptionsOf } from './exceptions.ts';
import { containerEvent, isTroubled } from './read/containers.ts';
import type { ReadInput } from './read/input.ts';
import { AS_UTC, offsetText, type ZoneRule } from './read/moment.ts';

/** What a run of chwitness knows of itself. */
export type RunEvidence = Pick<EvidenceView, 'ingestion' | 'checks' | 'facts' | 'target' | 'capabilities'> & {
  window?: EvidenceView['window'];
  /** Zone of the server by its name, where it was asked. */
  timezone?: string | undefined;
};

const NO_RUN: RunEvidence = {
  ingestion: noLoad,
  checks: [],
  facts: () => undefined,
  target: undefined,
  capabilities: undefined,
};

const structures = z.object({
  tables: z.array(
    z.object({
      name: z.object({ database: z.string(), table: z.string() }),
      columns: z.array(z.object({ name: z.string(), type: z.string(), default_kind: z.string().optional() })),
    }),
  ),
});
const settingsFacts = z.object({ settings: z.array(z.object({ name: z.string(), value: z.string() })) });

/** One view of a run and of logs, either of which may be missing. */
export function viewOf(run: Partial<RunEvidence>, inputs: readonly ReadInput[] = []): EvidenceView {
  const known = { ...NO_RUN, ...run };
  const zone = serverZone(known, inputs);
  const events = inputs.flatMap((input) => marked(input, zone));
  return {
    ingestion: known.ingestion,
    checks: known.checks,
    facts: known.facts,
    target: known.target,
    capabilities: known.capabilities,
    window: known.window,
    events: [...ownEvents(known), ...events],
    query_logs: inputs.flatMap(({ query_log: log }) =>
      log
        ? [
            {
              ...log,
              first: inZone(log.first, zone),
              last: inZone(log.last, zone),
              kept: log.kept.map((row) => ({ ...row, at: inZone(row.at, zone) })),
            },
          ]
        : [],
    ),
    tables: [
      ...tablesOf(known),
      ...inputs.flatMap(({ columns, facts }) => (columns ? [{ name: facts.name, columns }] : [])),
    ],
    settings: settingsOf(known),
    inputs: inputs.map(({ facts }) => facts),
  };
}

/** As much of the containers that a command ran in, and of the server's, as tells how they ended. */
const ended = z.object({
  name: z.string(),
  image: z.string(),
  status: z.string(),
  exit_code: z.number().default(0),
  oom_killed: z.boolean(),
  restarts: z.number(),
  error: z.string().default(''),
  finished_at: z.string().default(''),
  memory_limit: z.number().default(0),
});
const dockerFacts = z.object({ containers: z.array(ended) });

/** Containers that were killed or do not stay up; one that only ended with its program's own code says no more than that did. */
function containerEvents(run: RunEvidence): EvidenceEvent[] {
  const facts = dockerFacts.safeParse(run.facts('http-docker', 'after'));
  const file = run.checks.find(({ id, phase }) => id === 'http-docker' && phase === 'after')?.facts ?? 'http-docker';
  const own = (run.ingestion.command?.containers ?? []).map((one) => ({
    one: ended.parse(one),
    file: 'data/results.json',
  }));
  const servers = (facts.data?.containers ?? []).map((one) => ({ one, file }));
  return [...own, ...servers].flatMap(({ one, file: place }) =>
    isTroubled({ ...one, exit_code: one.exit_code > 128 ? one.exit_code : 0 })
      ? [containerEvent(one, { file: place, line: 0 }, AS_UTC)]
      : [],
  );
}

/** What the load or a check met, as an entry: only what the server itself wrote is read by its text. */
function ownEvents(run: RunEvidence): EvidenceEvent[] {
  return [...containerEvents(run), ...exceptionEvents(run)];
}

function exceptionEvents(run: RunEvidence): EvidenceEvent[] {
  return exceptionsOf(run).map(({ exception, because }) => {
    const { message, code, name, http_status } = exception;
    return {
      file: because.file ?? 'results.json',
      line: 0,
      origin: 'run',
      level: 'error',
      text: message,
      flat: message.replace(/\s+/g, ' ').trim(),
      exceptions: [{ code, name, message, by: 'server' }],
      ...(http_status === undefined ? {} : { status: http_status }),
      trouble: exception.failure === 'server',
      count: 1,
      again: [],
    };
  });
}

const MINDED = /\bretry|retries|retrying|attempt|will try again|reconnect/i;

/** Marks what a later success of the same log made good. */
function marked({ events, succeeded }: ReadInput, zone: ZoneRule): EvidenceEvent[] {
  return events.map((event) => {
    const last = event.again.at(-1)?.line ?? event.line;
    const mild = event.level !== 'error' && event.level !== 'fatal';
    const recovered = succeeded !== undefined && succeeded > last && event.trouble && (mild || MINDED.test(event.flat));
    const servers = event.origin === 'server' || event.origin === 'text_log' || event.origin === 'query_log';
    const at = servers ? inZone(event.at, zone) : event.at;
    return { ...event, ...(at ? { at } : {}), ...(recovered ? { recovered } : {}) };
  });
}

/** A server’s times bear no zone: they are moved once one is known. */
function inZone(moment: LoggedMoment | undefined, zone: ZoneRule): LoggedMoment | undefined {
  if (!moment || moment.zone !== AS_UTC.name || zone === AS_UTC) return moment;
  return { utc: new Date(Date.parse(moment.utc) - zone.minutes * 60_000).toISOString(), zone: zone.name };
}

/** Zone of the server: as it said when asked, else by what `max()` of an empty table shows. */
function serverZone(run: RunEvidence, inputs: readonly ReadInput[]): ZoneRule {
  const name = run.timezone ?? run.capabilities?.timezone;
  const minutes = name === undefined ? undefined : offsetOf(name, run.window ? new Date(run.window.from) : new Date(0));
  if (minutes !== undefined) return { minutes, name: `server zone ${name}` };
  for (const { events } of inputs) {
    const epoch = events
      .map(({ origin, flat }) => (origin === 'result' ? /1970-01-01[ T](\d\d):(\d\d):\d\d/.exec(flat) : null))
      .find((match) => match);
    if (!epoch) continue;
    const found = Number(epoch[1]) * 60 + Number(epoch[2]);
    return { minutes: found, name: `server zone ${offsetText(found)}, by what an empty table shows` };
  }
  return AS_UTC;
}

function offsetOf(zone: string, at: Date): number | undefined {
  try {
    const parts = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' }).formatToParts(at);
    const text = parts.find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT';
    const match = /GMT([+-])(\d\d):(\d\d)/.exec(text);
    return match ? (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3])) : 0;
  } catch {
    return undefined;
  }
}

function tablesOf(run: RunEvidence): EvidenceView['tables'][number][] {
  const found = structures.safeParse(run.facts('target-schema', 'after') ?? run.facts('target-schema', 'before'));
  if (!found.success) return [];
  return found.data.tables.map(({ name, columns }) => ({
    name: `${name.database}.${name.table}`,
    columns: columns.filter(({ default_kind = '' }) => !['MATERIALIZED', 'ALIAS'].includes(default_kind)),
  }));
}

function settingsOf(run: RunEvidence): Map<string, { value: string; file: string }> {
  const check = run.checks.find(({ id }) => id === 'server-settings');
  const found = settingsFacts.safeParse(run.facts('server-settings', check?.phase ?? 'after'));
  const file = check?.facts ?? 'server-settings';
  return new Map(found.success ? found.data.settings.map(({ name, value }) => [name, { value, file }]) : []);
}
