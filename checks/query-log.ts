import {
  countedBounds,
  defineCheck,
  exceptionOf,
  groupOf,
  judgeQueryLog,
  keptBounds,
  loggedRowOf,
  momentOf,
  type Probe,
  pass,
  plural,
  type QueryLogFacts,
  queryLogFacts,
  type TableRow,
  type TallyRow,
  tableGroupOf,
  tableText,
  UNFINISHED,
  warn,
  windowWithMargin,
  z,
} from '../src/api.ts';

const options = z.strictObject({
  /** Seconds kept on each side of the window. */
  margin_seconds: z.number().int().min(0).max(3600).default(30),
  /** How many of the slowest statements are named. */
  slowest: z.number().int().min(0).max(100).default(5),
});
type Options = z.infer<typeof options>;

const GROUPS = 2000;
const ACCESS_DENIED = 497;

interface Short {
  query_id: string;
  who: string;
  seconds: number;
  text: string;
  duration_ms?: string;
}

export default defineCheck<QueryLogFacts, Options>({
  id: 'query-log',
  title: 'The query log of the window shows no failed INSERT into the tables in question',
  failureTitle: 'The query log of the window shows what went wrong',
  why: 'What reached the server, from whom, and how it ended stands in system.query_log; that nothing reached it can be said only while control queries appear there.',
  phases: ['before', 'after'],
  needs: ['http'],
  // Without the privilege to flush, the logs' own interval is waited out.
  timeoutMs: 120_000,
  factsVersion: 1,
  facts: queryLogFacts,
  options,
  async collect(probe, options) {
    const control = await probe.control();
    const base: QueryLogFacts = {
      window: windowWithMargin(probe.window, options.margin_seconds),
      control,
      hostname: probe.capabilities.hostname,
      database: probe.target.database,
      tables: probe.tables.map(tableText),
      log: null,
      asked: { ids: [...probe.queryIds], found: [] },
    };
    if (!('query_log' in probe.capabilities.system)) return base;
    try {
      return { ...base, log: await readLog(probe, base, options), asked: await readAsked(probe, base) };
    } catch (error) {
      const refused = exceptionOf(error);
      if (refused?.code !== ACCESS_DENIED) throw error;
      return { ...base, refused: refused.message };
    }
  },
  judge(facts, { load, phase }) {
    const said = judgeQueryLog(facts, load);
    if (phase === 'after') return said;
    // What failed before this run is worth knowing, and no reason against it.
    if (said.status === 'fail') return warn(`shortly before this run, ${said.message}`, said);
    const failed = facts.log?.groups.some((one) => one.whose === 'other' && one.failed > 0);
    if (said.status !== 'warn' || failed) return said;
    // That nothing was inserted yet is as it should be.
    const seen = facts.log?.rows.lines ?? 0;
    return pass(`${plural(seen, 'row')} of the log kept as it stands before the load`, { because: said.because });
  },
});

async function readLog(probe: Probe, { window, control, database }: QueryLogFacts, options: Options) {
  const zone = window.server_timezone;
  const counted = { ...countedBounds(window, probe.capabilities.clock_uncertainty_ms) };
  const short = ({ query_id, who, seconds, text, duration_ms }: Short) => ({
    query_id,
    user: who,
    at: momentOf(seconds, zone),
    query: text,
    ...(duration_ms === undefined ? {} : { duration_ms }),
  });
  const rows = await probe.sqlArtifact('query-log-rows', 'query_log.jsonl', { ...keptBounds(window) });
  // Apart from the others: failures must not be what a limit cost.
  const failed = await probe.sqlArtifact('query-log-failed', 'query_log_failed.jsonl', { ...counted });
  const words = probe.tables.map((name) => name.table);
  const groups = await probe.sql<TallyRow>('query-log-tally', { ...counted, words, limit: GROUPS });
  const byTable = await probe.sql<TableRow>('query-log-tables', { ...counted, limit: GROUPS });
  const slowest = await probe.sql<Short>('query-log-slowest', { ...counted, limit: options.slowest });
  const unfinished = await probe.sql<Short>('query-log-unfinished', { ...counted, limit: UNFINISHED });
  const prefix = `chwitness-${control.run_id}-load-`;
  const [load] = await probe.sql<Record<'statements' | 'finished' | 'failed', string>>('query-log-load', {
    ...counted,
    prefix,
  });
  return {
    rows,
    failed,
    groups: groups.map((row) => groupOf(row, zone)),
    groups_cut: groups.length === GROUPS,
    by_table: byTable.map((row) => tableGroupOf(row, database)),
    slowest: slowest.map(short),
    unfinished: unfinished.map(short),
    load: {
      statements: Number(load?.statements ?? 0),
      finished: Number(load?.finished ?? 0),
      failed: Number(load?.failed ?? 0),
    },
  };
}

async function readAsked(probe: Probe, { window }: QueryLogFacts): Promise<QueryLogFacts['asked']> {
  const ids = [...probe.queryIds];
  if (ids.length === 0) return { ids, found: [] };
  const params = { ...keptBounds(window), ids };
  const found = await probe.sql<Record<string, unknown>>('query-log-by-id', { ...params, limit: 100 });
  const rows = await probe.sqlArtifact('query-log-by-id', 'query_ids.jsonl', params);
  return { ids, found: found.map((row) => loggedRowOf(row, window.server_timezone)), rows };
}
