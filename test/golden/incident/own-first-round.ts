import type { QueryLogFacts } from '../../../src/diagnose/logs/query-log-facts.ts';
import type { RunEvidence } from '../../../src/diagnose/view.ts';
import { noLoad } from '../../../src/model/load.ts';

const WINDOW = { from: '2025-10-29T12:10:19Z', to: '2025-10-29T12:10:36Z' };
const TABLE = 'zakaz.stg_qtickets_api_inventory_raw';

interface Otherwise {
  /** An INSERT stands in the window. */
  insert?: boolean;
  /** Columns of the target, in their order. */
  columns?: [name: string, type: string][];
  /** Whether the control queries were found. */
  seen?: boolean;
}

function group(kind: string, target = ''): NonNullable<QueryLogFacts['log']>['groups'][number] {
  const at = { utc: '2025-10-29T12:10:21Z' };
  return {
    whose: 'other',
    kind,
    user: 'etl',
    database: 'zakaz',
    target,
    code: 0,
    name: '',
    mentions: '',
    started: 3,
    finished: 3,
    failed: 0,
    written_rows: '',
    first: at,
    last: at,
    exception: '',
    last_query_id: 'q',
  };
}

/** What a run of chwitness around the first round’s command would have kept. */
export function firstRoundByOurselves({ insert = false, columns, seen = true }: Otherwise = {}): RunEvidence {
  const log = seen
    ? { outcome: 'seen' as const, after_ms: 12 }
    : { outcome: 'not-seen' as const, waited_ms: 8000, because: 'another node answers', remedies: [] };
  const facts: QueryLogFacts = {
    window: { ...WINDOW, margin_seconds: 30 },
    control: {
      run_id: 'r1',
      covers: 'window',
      canaries: [],
      flush: { outcome: 'flushed', message: 'flushed', remedies: [] },
      settings: { log_queries: '1' },
      query_log: log,
      text_log: log,
    },
    hostname: 'ch-zakaz',
    database: 'zakaz',
    tables: [TABLE],
    log: {
      rows: { path: 'data/artifacts/after/query-log/query_log.jsonl', bytes: 1, lines: 3 },
      groups: [group('DESCRIBE'), group('SELECT'), ...(insert ? [group('INSERT', TABLE)] : [])],
      groups_cut: false,
      slowest: [],
      unfinished: [],
      load: { statements: 0, finished: 0, failed: 0 },
    },
    asked: { ids: [], found: [] },
  };
  const structure = columns ?? [
    ['snapshot_ts', 'DateTime'],
    ['event_id', 'String'],
  ];
  const schema = {
    tables: [
      {
        name: { database: 'zakaz', table: 'stg_qtickets_api_inventory_raw' },
        columns: structure.map(([name, type]) => ({ name, type, default_kind: '' })),
      },
    ],
  };
  return {
    ingestion: { ...noLoad, kind: 'command', status: 'failed' },
    checks: [],
    facts: (id, phase) =>
      phase !== 'after' ? undefined : id === 'query-log' ? facts : id === 'target-schema' ? schema : undefined,
    target: { kind: 'server', url: 'http://ch-zakaz:8123', database: 'zakaz', user: 'etl' },
    capabilities: undefined,
    window: WINDOW,
    timezone: 'Europe/Moscow',
  };
}
