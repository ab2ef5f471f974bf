import type { Progress } from '../model/source.ts';

const EVERY_MS = 100;

/** Counts while a table is loaded, and tells at most ten times a second. */
export interface Meter {
  read(bytes: number): void;
  sent(rows: number): void;
  /** So many INSERTs are on their way now. */
  underWay(batches: number): void;
  /** One is tried once more. */
  retried(): void;
  rejected(rows: number): void;
  /** Tells the last state, whenever the one before was told. */
  done(): void;
}

/** @param bytesTotal of all sources; undefined when one of them does not tell */
export function createMeter(table: string, bytesTotal: number | undefined, tell: (progress: Progress) => void): Meter {
  const started = performance.now();
  let told = Number.NEGATIVE_INFINITY;
  let rows = 0;
  let bytes = 0;
  let batches = 0;
  let inFlight = 0;
  let retries = 0;
  let rejected = 0;
  const report = (always: boolean): void => {
    const now = performance.now();
    if (!always && now - told < EVERY_MS) return;
    told = now;
    const ms = Math.max(1, now - started);
    const etaMs = bytesTotal === undefined || bytes === 0 ? undefined : (ms * Math.max(0, bytesTotal - bytes)) / bytes;
    tell({ table, rows, bytes, bytesTotal, rate: (rows * 1000) / ms, etaMs, batches, inFlight, retries, rejected });
  };
  return {
    read(more) {
      bytes += more;
      report(false);
    },
    sent(more) {
      rows += more;
      batches += 1;
      report(false);
    },
    underWay(now) {
      inFlight = now;
    },
    retried() {
      retries += 1;
      report(true);
    },
    rejected(more) {
      rejected += more;
      report(false);
    },
    done() {
      report(true);
    },
  };
}
