import { z } from 'zod';
import { runJson } from '../model/run.ts';

/** What the next start needs to pack a run that was killed; written when the run opens and after each phase, redacted. */
export const runState = z.strictObject({
  pid: z.int(),
  /** Start time of that process as the kernel counts it, so that a reused pid is not taken for it; absent where unknown. */
  pid_started: z.string().optional(),
  id: z.string(),
  job: z.string(),
  command: z.string(),
  bundle: z.string(),
  target: runJson.shape.run.shape.target,
  started_at: z.iso.datetime(),
  out_dir: z.string(),
  archive_format: z.enum(['tar.gz', 'zip']),
  /** Which part was going on. */
  doing: z.string(),
  checks: runJson.shape.checks,
  ingestion: runJson.shape.ingestion,
});
export type RunState = z.infer<typeof runState>;
