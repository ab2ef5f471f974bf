import { formatCount, plural } from '../../kernel/format.ts';
import { controlSentence } from '../../model/control.ts';
import type { LoadFacts } from '../../model/load.ts';
import { type Because, fail, pass, skip, type Verdict, warn } from '../../model/verdict.ts';
import { momentText } from './moment.ts';
import type { LoggedStatement, QueryLogFacts } from './query-log-facts.ts';
import { between, counts } from './query-log-lines.ts';
import {
  byCode,
  byKind,
  exceptionLine,
  failureLine,
  insertTable,
  type StatementGroup,
  span,
  statements,
  sum,
  writtenRows,
} from './tally.ts';

type Log = NonNullable<QueryLogFacts['log']>;
type Detail = { because: (string | Because)[]; remedies: string[] };

/** At most so many lines of one sort stand in a verdict; the rest is in the archive. */
const LINES = 10;

/** What the query log says of a window. Silence counts only where the control queries were seen. */
export function judgeQueryLog(facts: QueryLogFacts, load: LoadFacts | undefined): Verdict {
  const { log, control } = facts;
  const { query_log } = control;
  const believed = query_log.outcome === 'seen';
  const remedies = believed ? [] : query_log.remedies;
  if (!log) return skip(facts.refused ?? controlSentence(control, 'query_log'), { remedies });

  const groups = log.groups.filter((one) => one.whose !== 'own' && one.whose !== 'health check');
  const inserts = groups.filter((one) => inQuestion(one, facts));
  const detail: Detail = { because: [controlSentence(control, 'query_log'), ...counts(log, facts)], remedies };
  const failures = failing(groups, inserts, facts, load, detail);
  if (failures) return failures;
  const lost = missing(facts, log, inserts, load, detail);
  if (lost) return lost;
  if (!believed) return skip(`nothing is established: ${controlSentence(control, 'query_log')}`, detail);
  return pass(summary(groups, inserts, facts), detail);
}

/** INSERTs into the tables in question; without any named, every one. */
function inQuestion(group: StatementGroup, { tables, database }: QueryLogFacts): boolean {
  const table = insertTable(group, database);
  return table !== undefined && (tables.length === 0 || tables.includes(table));
}

function failing(
  groups: readonly StatementGroup[],
  inserts: readonly StatementGroup[],
  facts: QueryLogFacts,
  load: LoadFacts | undefined,
  detail: Detail,
): Verdict | undefined {
  const asked = facts.asked.found.filter((row) => row.exception !== '');
  // The margin reaches back to before the load: what failed there of an earlier load of ours is not this one's.
  const earlier = load?.kind === 'load' && facts.log?.load.failed === 0;
  const failed = inserts.filter((one) => one.failed > 0 && !(earlier && one.whose === 'load'));
  const touching = groups.filter(
    (one) =>
      one.failed > 0 &&
      !(earlier && one.whose === 'load') &&
      !failed.includes(one) &&
      (facts.tables.length === 0 || one.mentions !== ''),
  );
  const lines = [...failed, ...touching].slice(0, LINES).map((one) => inLog(facts, failureLine(one)));
  const named = asked.slice(0, LINES).map((row) => ({
    text: `${row.query_id}, ${momentText(row.at)}: ${exceptionLine(row.exception)}`,
    ...file(facts.asked.rows),
  }));
  const all = { ...detail, because: [...named, ...lines, ...detail.because] };
  if (asked.length > 0) return fail(`${ids(asked)} failed: ${exceptionLine(asked[0]?.exception ?? '')}`, all);
  if (failed.length > 0) {
    const said = `${plural(
      sum(failed, (one) => one.failed),
      'INSERT',
    )} into ${tablesOf(failed, facts)} failed: ${byCode(failed)}`;
    // What a retry mended is no failure of the load, and worth knowing.
    const mended = load?.kind === 'load' && load.status === 'ok' && failed.every((one) => one.whose === 'load');
    if (mended) return warn(`${said}; the load tried again and succeeded`, all);
    return facts.tables.length === 0 ? warn(said, all) : fail(said, all);
  }
  if (touching.length === 0) return undefined;
  const whom = facts.tables.length === 0 ? '' : ' that mention the tables in question';
  return warn(
    `${plural(
      sum(touching, (one) => one.failed),
      'statement',
    )}${whom} failed: ${byCode(touching)}`,
    all,
  );
}

function missing(
  facts: QueryLogFacts,
  log: Log,
  inserts: readonly StatementGroup[],
  load: LoadFacts | undefined,
  detail: Detail,
): Verdict | undefined {
  const open = log.unfinished.filter((one) => /^\s*INSERT/i.test(one.query) && mentions(one, facts));
  if (open.length > 0)
    return warn(
      `${plural(open.length, 'INSERT')} began and no end of it is logged: still running, or gone with the server`,
      { ...detail, because: [...open.slice(0, LINES).map((one) => inLog(facts, openLine(one))), ...detail.because] },
    );
  const notFound = facts.asked.ids.filter((id) => !facts.asked.found.some((row) => row.query_id === id));
  if (notFound.length > 0 && facts.control.query_log.outcome === 'seen')
    return warn(`${notFound.join(', ')}: not logged between ${between(facts)}`, detail);
  if (load?.kind === 'load') return ofLoad(facts, log, load, detail);
  if (facts.tables.length === 0 || statements(inserts) > 0) return undefined;
  return noInsert(facts, log, detail);
}

/** Whether the INSERTs that the load says it sent are there. */
function ofLoad(facts: QueryLogFacts, log: Log, load: LoadFacts, detail: Detail): Verdict | undefined {
  const { query_log } = facts.control;
  const sent = load.tables.reduce((total, table) => total + table.batches, 0);
  if (query_log.outcome !== 'seen' || sent === 0) return undefined;
  const logged = log.load.statements;
  // A server that answered an INSERT has met it: then this log is not the one to ask.
  if (logged === 0 && answered(load))
    return warn(
      `INSERTs of the load were answered, and none of them is in the log of ${facts.hostname}: another node took them, or their settings kept them out of it`,
      detail,
    );
  if (logged === 0 && facts.control.covers === 'window')
    return fail(
      `the load says it sent ${plural(sent, 'INSERT')}, and none of them reached the server ${facts.hostname}`,
      detail,
    );
  if (log.load.finished >= sent) return undefined;
  return warn(
    `the load says it sent ${plural(sent, 'INSERT')}; ${formatCount(logged)} of them are logged, ${formatCount(log.load.finished)} as finished`,
    detail,
  );
}

/** Whether a server acknowledged rows of the load, or refused them with an exception of its own. */
function answered({ rows_written, error }: LoadFacts): boolean {
  return rows_written > 0 || (error !== undefined && 'failure' in error && error.failure === 'server');
}

/** No INSERT is logged: how much that says depends on the control queries. */
function noInsert(facts: QueryLogFacts, log: Log, detail: Detail): Verdict {
  const { control, tables } = facts;
  const into = tables.join(', ');
  if (control.query_log.outcome !== 'seen')
    return skip(
      `no INSERT into ${into} is logged, and whether there was one is not established: ${controlSentence(control, 'query_log')}`,
      detail,
    );
  if (control.covers === 'window')
    return warn(`no INSERT into ${into} reached the server ${facts.hostname} between ${between(facts)}`, detail);
  const others = log.groups.filter((one) => one.whose !== 'own');
  const then = span(others);
  if (!then)
    return skip(
      `no INSERT into ${into} is logged between ${between(facts)}, and no other statement either: logging works now, whether it did then is not established`,
      detail,
    );
  return warn(
    `no INSERT into ${into} is logged between ${between(facts)}; ${plural(statements(others), 'other statement')} of that window ${statements(others) === 1 ? 'is' : 'are'}, from ${momentText(then.first)} to ${momentText(then.last)}`,
    detail,
  );
}

function mentions(one: LoggedStatement, { tables }: QueryLogFacts): boolean {
  return tables.length === 0 || tables.some((table) => one.query.includes(table.slice(table.indexOf('.') + 1)));
}

function summary(
  groups: readonly StatementGroup[],
  inserts: readonly StatementGroup[],
  { tables }: QueryLogFacts,
): string {
  const users = new Set(groups.map((one) => one.user)).size;
  const all =
    groups.length === 0
      ? 'no statement besides ours and health checks'
      : `${plural(statements(groups), 'statement')} of ${plural(users, 'user')} (${byKind(groups)})`;
  const rows = writtenRows(inserts);
  const written = rows === undefined ? '' : `, ${plural(rows, 'row')} written`;
  const into = tables.length === 0 ? '' : ` into the tables in question`;
  const done =
    statements(inserts) === 0 ? '' : `; ${plural(statements(inserts), 'INSERT')}${into}${written}, none failed`;
  return `${all}${done}`;
}

function tablesOf(groups: readonly StatementGroup[], { database }: QueryLogFacts): string {
  return [...new Set(groups.map((one) => insertTable(one, database) ?? one.target))].join(', ');
}

function ids(rows: readonly { query_id: string }[]): string {
  return [...new Set(rows.map((row) => row.query_id))].join(', ');
}

function openLine(one: LoggedStatement): string {
  return `${one.query_id} of ${one.user}, since ${momentText(one.at)}: ${one.query}`;
}

function file(kept: { path: string } | undefined): { file?: string } {
  return kept ? { file: kept.path } : {};
}

function inLog({ log }: QueryLogFacts, text: string): Because {
  return { text, ...file(log?.failed ?? log?.rows) };
}
