import { defineCheck, fail, type Phase, parseTable, pass, skip, utcText, type Verdict, warn, z } from '../src/api.ts';

const run = z.strictObject({
  status: z.string().nullable(),
  /** UTC. */
  started_at: z.string().nullable(),
  finished_at: z.string().nullable(),
  rows_processed: z.string().nullable(),
  message: z.string().nullable(),
});
const facts = z.discriminatedUnion('found', [
  z.strictObject({ found: z.literal('not-configured') }),
  z.strictObject({ found: z.literal('no-table'), table: z.string() }),
  z.strictObject({
    found: z.literal('other-columns'),
    table: z.string(),
    missing: z.array(z.string()),
    has: z.array(z.string()),
  }),
  z.strictObject({
    found: z.literal('runs'),
    table: z.string(),
    job: z.string(),
    /** Interval in question on the server's clock, UTC. */
    window: z.strictObject({ from: z.string(), to: z.string() }),
    /** Rows of the table, whatever the job. */
    table_rows: z.string(),
    /** Newest first. */
    runs: z.array(run),
    /** Of the column that says when a run began. */
    timezone: z.string().optional(),
  }),
]);
type Facts = z.infer<typeof facts>;

const columns = z.strictObject({
  job: z.string().default('job'),
  status: z.string().default('status'),
  started: z.string().default('started_at'),
  finished: z.string().default('finished_at'),
  rows: z.string().default('rows_processed'),
  message: z.string().default('message'),
});
const options = z.strictObject({
  /** `database.table` that the loader writes its runs to. */
  table: z.string().optional(),
  /** Name that this load goes by in it. */
  job: z.string().optional(),
  columns: columns.prefault({}),
  /** How many of the last runs are kept. */
  runs: z.number().int().positive().max(1000).default(20),
  /** Whether a run in the window must have written its row: `command`, when a command is witnessed; `always`; `never`. */
  expect_row: z.enum(['command', 'always', 'never']).default('command'),
});

const OK = /^(ok|success|succeeded|successful|done|finished|complete|completed)$/i;
const RUNNING = /^(running|started|in[ _-]?progress|pending)$/i;

export default defineCheck<Facts, z.infer<typeof options>>({
  id: 'job-runs',
  title: 'The last run of this job is on record and ended well',
  failureTitle: 'The last run of this job is missing from the record or failed',
  why: 'The table of job runs is where monitoring looks; it is often written through the same path that broke, and then stays silent.',
  phases: ['before', 'after'],
  needs: ['http'],
  factsVersion: 1,
  facts,
  options,
  async collect(probe, options) {
    const { table, job } = options;
    const name = table === undefined ? undefined : parseTable(table, probe.target.database);
    if (!name || job === undefined) return { found: 'not-configured' };
    const [schema] = await probe.schema([name]);
    const shown = `${name.database}.${name.table}`;
    if (!schema) return { found: 'no-table', table: shown };
    const has = schema.columns.map((one) => one.name);
    const missing = Object.values(options.columns).filter((one) => !has.includes(one));
    if (missing.length > 0) return { found: 'other-columns', table: shown, missing, has };
    const [count] = await probe.sql<{ rows: string }>('row-count', { ...name });
    const runs = await probe.sql<z.infer<typeof run>>('job-runs', {
      ...name,
      job,
      job_column: options.columns.job,
      status_column: options.columns.status,
      started_column: options.columns.started,
      finished_column: options.columns.finished,
      rows_column: options.columns.rows,
      message_column: options.columns.message,
      limit: options.runs,
    });
    const { from, to } = probe.window;
    const type = schema.columns.find((one) => one.name === options.columns.started)?.type ?? '';
    const timezone = /'([^']+)'/.exec(type)?.[1] ?? probe.capabilities.timezone;
    return { found: 'runs', table: shown, job, window: { from, to }, table_rows: count?.rows ?? '0', runs, timezone };
  },
  judge(facts, { load, phase, options }) {
    switch (facts.found) {
      case 'not-configured':
        return skip('no table of job runs is configured', {
          remedies: [
            'In chwitness.yaml: checks: { job-runs: { options: { table: database.meta_job_runs, job: name_of_the_job } } }',
          ],
        });
      case 'no-table':
        return skip(`${facts.table} is not there, or not visible to this user`, {
          remedies: [`GRANT SHOW TABLES, SELECT ON ${facts.table} TO the user`],
        });
      case 'other-columns':
        return skip(`${facts.table} has no column ${facts.missing.join(', ')}`, {
          because: [`its columns: ${facts.has.join(', ')}`],
          remedies: [
            'Name its columns under checks.job-runs.options.columns: job, status, started, finished, rows, message',
          ],
        });
      case 'runs': {
        const expected =
          options.expect_row === 'always' || (options.expect_row === 'command' && load?.kind === 'command');
        if (load?.api?.dry_run === true && facts.runs.length === 0)
          return pass(`${facts.table} has no row of the job ${facts.job}: a dry run leaves none`);
        return judgeRuns(facts, phase, phase === 'after' && expected);
      }
    }
  },
});

function judgeRuns(facts: Extract<Facts, { found: 'runs' }>, phase: Phase, expected: boolean): Verdict {
  const [last] = facts.runs;
  // A DateTime has no parts of a second.
  const from = Math.floor(Date.parse(facts.window.from) / 1000) * 1000;
  const within = facts.runs.filter((one) => one.started_at !== null && instant(one.started_at) >= from);
  const remedies = [
    `Look at it: SELECT * FROM ${facts.table} WHERE job = '${facts.job}' ORDER BY started_at DESC LIMIT 5`,
  ];
  if (!last) {
    const said =
      facts.table_rows === '0' ? `${facts.table} is empty` : `${facts.table} has no row of the job ${facts.job}`;
    if (!expected) return phase === 'before' ? pass(`${said}: this is its first run`) : warn(said, { remedies });
    return fail(`${said}: the run of this window left no record`, { remedies });
  }
  const because = facts.runs.slice(0, 5).map((one) => line(one, facts.timezone));
  if (expected && within.length === 0)
    return fail(`the run of this window left no record; the last one is older: ${line(last, facts.timezone)}`, {
      because,
      remedies,
    });
  const status = last.status ?? '';
  if (RUNNING.test(status))
    return warn(`the last run of ${facts.job} has no end yet: ${line(last, facts.timezone)}`, { because });
  if (OK.test(status))
    return pass(`the last run of ${facts.job}: ${line(last, facts.timezone)}`, { because: because.slice(1) });
  const said = `the last run of ${facts.job} ended as ${status === '' ? 'nothing' : status}: ${line(last, facts.timezone)}`;
  // Before a load, an earlier failure is a warning about the past; within the window it is this run's own.
  return phase === 'after' && within.includes(last)
    ? fail(said, { because, remedies })
    : warn(said, { because, remedies });
}

function instant(text: string): number {
  return Date.parse(`${text.slice(0, 23).replace(' ', 'T')}Z`);
}

function line(one: z.infer<typeof run>, zone: string | undefined): string {
  const message = one.message ? `: ${one.message.slice(0, 300)}` : '';
  return `${one.status ?? ''} ${one.started_at === null ? '?' : utcText(one.started_at, zone)} to ${one.finished_at === null ? '?' : utcText(one.finished_at, zone)}, ${one.rows_processed ?? '?'} rows${message}`;
}
