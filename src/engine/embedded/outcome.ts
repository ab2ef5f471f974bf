/** What is known of a statement that ran: numbers are absent where the engine does not tell them. */
export interface Outcome {
  resultRows?: number;
  resultBytes?: number;
  writtenRows?: number;
  writtenBytes?: number;
  /** Time in the engine, ns. */
  elapsedNs?: number;
}

/** `X-ClickHouse-Summary`: strings, as the server has them, and only what is known. */
export function summary(outcome: Outcome): string {
  const named: [string, number | undefined][] = [
    ['written_rows', outcome.writtenRows],
    ['written_bytes', outcome.writtenBytes],
    ['result_rows', outcome.resultRows],
    ['result_bytes', outcome.resultBytes],
    ['elapsed_ns', outcome.elapsedNs],
  ];
  return JSON.stringify(
    Object.fromEntries(named.flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]))),
  );
}

export const nanoseconds = (seconds: number): number => Math.round(seconds * 1e9);
