import type { EvidenceEvent } from '../model/evidence.ts';
import type { Finding, NotEstablished } from '../model/finding.ts';
import type { EvidenceView } from '../model/rule.ts';
import { isUnrelated } from './diagnose.ts';
import { insertsSeen } from './inserts-seen.ts';
import { cite } from './pattern.ts';

const LINES = 5;

function failures(view: EvidenceView): EvidenceEvent[] {
  return view.events.filter(
    (event) =>
      !event.recovered &&
      event.trouble &&
      (event.level === 'error' || event.level === 'fatal' || event.exceptions.length > 0 || event.level === undefined),
  );
}

/** Whether the evidence says that something failed, named or not. */
export function somethingFailed(view: EvidenceView, findings: readonly Finding[]): boolean {
  if (findings.some((finding) => !isUnrelated(finding))) return true;
  const { ingestion, checks } = view;
  if (ingestion.status === 'failed' || ingestion.status === 'canceled') return true;
  if (checks.some(({ status }) => status === 'fail' || status === 'error' || status === 'timeout')) return true;
  return failures(view).some(
    (event) =>
      !findings.some(({ because }) => because.some(({ file, line }) => file === event.file && line === event.line)),
  );
}

/** What to say where something failed and no rule names it; undefined where a cause is named or nothing failed. */
export function notEstablished(view: EvidenceView, findings: readonly Finding[]): NotEstablished | undefined {
  if (findings.some((finding) => !isUnrelated(finding)) || !somethingFailed(view, findings)) return undefined;
  const lines = failures(view);
  const [first] = lines;
  const hasType = lines.some(({ exceptions }) => exceptions.length > 0);
  const inserts = insertsSeen(view);
  return {
    summary:
      first === undefined
        ? 'Something failed, and nothing in the evidence says why'
        : 'Something failed, and its cause is not established',
    because: lines.slice(0, LINES).map(cite),
    settle: [
      ...(hasType ? [] : ['the type and the traceback of the exception, as the program’s own log can print it']),
      ...(inserts.state === 'not-established' ? inserts.settle : []),
      ...(view.events.some(({ origin }) => origin === 'server')
        ? []
        : ['the server’s log (clickhouse-server.err.log) of the same minutes']),
      'the effective settings and SHOW CREATE TABLE of the target: chwitness collect --since 1h --table database.table',
    ],
  };
}
