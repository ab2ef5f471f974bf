import type { LoggedMoment, QueryLogDump, QueryRow } from '../../model/evidence.ts';
import { momentIn, type ZoneRule } from './moment.ts';
import type { Row } from './rows.ts';

const TYPES: Record<string, string> = {
  '1': 'QueryStart',
  '2': 'QueryFinish',
  '3': 'ExceptionBeforeStart',
  '4': 'ExceptionWhileProcessing',
};
const HEALTH = /^\s*SELECT\s+(?:1|version\(\)|timezone\(\)|now\(\))\s*;?\s*(?:FORMAT \w+)?\s*$/i;
const KEPT = 400;

/** First word of a statement, comments before it left out. */
export function kindOf(query: string): string {
  const plain = query.replace(/^(?:\s|\/\*[\s\S]*?\*\/|--[^\n]*\n)+/, '');
  return /^[A-Za-z]+/.exec(plain)?.[0].toUpperCase() ?? '';
}

export function isQueryLogRow(row: Row): boolean {
  return (
    'query' in row && ('type' in row || 'exception_code' in row || 'exception' in row || 'query_duration_ms' in row)
  );
}

/** Adds up a dump of query_log, row by row; holds on to INSERTs and failures, the newest of each. */
export class QueryLogTally {
  readonly #file: string;
  readonly #zone: ZoneRule;
  readonly #kinds: Record<string, number> = {};
  readonly #kept: QueryRow[] = [];
  #rows = 0;
  #failed = 0;
  #health = 0;
  #first: LoggedMoment | undefined;
  #last: LoggedMoment | undefined;

  constructor(file: string, zone: ZoneRule) {
    this.#file = file;
    this.#zone = zone;
  }

  add(row: Row, line: number): QueryRow {
    const query = row.query ?? '';
    const utc = row.event_time_utc;
    const when = row.event_time_microseconds ?? row.event_time ?? utc ?? '';
    const at = utc === undefined ? momentIn(when, this.#zone) : momentIn(`${utc.replace(/ ?(?:Z|UTC)?$/, '')}Z`);
    const exception = (row.exception ?? '').trim();
    const code = Number(row.exception_code ?? 0) || Number(/Code: (\d+)/.exec(exception)?.[1] ?? 0);
    const found: QueryRow = {
      file: this.#file,
      line,
      at,
      type: TYPES[row.type ?? ''] ?? row.type ?? '',
      kind: kindOf(query),
      query: query.slice(0, 2000),
      query_id: row.query_id ?? '',
      user: row.user ?? row.initial_user ?? '',
      exception_code: code,
      exception: exception.slice(0, 4000),
    };
    this.#count(found);
    return found;
  }

  #count(row: QueryRow): void {
    this.#rows += 1;
    const isHealth = HEALTH.test(row.query) && row.exception_code === 0;
    if (isHealth) this.#health += 1;
    else this.#kinds[row.kind] = (this.#kinds[row.kind] ?? 0) + 1;
    const failed = row.exception_code !== 0 || row.type.startsWith('Exception');
    if (failed) this.#failed += 1;
    if (row.at && (!this.#first || row.at.utc < this.#first.utc)) this.#first = row.at;
    if (row.at && (!this.#last || row.at.utc > this.#last.utc)) this.#last = row.at;
    if (!isHealth) this.#kept.push(row);
    // Rows that neither failed nor inserted go first, then the oldest.
    if (this.#kept.length > 2 * KEPT) {
      const weight = (one: QueryRow) => (one.exception_code !== 0 || one.kind === 'INSERT' ? 1 : 0);
      this.#kept.sort((a, b) => weight(b) - weight(a) || ((b.at?.utc ?? '') < (a.at?.utc ?? '') ? -1 : 1));
      this.#kept.length = KEPT;
    }
  }

  dump(): QueryLogDump {
    return {
      file: this.#file,
      rows: this.#rows,
      first: this.#first,
      last: this.#last,
      kinds: this.#kinds,
      health_checks: this.#health,
      failed: this.#failed,
      only_failed: this.#rows > 0 && this.#failed === this.#rows,
      kept: this.#kept,
    };
  }
}
