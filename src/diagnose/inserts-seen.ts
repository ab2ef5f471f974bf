import { controlSentence } from '../model/control.ts';
import type { EvidenceView } from '../model/rule.ts';
import type { Because } from '../model/verdict.ts';
import { queryLogFacts } from './logs/query-log-facts.ts';
import { insertTable } from './logs/tally.ts';
import { isInside, timeSpan } from './time-span.ts';

/** Whether an INSERT of the ingestion reached the server, as far as the evidence can say. */
export type InsertsSeen =
  | { state: 'none'; because: Because[] }
  | { state: 'some'; because: Because[] }
  /** Nothing can be said: why, and what would settle it. */
  | { state: 'not-established'; because: Because[]; settle: string[] };

const SETTLE =
  'an unfiltered query_log of the window of the run, with a control query in it: chwitness run -- COMMAND collects both';

/** From a run’s own query log, where it was read, with its control; else from dumps, whose silence shows little. */
export function insertsSeen(view: EvidenceView): InsertsSeen {
  const facts = queryLogFacts.safeParse(view.facts('query-log', 'after'));
  return facts.success && facts.data.log ? byFacts(view, facts.data) : byDumps(view);
}

function byFacts(view: EvidenceView, facts: ReturnType<typeof queryLogFacts.parse>): InsertsSeen {
  const { log, control, tables, database } = facts;
  const file = log?.rows.path ?? 'query_log';
  const others = (log?.groups ?? []).filter(({ whose }) => whose === 'other' || whose === 'load');
  const inserts = others.filter((group) => {
    const table = insertTable(group, database);
    return table !== undefined && (tables.length === 0 || tables.includes(table) || group.user === view.target?.user);
  });
  if (inserts.length > 0)
    return {
      state: 'some',
      because: inserts
        .slice(0, 3)
        .map((one) => ({ text: `INSERT into ${one.target} by ${one.user}, first at ${one.first.utc}`, file })),
    };
  const said = controlSentence(control, 'query_log');
  if (control.query_log.outcome !== 'seen' || control.covers !== 'window')
    return {
      state: 'not-established',
      because: [{ text: `no INSERT is logged, and ${said}`, file }],
      settle: [SETTLE],
    };
  const reads = others.filter(({ kind }) => ['SELECT', 'DESCRIBE', 'DESC', 'SHOW', 'EXISTS'].includes(kind));
  const kinds = [...new Set(reads.map(({ kind, user }) => `${kind} by ${user}`))].join(', ');
  return {
    state: 'none',
    because: [
      {
        text: `no INSERT between ${facts.window.from} and ${facts.window.to} (UTC), while ${said}${kinds === '' ? '' : `; what was logged besides: ${kinds}`}`,
        file,
      },
    ],
  };
}

function byDumps(view: EvidenceView): InsertsSeen {
  const window = timeSpan(view);
  const because: Because[] = [];
  for (const dump of view.query_logs) {
    const inserts = dump.kept.filter(
      (row) => row.kind === 'INSERT' && (!row.at || !window || isInside(row.at.utc, window)),
    );
    if (inserts.length > 0)
      return {
        state: 'some',
        because: inserts
          .slice(0, 3)
          .map((row) => ({ text: `${row.type} ${row.query.slice(0, 200)}`, file: row.file, line: row.line })),
      };
    because.push({ text: whyItShowsNothing(dump, window), file: dump.file });
  }
  const coarse = view.events.some(({ origin }) => origin === 'server');
  if (coarse && view.query_logs.length === 0)
    because.push({
      text: 'a server log shows statements only at level debug or trace: that no INSERT stands in one at level information says nothing',
    });
  if (because.length === 0) because.push({ text: 'no query_log is among the inputs' });
  return { state: 'not-established', because, settle: [SETTLE] };
}

function whyItShowsNothing(
  dump: EvidenceView['query_logs'][number],
  window: { from: string; to: string } | undefined,
): string {
  const { first, last, rows, health_checks, only_failed } = dump;
  const health = health_checks > 0 ? `; ${health_checks} of its ${rows} rows are health checks` : '';
  if (window && last && Date.parse(last.utc) < Date.parse(window.from))
    return `this query_log was taken before the run: it ends at ${last.utc} (${last.zone}), the run began at ${window.from}, so it cannot show what the run sent${health}`;
  if (window && first && Date.parse(first.utc) > Date.parse(window.to))
    return `this query_log begins at ${first.utc} (${first.zone}), after the run ended at ${window.to}`;
  if (only_failed && rows > 0)
    return `this query_log holds failed statements only: an INSERT that went well, or one that never came, would look the same in it${health}`;
  if (rows === 0) return 'this query_log is empty, and nothing shows that statements were being logged';
  return `no INSERT is among the ${rows} rows of this query_log, and no control query shows that it would hold one${health}`;
}
