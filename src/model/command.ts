import { z } from 'zod';

/** One of the command's outputs as it was kept. `output`: both in one, in exact order. */
export const outputStream = z.enum(['stdout', 'stderr', 'output']);
export type OutputStream = z.infer<typeof outputStream>;

/** A line of the output that says something of the load; `line` is 1-based in the kept file. */
export const logLine = z.strictObject({ stream: outputStream, line: z.int(), text: z.string() });
export type LogLine = z.infer<typeof logLine>;

/** A line that claims rows: `inserted 10 rows into shop.orders`. */
export const rowClaim = z.strictObject({
  ...logLine.shape,
  rows: z.int(),
  /** `database.table` or `table` as the line names it; absent when it names none. */
  table: z.string().optional(),
});
export type RowClaim = z.infer<typeof rowClaim>;

export const commandLog = z.strictObject({
  /** The first and the last of them. */
  claims: z.array(rowClaim),
  errors: z.array(logLine),
  /** How many lines there were of each, kept or not. */
  claim_lines: z.int(),
  error_lines: z.int(),
  /** `database.table` names in order of appearance. */
  tables: z.array(z.string()),
});
export type CommandLog = z.infer<typeof commandLog>;

/** Why a command never ran. */
export const notStarted = z.strictObject({
  reason: z.enum(['not-found', 'not-executable', 'no-folder', 'image-missing', 'docker-refused', 'system']),
  message: z.string(),
});
export type NotStarted = z.infer<typeof notStarted>;

/** A container that the command made or used. */
export const commandContainer = z.strictObject({
  id: z.string(),
  name: z.string(),
  image: z.string(),
  /** Digest of the image's configuration; absent where it could not be asked in time. */
  image_id: z.string().optional(),
  /** Digests in registries, where it came from one. */
  digests: z.array(z.string()),
  networks: z.array(z.strictObject({ name: z.string(), address: z.string() })),
  /** After the command's end: `exited`, `running`, `removed`, … */
  status: z.string(),
  exit_code: z.int().optional(),
  oom_killed: z.boolean(),
  restarts: z.int(),
  events: z.array(z.strictObject({ action: z.string(), at: z.iso.datetime(), exit_code: z.int().optional() })),
});
export type CommandContainer = z.infer<typeof commandContainer>;

/** The command that was wrapped, and how it ended. */
export const commandFacts = z.strictObject({
  /** As a shell would read it, secrets hidden. */
  line: z.string(),
  shell: z.boolean(),
  cwd: z.string(),
  /** Names of its environment variables; never their values. */
  environment: z.array(z.string()),
  /** Env-files that the command line names. */
  env_files: z.array(z.string()),
  /** `apart`: order is exact within each stream and by arrival across the two; `merged` and `terminal`: one stream, exact. */
  streams: z.enum(['apart', 'merged', 'terminal']),
  /** On our own clock, UTC. */
  started_at: z.iso.datetime().optional(),
  ended_at: z.iso.datetime().optional(),
  pid: z.int().optional(),
  /** What ended it. `interrupted` and `timeout`: it was asked to stop, and what it made of that stands in exit code or signal. */
  ended: z.enum(['by-itself', 'interrupted', 'timeout', 'not-started']),
  not_started: notStarted.optional(),
  exit_code: z.int().optional(),
  /** `SIGKILL`, when a signal ended it. */
  signal: z.string().optional(),
  /** Signals that were passed on to it, in order. */
  signals: z.array(z.strictObject({ signal: z.string(), at: z.iso.datetime() })),
  output: z.array(z.strictObject({ stream: outputStream, path: z.string(), bytes: z.int(), lines: z.int() })),
  /** File that tells when each part of the output arrived. */
  arrivals: z.string().optional(),
  /** Processes that it started and that outlived it. */
  left_behind: z.array(z.string()),
  log: commandLog,
  containers: z.array(commandContainer).optional(),
  /** What a container printed that went into the background. */
  container_log: z.string().optional(),
  /** Versions of what it runs, where that can be known. */
  versions: z.array(z.string()).optional(),
  /** What could not be had, or had to be done; one sentence each. */
  notes: z.array(z.string()).optional(),
  /** Addresses under which the containers that it made were known in their networks. */
  addresses: z.array(z.string()).optional(),
  /** Those of a container that ran before it, and in which others may run as well. */
  shared_addresses: z.array(z.string()).optional(),
  /** Other witnessed jobs that ran at the same time against the same target. */
  beside: z.array(z.strictObject({ job: z.string(), user: z.string(), tables: z.array(z.string()) })).optional(),
});
export type CommandFacts = z.infer<typeof commandFacts>;

/** How a command ended, one clause: `ended with exit code 3`, `was killed by SIGKILL`. */
export function howItEnded(command: CommandFacts): string {
  const own =
    command.exit_code === undefined ? `was killed by ${command.signal}` : `ended with exit code ${command.exit_code}`;
  switch (command.ended) {
    case 'by-itself':
      return own;
    case 'timeout':
      return `did not end within its time, was asked to stop and ${own}`;
    case 'interrupted':
      return `was interrupted (${command.signals[0]?.signal ?? 'no signal'}) and ${own}`;
    case 'not-started':
      return command.not_started ? `could not be started: ${command.not_started.message}` : 'was not started';
  }
}
