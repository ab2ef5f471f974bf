import type { EngineException } from './exception.ts';
import type { LogTable } from './log-tables.ts';
import type { Outcome } from './outcome.ts';
import type { QueryRequest } from './request.ts';

/**
 * `system.query_log` of what the endpoint served. Only columns whose values it knows: how many rows a query read, and which tables a
 * SELECT used, are not among them. Counts are NULL where a statement failed on the way.
 */
export const QUERY_LOG: LogTable = {
  name: 'query_log',
  columns: {
    hostname: 'LowCardinality(String)',
    type: "Enum8('QueryStart' = 1, 'QueryFinish' = 2, 'ExceptionBeforeStart' = 3, 'ExceptionWhileProcessing' = 4)",
    event_date: 'Date',
    event_time: 'DateTime',
    event_time_microseconds: 'DateTime64(6)',
    query_start_time: 'DateTime',
    query_start_time_microseconds: 'DateTime64(6)',
    query_duration_ms: 'UInt64',
    written_rows: 'Nullable(UInt64)',
    written_bytes: 'Nullable(UInt64)',
    result_rows: 'Nullable(UInt64)',
    result_bytes: 'Nullable(UInt64)',
    current_database: 'LowCardinality(String)',
    query: 'String',
    query_kind: 'LowCardinality(String)',
    exception_code: 'Int32',
    exception: 'String',
    is_initial_query: 'UInt8',
    user: 'LowCardinality(String)',
    query_id: 'String',
    address: 'IPv6',
    port: 'UInt16',
    initial_user: 'LowCardinality(String)',
    initial_query_id: 'String',
    interface: 'UInt8',
    http_method: 'UInt8',
    http_user_agent: 'LowCardinality(String)',
    log_comment: 'String',
  },
};

/** Text of a query beyond this is cut, as `log_queries_cut_to_length` does. */
const CUT = 100_000;

export interface Served {
  request: QueryRequest;
  user: string;
  hostname: string;
  database: string;
  /** Without inserted data. */
  query: string;
  kind: string;
  startedAt: number;
  endedAt: number;
  outcome: Outcome;
  /** Whether the engine began to run it. */
  started: boolean;
  failure?: { exception: EngineException; text: string };
}

/** Rows of query_log for a statement: start and end, or the one row of a statement that never started. Times in ms since the epoch, UTC. */
export function queryLogRows(served: Served): object[] {
  const { request, failure, outcome } = served;
  const start = micros(served.startedAt);
  const row = (type: string, at: number, rest: object) => ({
    hostname: served.hostname,
    type,
    event_date: Math.floor(at / 86_400_000),
    event_time: Math.floor(at / 1000),
    event_time_microseconds: micros(at),
    query_start_time: Math.floor(served.startedAt / 1000),
    query_start_time_microseconds: start,
    current_database: served.database,
    query: served.query.slice(0, CUT),
    query_kind: served.kind === 'None' ? '' : served.kind,
    is_initial_query: 1,
    user: served.user,
    query_id: request.queryId,
    address: request.address.includes(':') ? request.address : `::ffff:${request.address}`,
    port: request.port,
    initial_user: served.user,
    initial_query_id: request.queryId,
    interface: 2,
    http_method: request.httpMethod,
    http_user_agent: request.userAgent,
    log_comment: request.logComment,
    ...rest,
  });
  const nothing = { written_rows: 0, written_bytes: 0, result_rows: 0, result_bytes: 0 };
  const unknown = { written_rows: null, written_bytes: null, result_rows: null, result_bytes: null };
  const duration = { query_duration_ms: Math.max(0, Math.round(served.endedAt - served.startedAt)) };
  if (failure !== undefined) {
    const told = { ...duration, exception_code: failure.exception.code, exception: failure.text };
    if (!served.started) return [row('ExceptionBeforeStart', served.endedAt, { ...nothing, ...told })];
    return [
      row('QueryStart', served.startedAt, nothing),
      row('ExceptionWhileProcessing', served.endedAt, { ...unknown, ...told }),
    ];
  }
  return [
    row('QueryStart', served.startedAt, nothing),
    row('QueryFinish', served.endedAt, {
      ...duration,
      written_rows: outcome.writtenRows ?? null,
      written_bytes: outcome.writtenBytes ?? null,
      result_rows: outcome.resultRows ?? null,
      result_bytes: outcome.resultBytes ?? null,
    }),
  ];
}

/** Seconds with six decimals, as DateTime64(6) reads a number. */
const micros = (ms: number) => (ms / 1000).toFixed(6);
