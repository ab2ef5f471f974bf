/** Where time comes from; passed in, so that pure code stays pure and tests can hold it still. */
export interface Clock {
  now(): Date;
  /** Milliseconds on a clock that never jumps. */
  elapsed(): number;
}

export const systemClock: Clock = { now: () => new Date(), elapsed: () => performance.now() };
