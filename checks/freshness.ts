import {
  defineCheck,
  fail,
  formatDuration,
  type Probe,
  parseTable,
  pass,
  plural,
  skip,
  type TableName,
  type TableSchema,
  tableText,
  warn,
  z,
} from '../src/api.ts';

const column = z.strictObject({
  table: z.string(),
  column: z.string(),
  type: z.string(),
  /** UInt64 as text; null when it could not be asked. */
  rows: z.string().nullable(),
  /** UTC; null where there is none: an empty table, or nothing but NULL. */
  oldest_utc: z.string().nullable(),
  newest_utc: z.string().nullable(),
  /** As the column shows it, in its own time zone. */
  newest: z.string().nullable(),
  error: z.string().nullable(),
});
type Column = z.infer<typeof column>;
const facts = z.strictObject({
  /** Time zone that DateTime columns without one are shown in. */
  server_timezone: z.string(),
  clock_offset_ms: z.number(),
  columns: z.array(column),
  /** Tables without a time column, or that are not there. */
  without: z.array(z.string()),
});
type Facts = z.infer<typeof facts>;

const options = z.strictObject({
  /** Time column by table (`database.table`), of the tables in question and of others; without one it is found by type, sorting key first. */
  columns: z.record(z.string(), z.string()).default({}),
  /** Age of the newest value in seconds from which it fails; absent: ages are told, not judged. */
  max_age_seconds: z.number().positive().optional(),
});

const TIME = /^(?:(?:Nullable|LowCardinality)\()*(Date|Date32|DateTime|DateTime64)\b/;
const DATE_ONLY = /^(?:(?:Nullable|LowCardinality)\()*(Date|Date32)\b(?!Time)/;
const NOT_READ = /^(Kafka|RabbitMQ|NATS|S3Queue|AzureQueue|FileLog|Null)$/;
const same = (one: TableName, other: TableName) => tableText(one) === tableText(other);

/** The zero of Date and DateTime: what a column shows that was never filled. */
const ZERO = /^1970-01-01(?: 00:00:00(?:\.0+)?)?$/;

export default defineCheck<Facts, z.infer<typeof options>>({
  id: 'freshness',
  title: 'The newest rows are as new as they should be',
  failureTitle: 'The newest rows are not as new as they should be',
  why: 'A load that says ok and brings yesterday’s rows again is found only by looking at their times; and the maximum of an empty table reads as 1970-01-01, which is no date at all.',
  phases: ['before', 'after'],
  needs: ['http', 'tables'],
  factsVersion: 1,
  facts,
  options,
  async collect(probe, options) {
    const columns: Column[] = [];
    const without: string[] = [];
    // A table whose column is named is looked at beside those in question.
    const others = Object.keys(options.columns).flatMap((name) => parseTable(name, probe.target.database) ?? []);
    const tables = [...probe.tables, ...others.filter((one) => !probe.tables.some((name) => same(name, one)))];
    const schemas = await probe.schema(tables);
    for (const name of tables) {
      const schema = schemas.find((one) => same(one.name, name));
      const chosen =
        schema && !NOT_READ.test(schema.engine) ? timeColumn(schema, options.columns[tableText(name)]) : undefined;
      if (schema && chosen) columns.push(await ask(probe, schema, chosen));
      else without.push(tableText(name));
    }
    const { timezone, clock_offset_ms } = probe.capabilities;
    return { server_timezone: timezone, clock_offset_ms, columns, without };
  },
  judge(facts, { now, options, phase }) {
    if (facts.columns.length === 0)
      return skip(`no time column was found in ${facts.without.join(', ')}`, {
        remedies: ['Name one under checks.freshness.options.columns: { "database.table": "column" }'],
      });
    const lines = facts.columns.map((one) => describe(one, facts, now));
    if (facts.columns.every((one) => one.error !== null))
      return skip(`no time column could be read: ${facts.columns[0]?.error ?? ''}`, { because: lines });
    const serverNow = now.getTime() + facts.clock_offset_ms;
    const because = [
      ...lines.slice(1),
      ...(facts.without.length > 0 ? [`without a time column: ${facts.without.join(', ')}`] : []),
    ];
    const stale = facts.columns.filter(
      (one) => options.max_age_seconds !== undefined && isOlder(one, serverNow, options.max_age_seconds),
    );
    if (stale.length > 0 && options.max_age_seconds !== undefined) {
      const limit = formatDuration(options.max_age_seconds * 1000);
      return fail(`${stale.map((one) => describe(one, facts, now)).join('; ')}: older than ${limit}`, {
        because: lines,
      });
    }
    const odd = facts.columns.filter((one) => isZero(one) || isFuture(one, serverNow));
    if (odd.length > 0)
      return warn(odd.map((one) => describe(one, facts, now)).join('; '), {
        because: lines,
        remedies: ['Check in which time zone the source gives its times, and whether the column is filled at all'],
      });
    const empty = facts.columns.filter((one) => one.rows === '0');
    if (phase === 'after' && empty.length === facts.columns.length) return warn(lines.join('; '), { because });
    return pass(lines[0] ?? '', { because });
  },
});

/** The named column, else one of the sorting or partition key, else the first of a time type that rows are stored in. */
function timeColumn(schema: TableSchema, named: string | undefined): { name: string; type: string } | undefined {
  if (named !== undefined) return schema.columns.find((one) => one.name === named);
  const stored = schema.columns.filter(
    (one) => TIME.test(one.type) && one.default_kind !== 'ALIAS' && one.default_kind !== 'EPHEMERAL',
  );
  const keys = new Set(`${schema.sorting_key} ${schema.partition_key}`.match(/\w+/g) ?? []);
  // A time says more than a day, and a key column is what the table is about.
  const rank = (one: { name: string; type: string }) =>
    (keys.has(one.name) ? 0 : 2) + (DATE_ONLY.test(one.type) ? 1 : 0);
  return [...stored].sort((a, b) => rank(a) - rank(b))[0];
}

async function ask(probe: Probe, schema: TableSchema, chosen: { name: string; type: string }): Promise<Column> {
  const base = { table: tableText(schema.name), column: chosen.name, type: chosen.type };
  try {
    const [row] = await probe.sql<Pick<Column, 'rows' | 'oldest_utc' | 'newest_utc' | 'newest'>>(
      DATE_ONLY.test(chosen.type) ? 'newest-date' : 'newest-time',
      { database: schema.name.database, table: schema.name.table, column: chosen.name },
    );
    // max() of nothing is the type's zero, a time that nobody wrote.
    if (!row || row.rows === '0')
      return { ...base, rows: row?.rows ?? null, oldest_utc: null, newest_utc: null, newest: null, error: null };
    return { ...base, ...row, error: null };
  } catch (error) {
    if (probe.signal.aborted) throw error;
    const message = error instanceof Error ? error.message : String(error);
    return { ...base, rows: null, oldest_utc: null, newest_utc: null, newest: null, error: message };
  }
}

function describe(one: Column, facts: Facts, now: Date): string {
  const name = `${one.table}.${one.column}`;
  if (one.error !== null) return `${name}: could not be read: ${one.error}`;
  if (one.rows === '0') return `${one.table} is empty`;
  if (one.newest_utc === null)
    return `${name}: ${plural(BigInt(one.rows ?? '0'), 'row')}, and no time in any of them (NULL)`;
  if (isZero(one)) return `${name}: the newest time is the column’s zero: it was never filled`;
  if (DATE_ONLY.test(one.type)) return `${name}: newest ${one.newest_utc}`;
  const zone = /'([^']+)'/.exec(one.type)?.[1] ?? facts.server_timezone;
  const beside = one.newest === null || one.newest === one.newest_utc ? '' : ` (${one.newest} ${zone})`;
  const age = now.getTime() + facts.clock_offset_ms - instant(one.newest_utc);
  const when = age < 0 ? `${formatDuration(-age)} in the future` : `${formatDuration(age)} ago`;
  return `${name}: newest ${one.newest_utc} UTC${beside}, ${when}`;
}

/** A time as the server prints it in UTC, as ms since 1970; a day counts until its end. */
function instant(text: string): number {
  return text.length === 10 ? Date.parse(`${text}T23:59:59Z`) : Date.parse(`${text.slice(0, 23).replace(' ', 'T')}Z`);
}

function isZero(one: Column): boolean {
  return one.newest_utc !== null && ZERO.test(one.newest_utc);
}

function isFuture(one: Column, serverNow: number): boolean {
  if (one.newest_utc === null) return false;
  // A day may have begun elsewhere on earth already.
  const slack = DATE_ONLY.test(one.type) ? 38 * 3_600_000 : 60_000;
  return instant(one.newest_utc) > serverNow + slack;
}

function isOlder(one: Column, serverNow: number, seconds: number): boolean {
  if (one.rows === '0') return true;
  return one.newest_utc !== null && serverNow - instant(one.newest_utc) > seconds * 1000;
}
