import { z } from 'zod';

/** Whether control queries appeared in a log: only `seen` allows anyone to say that something is not in it. */
export const logOutcome = z.discriminatedUnion('outcome', [
  z.strictObject({
    outcome: z.literal('seen'),
    /** From sending the last control query to seeing it, ms. */
    after_ms: z.number(),
  }),
  z.strictObject({
    outcome: z.literal('not-seen'),
    waited_ms: z.number(),
    because: z.string(),
    remedies: z.array(z.string()),
  }),
  z.strictObject({
    outcome: z.literal('unavailable'),
    /** `level`: text_log is written and readable, and too coarse for statements. */
    reason: z.enum(['grant', 'table', 'setting', 'level', 'other-node', 'unreadable', 'unanswered']),
    because: z.string(),
    remedies: z.array(z.string()),
  }),
]);
export type LogOutcome = z.infer<typeof logOutcome>;

export const canary = z.strictObject({
  at: z.enum(['start', 'before', 'end']),
  query_id: z.string(),
  /** UTC, on the server's clock. */
  sent_at: z.iso.datetime(),
  /** Of the node that answered it. */
  hostname: z.string().optional(),
  /** Why it was not answered. */
  error: z.string().optional(),
});
export type Canary = z.infer<typeof canary>;

export const flushFacts = z.strictObject({
  outcome: z.enum(['flushed', 'not-allowed', 'failed']),
  message: z.string(),
  remedies: z.array(z.string()),
});
export type FlushFacts = z.infer<typeof flushFacts>;

export const controlFacts = z.strictObject({
  run_id: z.string(),
  /** `window`: control queries stand at both ends of the interval. `now`: they show only that logging works at the time of asking. */
  covers: z.enum(['window', 'now']),
  canaries: z.array(canary),
  flush: flushFacts,
  /** `log_queries` and the settings beside it, as this user has them; those that the server does not know are not there. */
  settings: z.record(z.string(), z.string()),
  query_log: logOutcome,
  text_log: logOutcome,
});
export type ControlFacts = z.infer<typeof controlFacts>;

export type LogName = 'query_log' | 'text_log';

/** One sentence without a full stop on what the control queries showed of a log. */
export function controlSentence(control: Pick<ControlFacts, 'covers' | LogName>, log: LogName): string {
  const found = control[log];
  switch (found.outcome) {
    case 'seen':
      return control.covers === 'window'
        ? `${log} holds the control queries of both ends of the window`
        : `${log} works now: it holds the control queries; whether it did then is shown only by other entries of that window`;
    case 'not-seen':
      return `control queries were not seen in ${log} after ${(found.waited_ms / 1000).toFixed(1)} s: ${found.because}`;
    case 'unavailable':
      return `${log} cannot be relied on: ${found.because}`;
  }
}
