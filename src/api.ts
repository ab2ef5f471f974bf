/** All that a check, bundle or rule may use. Foreign ones export `(api) => check` and get this module as `api`. */
import type { Bundle, Check } from './model/check.ts';
import type { Rule } from './model/rule.ts';

export { z } from 'zod';
export {
  type CommandStatements,
  commandStatements,
  judgeStatements,
} from './diagnose/attribution/judge-statements.ts';
export { readInserts, readWriters } from './diagnose/attribution/read.ts';
export { accountLine, type Reconciled, reconcile, resumedCounts, type Witnesses } from './diagnose/counts/reconcile.ts';
export { viewBehind, viewsBehind } from './diagnose/counts/views-behind.ts';
export { whyFewer } from './diagnose/counts/why-fewer.ts';
export { type TableRow, tableGroupOf } from './diagnose/logs/by-table.ts';
export { digestServerLog, zoneByFileTime } from './diagnose/logs/digest-server-log.ts';
export { judgeQueryLog } from './diagnose/logs/judge-query-log.ts';
export { judgeServerLog } from './diagnose/logs/judge-server-log.ts';
export { judgeTextLog } from './diagnose/logs/judge-text-log.ts';
export { moment, momentOf, momentText, utcText } from './diagnose/logs/moment.ts';
export {
  keptFile,
  loggedRowOf,
  type QueryLogFacts,
  queryLogFacts,
  UNFINISHED,
} from './diagnose/logs/query-log-facts.ts';
export { type ServerLogFacts, type ServerLogFile, serverLogFacts } from './diagnose/logs/server-log-facts.ts';
export { exceptionLine, groupOf, insertTable, type TallyRow } from './diagnose/logs/tally.ts';
export { ERROR_LINES, type TextLogFacts, textLogFacts } from './diagnose/logs/text-log-facts.ts';
export { countedBounds, keptBounds, logWindow, windowWithMargin } from './diagnose/logs/window.ts';
export {
  type CommandOutcome,
  commandOutcome,
  judgeOutcome,
  type OutcomeOptions,
} from './diagnose/outcome/judge-outcome.ts';
export { dockerExchange, judgeDockerHttp, publishedAs } from './diagnose/reach/judge-docker-http.ts';
export { reachSentence } from './diagnose/reach/sentences.ts';
export { askNodes, askReplicas, keepReplicaLogs, type ReplicaAnswer } from './diagnose/replicas/ask.ts';
export { lookIntoReplicas, replicaLog } from './diagnose/replicas/logs.ts';
export { nodeText, type ReplicaNode, replicaNode, replicaNodes, unreachable } from './diagnose/replicas/nodes.ts';
export { OTHER_LOGS } from './diagnose/tables/other-logs.ts';
export { badNews, type LookedInto, linesOf, lookedInto, lookInto } from './diagnose/tables/read.ts';
export { exceptionOf } from './diagnose/test-insert/exception.ts';
export {
  type InsertLadder,
  insertByLadder,
  insertLadder,
  type LadderProbe,
} from './diagnose/test-insert/ladder.ts';
export { messageOf } from './kernel/errors.ts';
export { formatBytes, formatCount, formatDuration, plural } from './kernel/format.ts';
export { quoteName, quoteText } from './kernel/sql.ts';
export { apiSource } from './model/api-source.ts';
export type {
  Bundle,
  Check,
  ColumnSchema,
  DdlText,
  DockerOutput,
  DockerProbe,
  FileTail,
  JudgeContext,
  KeptLines,
  NormalisedSchemas,
  Probe,
  Requirement,
  Scratch,
  TableSchema,
} from './model/check.ts';
export {
  type ControlFacts,
  controlFacts,
  controlSentence,
} from './model/control.ts';
export {
  type Asked,
  type ContainerFacts,
  containerFacts,
  type DockerProblem,
  dockerEngine,
  dockerProblem,
  type ImageFacts,
  imageFacts,
  type NetworkFacts,
  networkFacts,
} from './model/docker.ts';
export { type DockerHttp, type DockerPlace, dockerHttp } from './model/docker-http.ts';
export type { Finding } from './model/finding.ts';
export { allows, type Grants, grantStatement, parseGrants, type Question } from './model/grants.ts';
export { type HttpExam, httpExam, httpFinding } from './model/http-exam.ts';
export { type LoadFacts, type ServerException, serverException, type TableLoad } from './model/load.ts';
export type { EvidenceView, Rule } from './model/rule.ts';
export type { Phase, Window } from './model/run.ts';
export {
  diffSchemas,
  mendingStatements,
  type SchemaDifference,
  schemaDifference,
} from './model/schema-diff/index.ts';
export { type StoredTable, storedTable } from './model/stored.ts';
export { parseTable, type TableName, tableName, tableSql, tableText } from './model/table.ts';
export { type Capabilities, capabilities } from './model/target.ts';
export { fail, pass, skip, type Verdict, verdict, warn } from './model/verdict.ts';

/** Types a check by its own facts; returns it unchanged. */
export function defineCheck<Facts, Options = Record<string, never>>(
  check: Check<Facts, Options>,
): Check<Facts, Options> {
  return check;
}

/** Types a rule; returns it unchanged. */
export function defineRule(rule: Rule): Rule {
  return rule;
}

export function defineBundle(bundle: Bundle): Bundle {
  return bundle;
}
