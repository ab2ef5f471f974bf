import type { FileState } from '../model/source.ts';

/** Where bytes lie, before anything is known of what they hold. */
export interface Origin {
  /** As shown; without credentials. */
  readonly name: string;
  /** What its name says of the format may be read from here: the file name, the path of the URL. */
  readonly fileName: string;
  readonly path?: string | undefined;
  readonly bytesTotal?: number | undefined;
  /** The first bytes, at most `maxBytes`, and whether that is all there is. @throws WitnessError */
  peek(maxBytes: number): Promise<Peek>;
  /** All bytes as they lie. @param reuse see `Source.open` @throws InputFault */
  open(signal: AbortSignal, read?: (bytes: number) => void, reuse?: boolean): AsyncIterable<Uint8Array>;
  /** What tells this file from another and from its later states, as it was when it was first looked at; for files alone. */
  readonly state?: FileState | undefined;
}

export interface Peek {
  bytes: Uint8Array;
  complete: boolean;
}

/** Reads on until `maxBytes` are there or the stream ends. What was read beyond them is kept in `bytes`. */
export async function readAtLeast(chunks: AsyncIterator<Uint8Array>, maxBytes: number): Promise<Peek> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  while (length < maxBytes) {
    const { done, value } = await chunks.next();
    if (done) return { bytes: Buffer.concat(pieces, length), complete: true };
    pieces.push(value);
    length += value.length;
  }
  return { bytes: Buffer.concat(pieces, length), complete: false };
}
