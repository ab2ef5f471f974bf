import type { Finding } from '../model/finding.ts';
import type { EvidenceView, Rule } from '../model/rule.ts';
import { pagePath } from './page.ts';
import { type PatternRule, rank } from './pattern-rule.ts';
import { authentication } from './rules/authentication.ts';
import { badRows } from './rules/bad-rows.ts';
import { binaryStreams } from './rules/binary-streams.ts';
import { brokenConnection } from './rules/broken-connection.ts';
import { clientLibraries } from './rules/client-libraries.ts';
import { connection } from './rules/connection.ts';
import { containers } from './rules/containers.ts';
import { dates } from './rules/dates.ts';
import { dns } from './rules/dns.ts';
import { emptyTable } from './rules/empty-table.ts';
import { filesOnServer } from './rules/files-on-server.ts';
import { input } from './rules/input.ts';
import { inputShape } from './rules/input-shape.ts';
import { misreadStream } from './rules/misread-stream.ts';
import { numbersAndNulls } from './rules/numbers-and-nulls.ts';
import { otherClients } from './rules/other-clients.ts';
import { outsideWindow } from './rules/outside-window.ts';
import { portsAndTls } from './rules/ports-and-tls.ts';
import { privileges } from './rules/privileges.ts';
import { programInput } from './rules/program-input.ts';
import { proxies } from './rules/proxies.ts';
import { pythonClients } from './rules/python-clients.ts';
import { refused } from './rules/refused.ts';
import { replicas } from './rules/replicas.ts';
import { replication } from './rules/replication.ts';
import { resources } from './rules/resources.ts';
import { rowsMissing } from './rules/rows-missing.ts';
import { serverGone } from './rules/server-gone.ts';
import { serverLimits } from './rules/server-limits.ts';
import { silent } from './rules/silent.ts';
import { sourceApi } from './rules/source-api.ts';
import { sourceLogs } from './rules/source-logs.ts';
import { statements } from './rules/statements.ts';
import { tablesAndColumns } from './rules/tables-and-columns.ts';
import { targetRefuses } from './rules/target-refuses.ts';
import { textValues } from './rules/text-values.ts';
import { timeouts } from './rules/timeouts.ts';
import { unrelated } from './rules/unrelated.ts';
import { untypedException } from './rules/untyped-exception.ts';
import { views } from './rules/views.ts';
import { fitting, isTooNew, versionIn } from './versions.ts';

export const RULES: readonly Rule[] = [
  badRows,
  input,
  sourceApi,
  serverGone,
  sourceLogs,
  programInput,
  connection,
  dns,
  refused,
  brokenConnection,
  portsAndTls,
  timeouts,
  proxies,
  containers,
  authentication,
  privileges,
  tablesAndColumns,
  statements,
  targetRefuses,
  textValues,
  dates,
  numbersAndNulls,
  inputShape,
  binaryStreams,
  misreadStream,
  resources,
  serverLimits,
  replication,
  replicas,
  views,
  filesOnServer,
  untypedException,
  pythonClients,
  otherClients,
  clientLibraries,
  silent,
  rowsMissing,
  emptyTable,
  unrelated,
  outsideWindow,
];

const RANK = { certain: 0, likely: 1, possible: 2 } as const;
/** More findings than these help nobody. */
const FINDINGS = 6;

function isPatternRule(rule: Rule): rule is PatternRule {
  return 'patterns' in rule;
}

/** What a failure leaves behind, true and no cause: told after the causes. */
const SYMPTOMS = new Set(['target_table_empty']);

/** Whether a cause names what belongs to nothing here. */
export function isUnrelated(finding: Finding): boolean {
  return finding.cause.endsWith('_unrelated');
}

/**
 * Findings of every rule, best first; the same cause found twice is one finding with both lines. Patterns are ranked
 * against each other, entry by entry; what belongs to nothing here comes last.
 */
export function diagnose(evidence: EvidenceView, rules: readonly Rule[] = RULES): Finding[] {
  const families = rules.filter(isPatternRule);
  const found = [
    ...rules
      .filter((rule) => !isPatternRule(rule))
      .flatMap((rule) => rule.explain(evidence).map((one) => linked(one, rule))),
    ...rank(evidence, families),
  ];
  const byCause = new Map<string, Finding>();
  for (const finding of found) {
    const known = byCause.get(finding.cause);
    if (!known) byCause.set(finding.cause, finding);
    else {
      const better = RANK[finding.confidence] < RANK[known.confidence] ? finding : known;
      byCause.set(finding.cause, { ...better, because: [...known.because, ...finding.because] });
    }
  }
  const weight = (finding: Finding) =>
    RANK[finding.confidence] + (isUnrelated(finding) ? 10 : SYMPTOMS.has(finding.cause) ? 5 : 0);
  const best = [...byCause.values()].sort((a, b) => weight(a) - weight(b)).slice(0, FINDINGS);
  return best.map((one) => suited(one, evidence));
}

/** Each finding of ours leads to the page of its rule; what a foreign rule explains is its own affair. */
function linked(finding: Finding, rule: Rule): Finding {
  if (finding.page !== undefined || !RULES.includes(rule)) return finding;
  return { ...finding, page: pagePath(rule.page ?? 'causes') };
}

/** No advice for a version that the server is not. */
function suited(finding: Finding, evidence: EvidenceView): Finding {
  const version = versionIn(evidence);
  const { remedies, alternatives } = finding;
  return {
    ...finding,
    remedies: fitting(remedies, version),
    alternatives: alternatives.filter(({ question }) => !isTooNew(question, version)),
  };
}
