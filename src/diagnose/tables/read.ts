import { z } from 'zod';
import { messageOf } from '../../kernel/errors.ts';
import { plural } from '../../kernel/format.ts';
import type { Probe, SqlValue } from '../../model/check.ts';
import { allows, grantStatement, parseGrants } from '../../model/grants.ts';
import type { Because } from '../../model/verdict.ts';
import { moment, momentOf, momentText } from '../logs/moment.ts';
import { keptFile } from '../logs/query-log-facts.ts';
import { exceptionLine } from '../logs/tally.ts';
import { exceptionOf } from '../test-insert/exception.ts';

/** Entries of a system table that agree in what they are and of which table. */
const entries = z.strictObject({
  /** `NewPart`, `ParsingError`, `GET_PART`, a view’s name. */
  what: z.string(),
  /** `database.table`; '' where the entry names none. */
  table: z.string(),
  entries: z.string(),
  /** How many of them are bad news. */
  bad: z.string(),
  /** Rows they tell of; '' where they do not. */
  rows: z.string(),
  message: z.string(),
  last: moment,
});
type Entries = z.infer<typeof entries>;

/** A system table that was looked into. */
export const lookedInto = z.strictObject({
  /** Without `system.` */
  table: z.string(),
  groups: z.array(entries),
  rows: keptFile.optional(),
  /** Why it was not read. */
  unread: z.string().optional(),
  /** What would make it readable. */
  remedies: z.array(z.string()),
});
export type LookedInto = z.infer<typeof lookedInto>;

export interface TableOfInterest {
  /** Without `system.` */
  table: string;
  /** How a server comes to have it, one phrase. */
  made: string;
}

interface Row {
  what: string;
  of_table: string;
  entries: string;
  bad: string;
  row_count: string;
  message: string;
  last_seconds: number;
}

const ACCESS_DENIED = 497;

/** Kinds of entries of one table. */
const GROUPS = 200;

const grantOf = (probe: Probe, table: string) =>
  grantStatement({ privilege: 'SELECT', on: { database: 'system', table } }, probe.capabilities.user);

/** Why a system table cannot be read on the node that answers, and what would change it; undefined where it can. */
export function whyAbsent(
  probe: Probe,
  { table, made }: TableOfInterest,
): Pick<LookedInto, 'unread' | 'remedies'> | undefined {
  const { system, grants, user, version } = probe.capabilities;
  if (table in system) return undefined;
  const on = { database: 'system', table };
  const answer = grants && allows(parseGrants(grants), { privilege: 'SELECT', on }).answer;
  return answer === 'no'
    ? { unread: `SELECT on system.${table} is not granted to ${user}`, remedies: [grantOf(probe, table)] }
    : { unread: `ClickHouse ${version} has no system.${table} here: ${made}`, remedies: [] };
}

/** What would make a table readable that was refused. */
export function remediesOf(probe: Probe, table: string, error: unknown): string[] {
  return exceptionOf(error)?.code === ACCESS_DENIED ? [grantOf(probe, table)] : [];
}

/** Reads `<table>-tally.sql` and keeps `<table>-rows.sql`; what is not there or not readable is told with the reason. */
export async function lookInto(
  probe: Probe,
  { table, made }: TableOfInterest,
  params: { kept: Record<string, SqlValue>; counted: Record<string, SqlValue> },
): Promise<LookedInto> {
  const { timezone } = probe.capabilities;
  const none = { table, groups: [], remedies: [] };
  const absent = whyAbsent(probe, { table, made });
  if (absent) return { ...none, ...absent };
  const name = table.replaceAll('_', '-');
  try {
    const groups = await probe.sql<Row>(`${name}-tally`, { ...params.counted, limit: GROUPS });
    const rows = await probe.sqlArtifact(`${name}-rows`, `${table}.jsonl`, params.kept);
    return {
      ...none,
      rows,
      groups: groups.map((row) => ({
        what: row.what,
        table: row.of_table,
        entries: String(row.entries),
        bad: String(row.bad),
        rows: row.row_count,
        message: exceptionLine(row.message),
        last: momentOf(row.last_seconds, timezone),
      })),
    };
  } catch (error) {
    if (probe.signal.aborted) throw error;
    return {
      ...none,
      unread: `system.${table} could not be read: ${messageOf(error)}`,
      remedies: remediesOf(probe, table, error),
    };
  }
}

function lineOf({ what, table, entries, bad, rows, message, last }: Entries): string {
  const of = table === '' ? '' : ` of ${table}`;
  const told = rows === '' ? '' : `, ${plural(BigInt(rows), 'row')}`;
  const failed = bad === '0' ? '' : `, ${bad} bad, last ${momentText(last)}${message === '' ? '' : `: ${message}`}`;
  return `${what}${of} ×${entries}${told}${failed}`;
}

/** What was found, one line a group, bad news first; then what could not be read, and why. */
export function linesOf(tables: readonly LookedInto[]): Because[] {
  const bad = (one: Entries) => (one.bad === '0' ? 1 : 0);
  const found = tables.flatMap(({ table, groups, rows }) =>
    [...groups]
      .sort((a, b) => bad(a) - bad(b))
      .slice(0, 10)
      .map((one) => ({ text: `system.${table}: ${lineOf(one)}`, ...(rows === undefined ? {} : { file: rows.path }) })),
  );
  const cuts = tables.flatMap(({ table, rows }) =>
    rows?.cut === undefined ? [] : [{ text: `system.${table}: kept: ${rows.cut}`, file: rows.path }],
  );
  return [...found, ...cuts, ...tables.flatMap(({ unread }) => (unread === undefined ? [] : [{ text: unread }]))];
}

/** Groups with bad news, with their table: `part_log: 3 of NewPart`. */
export function badNews(tables: readonly LookedInto[]): string[] {
  return tables.flatMap(({ table, groups }) =>
    groups
      .filter((one) => one.bad !== '0')
      .map((one) => `system.${table}: ${one.bad} of ${one.what}${one.table === '' ? '' : ` of ${one.table}`}`),
  );
}
