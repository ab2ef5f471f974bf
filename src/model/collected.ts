import type { Phase } from './run.ts';

/** What became of collecting the facts of one check in one phase. */
export interface Collected {
  id: string;
  phase: Phase;
  /** On our own clock, UTC. */
  started_at: string;
  duration_ms: number;
  /** Path of the facts inside the archive; absent when there are none. */
  factsPath?: string | undefined;
  outcome:
    | { status: 'collected'; facts: unknown }
    /** Something it cannot do without is not there: becomes a `skip`. */
    | { status: 'unmet'; reason: string; remedies: string[] }
    | { status: 'error' | 'timeout' | 'canceled'; message: string };
}
