import { z } from 'zod';

/** Ways in which Docker gives no answer, told apart. */
export const dockerFailure = z.enum([
  'no-command', // no docker command on this machine
  'not-running', // the command is there, its engine does not answer
  'no-permission', // the engine's socket refuses this user
  'no-container',
  'container-stopped',
  'no-network',
  'no-image',
  'no-program', // the container has no such program
  'timeout',
  'canceled',
  'other',
]);
export type DockerFailure = z.infer<typeof dockerFailure>;

/** Why Docker gave no answer, as facts: one sentence, and what to do. */
export const dockerProblem = z.strictObject({
  failure: dockerFailure,
  message: z.string(),
  remedies: z.array(z.string()),
});
export type DockerProblem = z.infer<typeof dockerProblem>;

/** An answer, or why there is none: a refusal is evidence, too. */
export type Asked<T> = { ok: true; value: T } | { ok: false; problem: DockerProblem };

export const dockerEngine = z.strictObject({
  /** As it was called: `docker`, `podman`, a path. */
  command: z.string(),
  product: z.enum(['docker', 'podman']),
  client_version: z.string(),
  /** Absent where the command needs no server of its own (Podman). */
  server_version: z.string().optional(),
});
export type DockerEngine = z.infer<typeof dockerEngine>;

/** What is kept of a container. Environment and arguments by name alone: their values never leave the docker command. */
export const containerFacts = z.strictObject({
  id: z.string(),
  name: z.string(),
  /** As the container was started with it: `clickhouse/clickhouse-server:24.8`. */
  image: z.string(),
  /** Digest of the image that it runs. */
  image_id: z.string(),
  created_at: z.string(),
  status: z.string(),
  /** `healthy`, `unhealthy`, `starting`; absent without a health check. */
  health: z.string().optional(),
  health_failures: z.int().optional(),
  restarts: z.int(),
  restart_policy: z.string(),
  exit_code: z.int(),
  oom_killed: z.boolean(),
  error: z.string().optional(),
  started_at: z.string(),
  finished_at: z.string(),
  /** Memory limit in bytes; absent: none. */
  memory_limit: z.int().optional(),
  log_driver: z.string(),
  networks: z.array(z.strictObject({ name: z.string(), address: z.string(), aliases: z.array(z.string()) })),
  ports: z.array(
    z.strictObject({ container: z.string(), host_address: z.string().optional(), host_port: z.string().optional() }),
  ),
  mounts: z.array(z.strictObject({ type: z.string(), source: z.string(), destination: z.string(), rw: z.boolean() })),
  environment_names: z.array(z.string()),
  /** Program, and the names of its options. */
  program: z.string(),
  argument_names: z.array(z.string()),
});
export type ContainerFacts = z.infer<typeof containerFacts>;

export const imageFacts = z.strictObject({
  id: z.string(),
  tags: z.array(z.string()),
  /** `repository@sha256:…`; empty for an image that was never pulled. */
  digests: z.array(z.string()),
  created_at: z.string(),
  platform: z.string(),
  size: z.int(),
  environment_names: z.array(z.string()),
});
export type ImageFacts = z.infer<typeof imageFacts>;

export const networkFacts = z.strictObject({
  id: z.string(),
  name: z.string(),
  driver: z.string(),
  internal: z.boolean(),
  subnets: z.array(z.string()),
  /** Running containers in it. */
  containers: z.array(z.strictObject({ name: z.string(), address: z.string() })),
});
export type NetworkFacts = z.infer<typeof networkFacts>;
