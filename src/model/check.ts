import type { z } from 'zod';
import type { ControlFacts } from './control.ts';
import type { Asked, ContainerFacts, DockerEngine, ImageFacts, NetworkFacts } from './docker.ts';
import type { DockerHttp, DockerPlace } from './docker-http.ts';
import type { HttpExam } from './http-exam.ts';
import type { LoadFacts } from './load.ts';
import type { Phase, Window } from './run.ts';
import type { TableName } from './table.ts';
import type { Capabilities } from './target.ts';
import type { Verdict } from './verdict.ts';

/** What a check cannot do without: `http` (the target answers), `tables` (at least one table is named), `docker`, `cluster` (one is named), or `system.<table>` visible to this user. */
export type Requirement = 'http' | 'tables' | 'docker' | 'embedded-engine' | 'cluster' | `system.${string}`;

/** A bound value; arrays bind as ClickHouse arrays. */
export type SqlValue = string | number | bigint | boolean | readonly string[];

/** A column as `system.columns` has it. Old servers lack some fields: then they are ''. */
export interface ColumnSchema {
  name: string;
  type: string;
  /** '' | 'DEFAULT' | 'MATERIALIZED' | 'ALIAS' | 'EPHEMERAL' */
  default_kind: string;
  default_expression: string;
  codec: string;
  comment: string;
}

/** A table as `system.tables` and `system.columns` have it; texts as the server prints them. */
export interface TableSchema {
  name: TableName;
  engine: string;
  engine_full: string;
  create_query: string;
  sorting_key: string;
  primary_key: string;
  partition_key: string;
  sampling_key: string;
  columns: ColumnSchema[];
}

/** DDL and where it came from: a file's path, or `database.table` for what a server printed. */
export interface DdlText {
  source: string;
  text: string;
}

export interface NormalisedSchemas {
  tables: TableSchema[];
  /** Statements that could not be applied, each with its source and the reason: their tables are absent or not up to date. */
  problems: string[];
  /** Statements that say nothing of structure and were passed over. */
  notes: string[];
}

/** A structure clone of a table, gone when its user returns. Its rows never touch the original, its views or its queues. */
export interface Scratch {
  readonly name: TableName;
  readonly schema: TableSchema;
  /** Inserts bytes of `format` (JSONEachRow …) into the clone. */
  insert(format: string, bytes: Uint8Array, columns?: readonly string[]): Promise<void>;
  /** All rows of the clone, with these columns; for the few that a check put there. */
  rows(columns: readonly string[]): Promise<Record<string, unknown>[]>;
  /** Runs `sql/evidence/<name>.sql` with the clone's names bound as `database` and `table`. */
  sql<Row>(name: string, params?: Record<string, SqlValue>): Promise<Row[]>;
}

/** What was kept of a streamed result. */
export interface KeptLines {
  /** In the archive. */
  path: string;
  bytes: number;
  lines: number;
  /** What was left out, where a budget cut the result. */
  cut?: string | undefined;
}

/** The end of a file. */
export interface FileTail {
  text: string;
  /** The file begins before that. */
  cut: boolean;
  modified_at: string;
}

/** Output of a program in a container. */
export interface DockerOutput {
  code: number;
  stdout: string;
  stderr: string;
  /** More came than was kept. */
  cut: boolean;
}

/** Docker on this machine, asked through its command. Never throws: that it cannot answer is a fact with a reason. */
export interface DockerProbe {
  /** Asked once a phase. */
  engine(): Promise<Asked<DockerEngine>>;
  container(name: string): Promise<Asked<ContainerFacts>>;
  image(name: string): Promise<Asked<ImageFacts>>;
  network(name: string): Promise<Asked<NetworkFacts>>;
  /** Running containers that publish this port of the machine. */
  publishing(port: number): Promise<Asked<string[]>>;
  /** The target's HTTP interface from inside Docker, where it goes by this host and port. */
  http(from: DockerPlace, place: { host: string; port: number }): Promise<Asked<DockerHttp>>;
  /** A program in a running container, for reading; at most `maxBytes` of output (default 1 MiB). */
  exec(container: string, program: readonly string[], maxBytes?: number): Promise<Asked<DockerOutput>>;
  /** The newest lines that a container wrote to its standard output and error. */
  logs(container: string, lines: number, maxBytes?: number): Promise<Asked<DockerOutput>>;
}

/** The only way out of a check. Applies budgets, tags queries, records every call, redacts what it keeps. */
export interface Probe {
  readonly phase: Phase;
  readonly signal: AbortSignal;
  /** Tables in question, from flags and configuration, or those the load named. */
  readonly tables: readonly TableName[];
  readonly target: {
    kind: 'server' | 'embedded';
    url: string;
    database: string;
    user: string;
    cluster?: string | undefined;
  };
  /** What the target can do; throws when it does not answer, so a check that must judge that itself asks `reach()` instead. */
  readonly capabilities: Capabilities;
  /** What became of the first contact: the capabilities, or the typed failure. */
  reach(): Promise<
    { ok: true; capabilities: Capabilities; ms: number } | { ok: false; failure: LoadFacts['error']; ms: number }
  >;
  /** Rows of `sql/evidence/<name>.sql`; UInt64 and wider come as strings, as does Decimal. */
  sql<Row>(name: string, params?: Record<string, SqlValue>): Promise<Row[]>;
  /** Streams the raw result of `sql/evidence/<name>.sql` to an artifact, in constant memory. */
  sqlArtifact(name: string, artifact: string, params?: Record<string, SqlValue>): Promise<KeptLines>;
  /** Keeps a text or a stream as an artifact of this check; resolves to its path in the archive. */
  artifact(name: string, content: string | AsyncIterable<Uint8Array>): Promise<string>;
  /** A file of the user's (DDL, log), as text, at most `maxBytes` (default 16 MiB). */
  file(path: string, maxBytes?: number): Promise<string>;
  /** The end of a file of the user's, at most `maxBytes` of it. */
  tail(path: string, maxBytes: number): Promise<FileTail>;
  /** The target's HTTP interface looked at stage by stage, once a phase; undefined for the embedded engine. */
  http(): Promise<{ exam: HttpExam; transcript: string } | undefined>;
  readonly docker: DockerProbe;
  /** Structures of the given tables (default: `tables`), asked once a phase; a table that does not exist is absent. */
  schema(tables?: readonly TableName[]): Promise<TableSchema[]>;
  /** `INSERT INTO t (columns) SELECT … WHERE 0`: raises what an insert would raise about columns, grants and partitions, stores nothing. */
  emptyInsert(table: TableName, columns: readonly ColumnSchema[]): Promise<void>;
  scratch<T>(table: TableSchema, use: (clone: Scratch) => Promise<T>): Promise<T>;
  /** Folder of DDL that the target should have, from config or `sql/schema`; undefined when there is none. */
  readonly schemaDir: string | undefined;
  /** The `.sql` files of `schemaDir`, in the order of their paths; empty without one. */
  schemaFiles(): Promise<DdlText[]>;
  /** Both sides through the one embedded engine: DDL texts in, structures out, printed alike. */
  normalise(ddl: readonly DdlText[]): Promise<NormalisedSchemas>;
  /** Statements in question by their query_id, as the user named them. */
  readonly queryIds: readonly string[];
  /** Whether the logs can be believed: control queries of this run, looked for once a phase. Takes seconds where logs cannot be flushed. */
  control(): Promise<ControlFacts>;
  /** Interval so far, on the server's clock. */
  readonly window: Window;
  readonly load: LoadFacts | undefined;
  /** Exceptions that statements of chwitness itself met so far in this run, by code; a load's INSERTs are not among them. */
  ownErrors(): readonly { code: number; count: number }[];
}

export interface JudgeContext<Facts, Options> {
  before?: Facts | undefined;
  load?: LoadFacts | undefined;
  now: Date;
  phase: Phase;
  options: Options;
}

// biome-ignore lint/suspicious/noExplicitAny: a registry holds checks of every facts type; each is validated by its own zod schema.
type Anything = any;

/** One question, one file: `collect` facts from outside, then `judge` them, purely. */
export interface Check<Facts = Anything, Options = Anything> {
  /** Equals the file name; foreign ones are prefixed with their package or folder. */
  id: string;
  /** The sentence that holds when it passes. */
  title: string;
  /** The sentence that holds when it fails. */
  failureTitle: string;
  /** Why a reader should care. */
  why: string;
  phases: readonly Phase[];
  /** Unmet → `skip` with the reason, never a guess. */
  needs?: readonly Requirement[];
  /** What a failure of it counts as, where the configuration does not say; default `fail`. */
  severity?: 'fail' | 'warn';
  /** It asks SELECTs about the tables alone, so that a staged copy of one may be asked before it takes the table's place. */
  staged?: boolean;
  /** Own limit in ms; default 30 000. */
  timeoutMs?: number;
  /** Raised with each change of `facts`; an older archive keeps the verdict it had. */
  factsVersion: number;
  /** JSON-safe (UInt64 as string). */
  facts: z.ZodType<Facts>;
  /** zod schema of `checks.<id>.options` in the config; absent: no options. Must parse `{}`. */
  options?: z.ZodType<Options>;
  /** Dumb: asks, keeps, does not judge. May throw: the runner makes it an `error` result of this check alone. */
  collect(probe: Probe, options: Options): Promise<Facts>;
  /** Pure: also runs from the archive. */
  judge(facts: Facts, context: JudgeContext<Facts, Options>): Verdict;
}

/** Which checks run in which phase for one situation. */
export interface Bundle {
  id: string;
  title: string;
  /** Check ids, in the order of the report. */
  before: readonly string[];
  after: readonly string[];
  /** Ids whose failure before the load stops it. */
  blocking: readonly string[];
  /** Whole budget of one phase in ms. */
  budgetMs: number;
}
