import { z } from 'zod';
import { moment } from './moment.ts';
import { logWindow } from './window.ts';

/** At most so many errors of the window are quoted. */
export const QUOTED = 30;

/** What a log came to. */
export const serverLogDigest = z.strictObject({
  /** Lines kept: the newest, and those of the window. */
  lines: z.int(),
  window_lines: z.int(),
  /** Entries of the window that statements of chwitness itself wrote. */
  own_lines: z.int(),
  /** Errors of the window that name no statement and match those that ours met: not counted as the server's. */
  own_errors: z.int(),
  /** Whether what was read begins before the window does. */
  reaches_back: z.boolean(),
  first: moment.optional(),
  last: moment.optional(),
  /** Entries by level, of all that was read. */
  levels: z.record(z.string(), z.int()),
  /** Entries of level Error and worse that are not of the window, so not this run's. */
  errors_outside: z.int(),
  errors_count: z.int(),
  /** The newest of them. */
  errors: z.array(
    z.strictObject({
      at: moment,
      level: z.string(),
      logger: z.string(),
      query_id: z.string(),
      message: z.string(),
      /** Lines of the entry, a stack trace included. */
      lines: z.int(),
    }),
  ),
});
export type ServerLogDigest = z.infer<typeof serverLogDigest>;

export const serverLogFile = z.strictObject({
  name: z.string(),
  /** `/var/log/clickhouse-server/clickhouse-server.log`, `docker exec ch-zakaz tail …`. */
  from: z.string(),
  /** Path in the archive. */
  kept: z.string().optional(),
  /** Why there is none, and what would mend it. */
  missing: z.strictObject({ reason: z.string(), remedies: z.array(z.string()) }).optional(),
  ...serverLogDigest.shape,
});
export type ServerLogFile = z.infer<typeof serverLogFile>;

export const serverLogFacts = z.strictObject({
  embedded: z.boolean(),
  window: logWindow,
  /** Zone of the log's times; absent: not known. */
  zone: z.string().optional(),
  zone_from: z.enum(['server', 'option', 'time of the file']).optional(),
  /** Whether the place was found rather than named. */
  discovered: z.boolean(),
  files: z.array(serverLogFile),
  /** Why no log was looked at. */
  missing: z.strictObject({ reason: z.string(), remedies: z.array(z.string()) }).optional(),
});
export type ServerLogFacts = z.infer<typeof serverLogFacts>;
