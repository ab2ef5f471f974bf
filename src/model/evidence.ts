/** Who wrote a text: what a rule believes of it depends on that. */
export type Origin =
  | 'client' // the ingestion, whatever program it is
  | 'server' // a log of clickhouse-server
  | 'query_log'
  | 'text_log'
  | 'http' // an exchange over HTTP with its status line
  | 'result' // what a query printed
  | 'container' // docker inspect
  | 'run'; // a run of chwitness itself

export type Level = 'trace' | 'debug' | 'info' | 'warning' | 'error' | 'fatal';

/** A time as it stands in a log, brought to UTC, with the rule that brought it there. */
export interface LoggedMoment {
  /** ISO 8601, UTC. */
  utc: string;
  /** `Z`, `+03:00`, `server zone +03:00`, `taken as UTC`. */
  zone: string;
}

/** One exception in a text. */
export interface LoggedException {
  code?: number | undefined;
  /** `UNKNOWN_TABLE`; for a client's exception its type, `KeyError`. */
  name?: string | undefined;
  /** On one line, without code, name, version and stack trace. */
  message: string;
  /** `server`: ClickHouse wrote it. `client`: a client library or program did. */
  by: 'server' | 'client';
}

/** One entry of a log with all its lines: what patterns are held against. */
export interface EvidenceEvent {
  file: string;
  /** 1-based, of its first line. */
  line: number;
  origin: Origin;
  at?: LoggedMoment | undefined;
  level?: Level | undefined;
  logger?: string | undefined;
  query_id?: string | undefined;
  /** As written, without the prefixes that a log collector put before each line; at most some kilobytes. */
  text: string;
  /** The text on one line. */
  flat: string;
  /** The text with its line breaks taken out: a terminal breaks words. Undefined where there are none. */
  glued?: string | undefined;
  /** Innermost first. */
  exceptions: readonly LoggedException[];
  /** HTTP status, where the text tells one. */
  status?: number | undefined;
  /** Whether something went wrong in it, by its level or by an exception. */
  trouble: boolean;
  /** Whether a later entry says that a further attempt succeeded. */
  recovered?: boolean | undefined;
  /** How often it stands there in all; the first few further places. */
  count: number;
  again: readonly { line: number; at?: LoggedMoment | undefined }[];
}

/** One row of a query log. */
export interface QueryRow {
  file: string;
  line: number;
  at?: LoggedMoment | undefined;
  type: string;
  /** `INSERT`, `SELECT`, `DESCRIBE` … upper case. */
  kind: string;
  query: string;
  query_id: string;
  user: string;
  exception_code: number;
  exception: string;
}

/** A query log as it was given: what its silence is worth depends on how it was made. */
export interface QueryLogDump {
  file: string;
  rows: number;
  first?: LoggedMoment | undefined;
  last?: LoggedMoment | undefined;
  /** Rows by kind of statement; health checks are `SELECT 1` and the like, counted apart. */
  kinds: Readonly<Record<string, number>>;
  health_checks: number;
  failed: number;
  /** Whether a row without an exception is in it: a dump of failures alone cannot show that an INSERT is absent. */
  only_failed: boolean;
  /** Rows that a rule may look at: INSERTs and failed statements first. */
  kept: readonly QueryRow[];
}

/** What one input was taken for. */
export interface InputFacts {
  name: string;
  bytes: number;
  lines: number;
  /** `server log`, `ingestion log`, `query_log dump`, `archive of chwitness` … */
  kind: string;
  /** What was not read of it, and why. */
  note?: string | undefined;
}
