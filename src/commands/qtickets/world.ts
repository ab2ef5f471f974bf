import type { Target } from '../../engine/target.ts';
import type { RebuildTools } from '../../load/qtickets/rebuild.ts';
import type { JobState } from '../../load/qtickets/state.ts';
import type { StagingKey, Tables } from '../../load/qtickets/tables.ts';
import type { Upsert } from '../../load/upsert.ts';
import type { SkippedResource } from '../../model/api-source.ts';
import type { QticketsConfig } from '../../model/qtickets-config.ts';
import type { Client } from '../../source/qtickets/client.ts';
import type { Findings } from '../../source/qtickets/drift.ts';
import type { LoadWindow } from './window.ts';

/** Everything that loading one window needs, for the target or for its rehearsal. */
export interface World {
  settings: QticketsConfig;
  client: Client;
  /** Partners API; made when it is first asked. */
  partners(): Client;
  target: Target;
  tables: Tables;
  clone: RebuildTools['clone'];
  state: Pick<JobState, 'days' | 'intend' | 'begin' | 'settle'>;
  /** Where rows of a table go: in a dry run, nowhere. */
  into(key: StagingKey): Upsert;
  findings: Findings;
  signal: AbortSignal;
  window: LoadWindow;
  /** Unix seconds at the start: one for all rows of the run. */
  version: number;
  dryRun: boolean;
  told: Told;
}

/** What came of it so far; a failure leaves it as far as it came. */
export interface Told {
  /** Records read, by resource. */
  records: Record<string, number>;
  /** Rows of the metrics, by the names that monitoring knows. */
  rows: Record<string, number>;
  skipped: SkippedResource[];
  /** Rows of facts that took the place of others, by table. */
  facts: { key: 'daily' | 'utm' | 'latest'; rows: number }[];
}

export function nothingTold(): Told {
  return { records: {}, rows: {}, skipped: [], facts: [] };
}

export function count(counts: Record<string, number>, name: string, more: number): void {
  counts[name] = (counts[name] ?? 0) + more;
}
