import { z } from 'zod';
import { type Window, window } from '../../model/run.ts';

/** The stretch of a log that is looked at: the window on the server's clock, and a margin that is kept with it. */
export const logWindow = z.strictObject({
  ...window.shape,
  /** Kept on each side of it, seconds. */
  margin_seconds: z.number(),
});
export type LogWindow = z.infer<typeof logWindow>;

export interface Bounds {
  from: number;
  to: number;
}

/** Whole seconds since the epoch of what is kept: the window and its margin. */
export function keptBounds({ from, to, margin_seconds }: LogWindow): Bounds {
  return { from: seconds(from) - margin_seconds, to: seconds(to) + 1 + margin_seconds };
}

/**
 * Of what is counted and judged: the margin behind it belongs to it, since entries end late; that in front of it does not, since a
 * failure of the attempt before this one is not this one's. `uncertaintyMs`: how far the clocks' difference may be wrong.
 */
export function countedBounds({ from, to, margin_seconds }: LogWindow, uncertaintyMs: number): Bounds {
  const slack = 1 + Math.ceil(Math.min(uncertaintyMs, margin_seconds * 1000) / 1000);
  return { from: seconds(from) - slack, to: seconds(to) + 1 + margin_seconds };
}

export function windowWithMargin(interval: Window, marginSeconds: number): LogWindow {
  return { ...interval, margin_seconds: marginSeconds };
}

const seconds = (time: string) => Math.floor(Date.parse(time) / 1000);
