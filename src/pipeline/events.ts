import type { LoadFacts } from '../model/load.ts';
import type { CheckResult, Phase, RunJson } from '../model/run.ts';
import type { Progress } from '../model/source.ts';

/** What a run tells while it goes on, already redacted; whoever started it shows it or does not. */
export type RunEvent =
  | { type: 'opened'; id: string; job: string; target: RunJson['run']['target'] }
  | { type: 'notice'; text: string }
  | { type: 'phase'; phase: Phase | 'load' | 'archive'; state: 'started' | 'finished' }
  | { type: 'checked'; phase: Phase; results: readonly CheckResult[] }
  | { type: 'loaded'; load: LoadFacts }
  | { type: 'progress'; progress: Progress };

export type Listener = (event: RunEvent) => void;
