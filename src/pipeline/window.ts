import type { Window } from '../model/run.ts';
import type { Run } from './run.ts';

/** The interval in question on the server's clock, in UTC: the one the user named, or the run's own up to now. */
export function windowOf(run: Run): Window {
  const { plan, capabilities } = run;
  const offset = capabilities?.clock_offset_ms ?? 0;
  // What the user names is a time of the world; it is shifted to what the server's clock showed then.
  const from = plan.window?.from ?? run.startedAt;
  const to = plan.window?.to ?? plan.clock.now();
  const onServer = (time: Date) => new Date(time.getTime() + offset).toISOString();
  return {
    from: onServer(from),
    to: onServer(to),
    ...(capabilities === undefined ? {} : { clock_offset_ms: offset, server_timezone: capabilities.timezone }),
  };
}
