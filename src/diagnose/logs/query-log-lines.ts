import { formatCount, plural } from '../../kernel/format.ts';
import type { Because } from '../../model/verdict.ts';
import { byTable } from './by-table.ts';
import { momentOf, momentText } from './moment.ts';
import type { QueryLogFacts } from './query-log-facts.ts';
import { byCode, byKind, type StatementGroup, statements } from './tally.ts';

type Log = NonNullable<QueryLogFacts['log']>;

/** At most so many users are told one by one. */
const USERS = 10;
/** At most so many tables are. */
const TABLES = 10;

/** What stood in the window, whatever the verdict. */
export function counts(log: Log, facts: QueryLogFacts): (string | Because)[] {
  const of = (whose: StatementGroup['whose']) => log.groups.filter((one) => one.whose === whose);
  const line = (name: string, groups: readonly StatementGroup[]) =>
    groups.length === 0 ? [] : [`${name}: ${plural(statements(groups), 'statement')} (${byKind(groups)})`];
  const cut = log.rows.cut === undefined ? '' : `; kept: ${log.rows.cut}`;
  const slow = log.slowest[0];
  return [
    {
      text: `rows between ${between(facts)} and ${plural(facts.window.margin_seconds, 'second')} on each side: ${formatCount(log.rows.lines)}${cut}`,
      file: log.rows.path,
    },
    ...line('loads by chwitness', of('load')),
    ...line('others', of('other')),
    ...byUser(of('other')),
    ...byTable(log.by_table ?? [], facts.tables, TABLES),
    ...exceptions(log.groups),
    ...line('health checks, counted apart', of('health check')),
    ...line('questions of chwitness, counted apart', of('own')),
    ...(log.groups_cut ? ['there were more kinds of statements than are counted here: the rest is in the file'] : []),
    ...(slow
      ? [`slowest: ${slow.duration_ms ?? '?'} ms, ${slow.user}, query_id ${slow.query_id}: ${slow.query.slice(0, 120)}`]
      : []),
  ];
}

/** Whose statements they were, the busiest first, where there is more than one user. */
function byUser(groups: readonly StatementGroup[]): string[] {
  const users = [...new Set(groups.map((one) => one.user))].map((user) => groups.filter((one) => one.user === user));
  if (users.length < 2) return [];
  return users
    .sort((a, b) => statements(b) - statements(a))
    .slice(0, USERS)
    .map((those) => `of ${those[0]?.user}: ${plural(statements(those), 'statement')} (${byKind(those)})`);
}

/** Exceptions of all statements but ours, whatever table they were about. */
function exceptions(groups: readonly StatementGroup[]): string[] {
  const failed = groups.filter((one) => one.whose !== 'own' && one.failed > 0);
  return failed.length === 0 ? [] : [`exceptions by code: ${byCode(failed)}`];
}

/** The window in words: in UTC, with the server’s own times beside them where its zone is another. */
export function between({ window: { from, to, server_timezone } }: QueryLogFacts): string {
  const seconds = (time: string) => Math.floor(Date.parse(time) / 1000);
  return [from, to].map((time) => momentText(momentOf(seconds(time), server_timezone))).join(' and ');
}
