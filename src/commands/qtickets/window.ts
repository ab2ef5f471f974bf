import type { QticketsConfig } from '../../model/qtickets-config.ts';
import { moscowMidnight } from '../../source/qtickets/times.ts';

export interface LoadWindow {
  /** Unix seconds; `from` inclusive, `to` exclusive. */
  from: number;
  to: number;
  hours: number;
  /** The first run of the job, which reads further back. */
  backfill: boolean;
}

/**
 * The hours before now, at least one; on the first run of a job as many as the backfill asks for. Failed runs are no runs.
 * @param earlier successful runs on record; undefined when that could not be asked: then it is no first run
 */
export function windowFor(
  now: number,
  { sinceHours, backfillHours }: Pick<QticketsConfig, 'sinceHours' | 'backfillHours'>,
  earlier: { runs: number } | undefined,
): LoadWindow {
  const usual = Math.max(1, sinceHours);
  const backfill = earlier?.runs === 0 && backfillHours > usual;
  const hours = backfill ? backfillHours : usual;
  return { from: now - hours * 3600, to: now, hours, backfill };
}

/**
 * Facts are sums of whole days. Unless the first day's earlier part is staged whole, the window begins at its midnight in
 * Moscow: else a part would pass for the day.
 */
export async function fromMidnight(
  window: LoadWindow,
  staged: (from: number, to: number) => Promise<boolean>,
): Promise<LoadWindow> {
  const midnight = moscowMidnight(window.from);
  if (midnight === window.from || (await staged(midnight, window.from))) return window;
  return { ...window, from: midnight };
}

/** Whether these intervals together hold all from `from` to `to`. */
export function isCovered(from: number, to: number, by: readonly { from: number; to: number }[]): boolean {
  let missing = to;
  for (const one of [...by].sort((a, b) => b.to - a.to))
    if (one.to >= missing && one.from < missing) missing = one.from;
  return missing <= from;
}

/** The window, back to where a run began that staged a part of its own and did not end. */
export function withUnfinished(window: LoadWindow, unfinished: number | undefined): LoadWindow {
  return unfinished === undefined || unfinished >= window.from ? window : { ...window, from: unfinished };
}

/** A hole between the last successful run and this window; undefined where they overlap. */
export function gapNote(window: LoadWindow, earlier: { runs: number; last: number } | undefined): string | undefined {
  if (earlier === undefined || earlier.runs === 0 || earlier.last >= window.from) return undefined;
  const hours = Math.ceil((window.to - earlier.last) / 3600);
  return `the last successful run began ${hours} hours ago, before this window: orders paid in between are missing; --since-hours ${hours + 1} reads them`;
}
