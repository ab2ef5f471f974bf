import type { ControlFacts, LogOutcome } from '../../src/model/control.ts';

const LOGS: Record<'seen' | 'unavailable', LogOutcome> = {
  seen: { outcome: 'seen', after_ms: 10 },
  unavailable: { outcome: 'unavailable', reason: 'setting', because: 'log_queries = 0', remedies: [] },
};

/** Control queries of both ends of a window, seen in the logs or not to be relied on. */
export function sampleControl(outcome: 'seen' | 'unavailable'): ControlFacts {
  return {
    run_id: 'r',
    covers: 'window',
    canaries: [],
    flush: { outcome: 'flushed', message: '', remedies: [] },
    settings: {},
    query_log: LOGS[outcome],
    text_log: LOGS[outcome],
  };
}
