export interface Cut {
  /** Bytes let through. */
  bytes: number;
  /** Whether something was left out. */
  cut: boolean;
}

const NEWLINE = 10;

/**
 * Lets through the first `maxBytes` of a stream, ended at a line, and stops reading there. Statements for artifacts order
 * newest first, so what is lost is the oldest. `state` tells afterwards what passed.
 */
export async function* cutAt(
  source: AsyncIterable<Uint8Array>,
  maxBytes: number,
  state: Cut,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    const room = maxBytes - state.bytes;
    if (chunk.length <= room) {
      state.bytes += chunk.length;
      yield chunk;
      continue;
    }
    state.cut = true;
    const end = chunk.subarray(0, room).lastIndexOf(NEWLINE) + 1;
    state.bytes += end;
    if (end > 0) yield chunk.subarray(0, end);
    return;
  }
}
