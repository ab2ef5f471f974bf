import type { Docker } from '../engine/docker/docker.ts';
import type { Target } from '../engine/target.ts';
import type { ColumnSchema, Probe, Scratch, SqlValue, TableSchema } from '../model/check.ts';
import type { DockerHttp, DockerPlace } from '../model/docker-http.ts';
import type { TableName } from '../model/table.ts';
import type { Capabilities } from '../model/target.ts';

/** What a probe lends to the tools that write: the target under this check's purpose, its signal, and its statements. */
export interface Outside {
  readonly target: Target;
  readonly capabilities: Capabilities;
  /** `check:manual-insert`, for the journal and the query's tag. */
  readonly purpose: string;
  readonly signal: AbortSignal;
  /** As `Probe.sql`, recorded among this check's calls. */
  sql<Row>(name: string, params?: Record<string, SqlValue>): Promise<Row[]>;
}

/** The parts of a probe that do more than read; handed in, so that the probe itself stays a reader. */
export interface ProbeTools {
  emptyInsert(outside: Outside, table: TableName, columns: readonly ColumnSchema[]): Promise<void>;
  scratch<T>(outside: Outside, table: TableSchema, use: (clone: Scratch) => Promise<T>): Promise<T>;
  /** Needs no target: both sides go through the embedded engine. */
  normalise(ddl: readonly { source: string; text: string }[], signal: AbortSignal): ReturnType<Probe['normalise']>;
  docker: Docker;
  /** Asks the target from inside Docker. Throws `DockerError`. */
  dockerHttp(from: DockerPlace, place: { host: string; port: number }, signal: AbortSignal): Promise<DockerHttp>;
  /** Looks at the target's HTTP interface; belongs to no check, so it has a limit of its own. */
  http(): ReturnType<Probe['http']>;
}
