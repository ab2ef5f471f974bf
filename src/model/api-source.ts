import { z } from 'zod';

/** Something an API sent that was not as documented: counted, with the place where it was first seen, never with its value. */
export const drift = z.strictObject({
  /** Path below the API's root: `/orders`. */
  resource: z.string(),
  kind: z.enum(['type', 'missing', 'added', 'shape', 'repeated', 'moved', 'zone', 'fallback', 'rounded']),
  /** Where in a record, list positions left out: `baskets[].price`. */
  path: z.string(),
  expected: z.string(),
  /** What was there instead, by type. */
  found: z.string(),
  count: z.int(),
  /** The first one: `page 2, data[3].baskets[0].price`. */
  example: z.string(),
});
export type Drift = z.infer<typeof drift>;

/** A record that could not become a row. */
export const rejected = z.strictObject({
  resource: z.string(),
  reason: z.string(),
  count: z.int(),
  /** The first ones by id, or by place where they have none. */
  examples: z.array(z.string()),
});
export type Rejected = z.infer<typeof rejected>;

export const skippedResource = z.strictObject({
  resource: z.string(),
  reason: z.enum(['disabled_via_flag', 'http_403', 'http_404']),
  details: z.string().optional(),
  request_id: z.string().optional(),
});
export type SkippedResource = z.infer<typeof skippedResource>;

/** One row of the table of job runs, ready to be written; secrets hidden. */
export const jobRun = z.strictObject({
  job: z.string(),
  run_id: z.string(),
  /** Unix seconds. */
  started_at: z.int(),
  finished_at: z.int(),
  status: z.enum(['ok', 'error']),
  rows_processed: z.int(),
  message: z.string(),
  /** JSON. */
  metrics: z.string(),
});
export type JobRun = z.infer<typeof jobRun>;

/** What reading an API was like. */
export const apiSource = z.strictObject({
  name: z.string(),
  dry_run: z.boolean(),
  window: z.strictObject({ from: z.iso.datetime(), to: z.iso.datetime(), hours: z.int(), backfill: z.boolean() }),
  requests: z.int(),
  retries: z.int(),
  /** Records read, by resource. */
  records: z.record(z.string(), z.int()),
  /** Records that were rightly left out: `unpaid`, `repeated`. */
  left_out: z.record(z.string(), z.int()),
  drift: z.array(drift),
  rejected: z.array(rejected),
  skipped: z.array(skippedResource),
  /** Sentences: what totals lack, which currencies were kept apart. */
  notes: z.array(z.string()),
  job_run: z.strictObject({
    outcome: z.enum(['written', 'pending', 'not-written']),
    /** Why it could not be written, or why it was not to be. */
    because: z.string().optional(),
    /** Rows of earlier runs that were written with it. */
    caught_up: z.int(),
    row: jobRun,
  }),
});
export type ApiSource = z.infer<typeof apiSource>;
