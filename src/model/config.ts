import type { QticketsConfig } from './qtickets-config.ts';
import type { TableName } from './table.ts';
import type { TargetConfig } from './target.ts';

/** A bundle of the user's own: what it does not say, it takes from the one it extends. */
export interface UserBundle {
  readonly title?: string | undefined;
  /** Id of a built-in bundle or of another of the user's. */
  readonly extends?: string | undefined;
  readonly before?: readonly string[] | undefined;
  readonly after?: readonly string[] | undefined;
  readonly blocking?: readonly string[] | undefined;
  /** Whole budget of one phase in ms. */
  readonly budget?: number | undefined;
}

export interface CheckConfig {
  /** `fail`, `warn`: what a failure of it counts as; `off`: not run. */
  readonly severity?: 'fail' | 'warn' | 'off' | undefined;
  /** As the file has them; each check's own schema reads them. */
  readonly options?: unknown;
  readonly timeout_ms?: number | undefined;
}

/** A value that must never be seen, with the name it goes by in the ledger. */
export interface KnownSecret {
  /** Name of the variable, or dotted key of the file: `CLICKHOUSE_PASSWORD`. */
  readonly label: string;
  readonly value: string;
  /** Who logs in with it, for its basic-auth forms. */
  readonly user?: string | undefined;
}

/** All settings of one start: validated once, deep-frozen. Holds secrets: never kept, never printed as a whole. Paths are absolute. */
export interface Config {
  readonly target: Readonly<TargetConfig>;
  readonly job: string;
  readonly tables: readonly TableName[];
  readonly jobRuns: { readonly table: TableName; readonly job: string } | undefined;
  readonly schemaDir: string | undefined;
  /** Folder of the archives. */
  readonly outDir: string;
  /** Folder of unfinished runs and of the embedded engine's data; whoever creates it gives it mode 0700. */
  readonly stateDir: string;
  readonly archive: {
    readonly format: 'tar.gz' | 'zip';
    /** How many archives of a job stay; undefined: all. */
    readonly keep?: number | undefined;
  };
  readonly bundle: string | undefined;
  readonly bundles: Readonly<Record<string, UserBundle>>;
  readonly checks: Readonly<Record<string, CheckConfig>>;
  /** Paths, globs (absolute) and package names of foreign checks. */
  readonly checkFiles: readonly string[];
  readonly only: readonly string[];
  readonly skip: readonly string[];
  readonly failOn: 'fail' | 'warn';
  readonly notify: {
    /** Files that tell others how a run ended. */
    readonly junit?: string | undefined;
    readonly textfile?: string | undefined;
    /** An address that is told when it ended badly; a secret. */
    readonly webhook?: string | undefined;
  };
  readonly concurrency: number;
  readonly limits: {
    readonly artifact_bytes: number;
    readonly rows: number;
    readonly phase_ms: number;
    readonly check_ms: number;
  };
  /** The docker command, or one that takes its arguments. */
  readonly docker: { readonly command: string };
  readonly load: {
    readonly create: boolean;
    readonly format?: string | undefined;
    readonly batch_rows: number;
    readonly batch_bytes: number;
    /** What becomes of rows that cannot be stored as they were sent, and how many of them are too many. */
    readonly on_error: { readonly mode: 'fail' } | { readonly mode: 'quarantine'; readonly limit: number };
    readonly reject_file?: string | undefined;
    /** Values of bad rows may stand in the archive. */
    readonly keep_samples: boolean;
    /** INSERTs on their way at once. */
    readonly connections: number;
    /** ms. */
    readonly retry_for: number;
    /** Server settings of the INSERTs, over those of the target. */
    readonly settings: Readonly<Record<string, string>>;
  };
  readonly qtickets: QticketsConfig;
  /** Every secret that configuration came across, used or not. */
  readonly secrets: readonly KnownSecret[];
  /** Where each value that is not the default came from; never the value of a secret. */
  readonly sources: readonly { readonly key: string; readonly from: string }[];
  /** Sentences for the user about what looks odd and was accepted: quotes in an env-file, a misspelt variable, a readable password file. */
  readonly notes: readonly string[];
}
