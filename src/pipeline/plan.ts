import type { Clock } from '../kernel/clock.ts';
import type { Bundle, Check } from '../model/check.ts';
import type { Config } from '../model/config.ts';
import type { LoadFacts } from '../model/load.ts';
import type { Rule } from '../model/rule.ts';
import type { Phase } from '../model/run.ts';
import type { SqlLibrary } from '../model/sql.ts';
import type { StatementRecord } from '../model/statement.ts';
import type { TableName } from '../model/table.ts';
import type { Listener } from './events.ts';
import type { Run } from './run.ts';

/** What is to be witnessed, settled before the run opens. */
export interface Plan {
  /** The subcommand: `load`, `preflight`, `collect`. */
  command: string;
  config: Config;
  job: string;
  bundle: Bundle;
  /** Checks of the bundle that are on, in its order. */
  checks: readonly Check[];
  rulesDigest: string;
  /** Rules of the user; those that come with chwitness are always asked. */
  rules?: readonly Rule[] | undefined;
  statements: SqlLibrary;
  phases: readonly Phase[];
  tables: readonly TableName[];
  /** The load; absent when evidence alone is collected. */
  ingest?: ((run: Run) => Promise<LoadFacts>) | undefined;
  /** What is known of the ingestion before it begins; told as it is when it is never started. */
  blank?: LoadFacts | undefined;
  /** The rows are about persons: what a server quotes of them is hidden. */
  personal?: boolean | undefined;
  /** Id of the interrupted run whose load is gone on with. */
  resumes?: string | undefined;
  /** Folders out of which the oracle may read files, to infer their structure. */
  readable?: readonly string[] | undefined;
  /** The load will need the throwaway engine for sure: it starts while the checks before it run. */
  needsOracle?: boolean | undefined;
  /** Start the load even if a blocking check before it did not pass. */
  force: boolean;
  /** Interval to look at, UTC on our clock, when it is not that of the run itself. */
  window?: { from: Date; to: Date } | undefined;
  /** Statements in question, by query_id. */
  queryIds?: readonly string[] | undefined;
  /** Each statement is told here instead of being sent; only what settles which statements follow is asked. */
  list?: ((statement: StatementRecord) => void) | undefined;
  /** First Ctrl-C: the load and the checks before it stop; the checks after it and the archive still come. */
  stop: AbortSignal;
  listen: Listener;
  clock: Clock;
}
