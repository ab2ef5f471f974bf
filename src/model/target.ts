import { z } from 'zod';

/** Where rows go, as configuration settled it. Holds the password: never kept, never printed. */
export interface TargetConfig {
  kind: 'server' | 'embedded';
  /** `http://host:8123` without credentials, path kept (a proxy may need it). Empty for the embedded engine until it has started. */
  url: string;
  database: string;
  user: string;
  password: string;
  /** Data folder of the embedded engine; undefined for a throwaway one. */
  dataDir?: string | undefined;
  tls?: { ca?: string; cert?: string; key?: string; verify: boolean; serverName?: string } | undefined;
  /** `http://proxy:3128`; credentials in it are secrets. */
  proxy?: string | undefined;
  /** Limits in ms. */
  connectTimeoutMs: number;
  requestTimeoutMs: number;
  /** Server settings sent with each statement, under the server's own names. */
  settings: Record<string, string>;
  /** ClickHouse cluster whose replicas are looked at, where the user named one. */
  cluster?: string | undefined;
  /** Rows are people's: what a server quotes in its errors is taken out of them before anyone sees them. */
  withholdValues?: boolean | undefined;
  /** One phrase for people that says where this target came from: `CLICKHOUSE_URL`, `--embedded`, `nothing configured`. */
  origin: string;
}

export const capabilities = z.strictObject({
  /** `version()`, whole text. */
  version: z.string(),
  /** First two numbers of it, for end-of-life tables only; features are asked for by column, function and setting. */
  major: z.int(),
  minor: z.int(),
  timezone: z.string(),
  /** Server clock minus ours in ms, measured at half the round trip. */
  clock_offset_ms: z.number(),
  /** Half the round trip in ms: how far the offset may be wrong. */
  clock_uncertainty_ms: z.number(),
  user: z.string(),
  hostname: z.string(),
  /** Column names of each visible system table: `{ query_log: ['event_time', …] }`. A table that is absent is not visible. */
  system: z.record(z.string(), z.array(z.string())),
  /** What `SHOW GRANTS` printed, line by line; undefined when it could not be asked. */
  grants: z.array(z.string()).optional(),
  /** Whether a SETTINGS parameter is accepted: false for users under `readonly = 1`. */
  accepts_settings: z.boolean(),
  /** Whether `{name:Type}` parameters are understood (19.14 and newer). */
  binds_parameters: z.boolean(),
  /** Sentences about what could not be asked, and why. */
  notes: z.array(z.string()),
});
export type Capabilities = z.infer<typeof capabilities>;

/** What kind of failure an engine call met: the union that retry rules and diagnosis switch on. */
export type EngineFailure =
  | 'server' // the server answered with an exception
  | 'dns'
  | 'refused'
  | 'reset'
  | 'timeout'
  | 'tls'
  | 'not-clickhouse' // something answered over HTTP, and it was not ClickHouse
  | 'canceled'
  | 'engine-died' // the embedded engine's process ended
  | 'other';
