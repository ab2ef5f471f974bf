import type { Finding } from './finding.ts';
import type { LoadFacts } from './load.ts';
import type { CheckResult } from './run.ts';
import type { Capabilities } from './target.ts';

/** One typed view of all that a run kept: what rules read. */
export interface EvidenceView {
  ingestion: LoadFacts;
  checks: readonly CheckResult[];
  /** Facts of a check in a phase, as its schema parsed them; undefined when they were not collected. */
  facts(id: string, phase: CheckResult['phase']): unknown;
  target: { kind: 'server' | 'embedded'; url: string; database: string; user: string };
  capabilities: Capabilities | undefined;
}

/** Pure, like `judge`: reads the view, names causes with the lines that show them. */
export interface Rule {
  id: string;
  /** Ids of the causes it may name. */
  causes: readonly string[];
  explain(evidence: EvidenceView): Finding[];
}
