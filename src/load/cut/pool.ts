/** Memory for batches, used again and again: fresh buffers for each would cost more time in collecting them than in filling them. */
export interface Pool {
  /** A buffer of at least `bytes`; its content is whatever was in it. */
  take(bytes: number): Uint8Array;
  /** Nobody looks at this buffer any more. */
  give(buffer: Uint8Array): void;
}

/**
 * @param size of the buffers that are kept; larger ones, for rows larger than a batch, are let go
 * @param most buffers kept
 */
export function createPool(size: number, most: number): Pool {
  const free: Uint8Array[] = [];
  return {
    take(bytes) {
      const kept = bytes <= size ? free.pop() : undefined;
      return kept ?? Buffer.allocUnsafeSlow(Math.max(bytes, size));
    },
    give(buffer) {
      if (buffer.length === size && free.length < most) free.push(buffer);
    },
  };
}
