import { z } from 'zod';
import { finding, notEstablished } from './finding.ts';
import { loadFacts } from './load.ts';
import { because, status } from './verdict.ts';

export const phase = z.enum(['before', 'after']);
export type Phase = z.infer<typeof phase>;

/** Interval of a run on the server's clock, in UTC, with how the clocks stood. */
export const window = z.strictObject({
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  /** Server clock minus ours, ms; absent when the server could not be asked, and the window is on our own clock. */
  clock_offset_ms: z.number().optional(),
  server_timezone: z.string().optional(),
});
export type Window = z.infer<typeof window>;

export const checkResult = z.strictObject({
  id: z.string(),
  phase,
  status,
  /** The check's title when it passed, its failure title when it failed or warned. */
  title: z.string(),
  message: z.string(),
  because: z.array(because),
  remedies: z.array(z.string()),
  /** On our own clock, UTC. */
  started_at: z.iso.datetime().optional(),
  duration_ms: z.number(),
  /** Whether a failure of it stops the load. */
  blocking: z.boolean(),
  /** Path of its facts inside the archive; absent when nothing could be collected. */
  facts: z.string().optional(),
});
export type CheckResult = z.infer<typeof checkResult>;

export const fileEntry = z.strictObject({
  path: z.string(),
  sha256: z.string().length(64),
  bytes: z.int(),
  kind: z.enum(['facts', 'artifact', 'journal', 'result', 'ddl']),
});
export type FileEntry = z.infer<typeof fileEntry>;

export const redaction = z.strictObject({
  /** File in the archive, or `run.json`, `report.md`, … */
  file: z.string(),
  /** What hid it: `known:CLICKHOUSE_PASSWORD`, `pattern:identified-by`, `key:password`. */
  rule: z.string(),
  token: z.string(),
  count: z.int(),
});
export type Redaction = z.infer<typeof redaction>;

/** One stretch of the run, on our own clock. */
export const stretch = z.strictObject({ label: z.string(), from: z.iso.datetime(), to: z.iso.datetime() });
export type Stretch = z.infer<typeof stretch>;

/** What a table held, as `count()` saw it; texts, since UInt64 does not fit a number. Absent: not counted. */
export const rowCount = z.strictObject({
  table: z.string(),
  before: z.string().optional(),
  after: z.string().optional(),
  sent: z.string().optional(),
  written: z.string().optional(),
});
export type RowCount = z.infer<typeof rowCount>;

export const RUN_SCHEMA = 1;

export const runJson = z.strictObject({
  schema: z.literal(RUN_SCHEMA),
  run: z.strictObject({
    id: z.string(),
    job: z.string(),
    command: z.string(),
    bundle: z.string(),
    target: z.strictObject({
      kind: z.enum(['server', 'embedded']),
      url: z.string(),
      database: z.string(),
      user: z.string(),
      version: z.string().optional(),
      timezone: z.string().optional(),
      origin: z.string(),
    }),
    started_at: z.iso.datetime(),
    finished_at: z.iso.datetime(),
    window,
    exit_code: z.int(),
    exit_code_origin: z.enum(['chwitness', 'command']),
    /** Why the exit code is what it is, one sentence. */
    exit_code_reason: z.string(),
    complete: z.boolean(),
    /** What is missing, when not complete, and why. */
    incomplete_because: z.array(z.string()),
  }),
  ingestion: loadFacts,
  timeline: z.array(stretch),
  row_counts: z.array(rowCount),
  checks: z.array(checkResult),
  findings: z.array(finding),
  /** Where something failed and no rule names why. */
  not_established: notEstablished.optional(),
  files: z.array(fileEntry),
  redactions: z.array(redaction),
  tool: z.strictObject({ version: z.string(), rules_digest: z.string(), node: z.string(), platform: z.string() }),
});
export type RunJson = z.infer<typeof runJson>;
