import type { EvidenceEvent, InputFacts, QueryLogDump } from './evidence.ts';
import type { Finding } from './finding.ts';
import type { LoadFacts } from './load.ts';
import type { CheckResult, Window } from './run.ts';
import type { Capabilities } from './target.ts';

/** One typed view of all that is known, of a run of chwitness as of anybody's logs: what rules read. */
export interface EvidenceView {
  ingestion: LoadFacts;
  checks: readonly CheckResult[];
  /** Facts of a check in a phase, as its schema parsed them; undefined when they were not collected. */
  facts(id: string, phase: CheckResult['phase']): unknown;
  /** Undefined where only logs are there. */
  target:
    | { kind: 'server' | 'embedded'; url: string; database: string; user: string; version?: string | undefined }
    | undefined;
  capabilities: Capabilities | undefined;
  /** Interval of the run, UTC, where there was one. */
  window: Pick<Window, 'from' | 'to'> | undefined;
  /** Entries of all logs, and what the run itself met, in the order of their inputs. */
  events: readonly EvidenceEvent[];
  /** Query logs that were given as dumps. */
  query_logs: readonly QueryLogDump[];
  /** Structures of tables, from the run's facts and from the output of DESCRIBE. */
  tables: readonly { name: string; columns: readonly { name: string; type: string }[] }[];
  /** Effective values of settings, with where they stand. */
  settings: ReadonlyMap<string, { value: string; file: string }>;
  inputs: readonly InputFacts[];
}

/** How near a rule came: for `--explain-rules`. */
export interface Weighing {
  cause: string;
  /** 0 to 100 and more; undefined where nothing of it was seen. */
  score: number | undefined;
  /** What spoke for and against it, one sentence each, with the place. */
  seen: readonly string[];
  /** What it would have needed. */
  missing: readonly string[];
}

/** Pure, like `judge`: reads the view, names causes with the lines that show them. */
export interface Rule {
  id: string;
  /** Ids of the causes it may name. */
  causes: readonly string[];
  /** Page of documentation, the name of a file without its ending. */
  page?: string;
  explain(evidence: EvidenceView): Finding[];
  /** How it weighed what it saw. */
  weigh?(evidence: EvidenceView): Weighing[];
}
