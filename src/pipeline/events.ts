import type { CheckResult, Phase } from '../model/run.ts';
import type { Progress } from '../model/source.ts';

/** What a run tells while it goes on; whoever started it shows them or does not. */
export type RunEvent =
  | { type: 'notice'; text: string }
  | { type: 'phase'; phase: Phase | 'load' | 'archive'; state: 'started' | 'finished' }
  | { type: 'checked'; result: CheckResult }
  | { type: 'progress'; progress: Progress };

export type Listener = (event: RunEvent) => void;
