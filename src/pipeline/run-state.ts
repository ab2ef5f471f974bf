import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { runJson } from '../model/run.ts';
import type { Clean } from '../redact/clean.ts';

/** What the next start needs to pack a run that was killed; written when the run opens and after each phase, redacted. */
export const runState = z.strictObject({
  pid: z.int(),
  /** Start time of that process as the kernel counts it, so that a reused pid is not taken for it; absent where unknown. */
  pid_started: z.string().optional(),
  /** The machine, and in it the container, in which that pid counts. */
  place: z.string(),
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
  /** When that part began. */
  since: z.iso.datetime(),
  /** Parts that were over. */
  timeline: runJson.shape.timeline,
  /** How the server's clock stood to ours, once it was known. */
  clock: runJson.shape.run.shape.window.pick({ clock_offset_ms: true, server_timezone: true }),
  /** Of the checks and rules that were judging. */
  rules_digest: runJson.shape.tool.shape.rules_digest,
  checks: runJson.shape.checks,
  ingestion: runJson.shape.ingestion,
});
export type RunState = z.infer<typeof runState>;

const FILE = 'run-state.json';

/** Replaces the state in one step, so that a kill leaves the old one or the new one, whole. */
export async function writeRunState(folder: string, state: Clean): Promise<void> {
  const next = join(folder, `${FILE}.next`);
  await writeFile(next, state.toString(), { mode: 0o600 });
  await rename(next, join(folder, FILE));
}

/** The state of the run in this folder; undefined when it never came to write one, or what it wrote cannot be read. */
export async function readRunState(folder: string): Promise<RunState | undefined> {
  const text = await readFile(join(folder, FILE), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return runState.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
