import { createHash } from 'node:crypto';
import type { Pool } from './pool.ts';

/** Bytes on their way into a batch, copied into one buffer: rows that are finished, and after them the row that is not yet. */
export interface Pieces {
  /** Bytes of finished rows. */
  readonly finished: number;
  /** Bytes since the last row end. */
  readonly held: number;
  /** The held bytes and these are finished rows. */
  finish(piece: Uint8Array): void;
  /** These begin or continue a row that does not end in this chunk. */
  hold(piece: Uint8Array): void;
  /** Gives the held bytes, and these after them, back in one piece. */
  release(piece: Uint8Array): Uint8Array;
  /** Forgets the held bytes. */
  drop(): void;
  /** All finished rows, their hash, and the buffer that they lie in; they are gone from here, and so are held bytes. */
  cut(): { bytes: Uint8Array; sha256: string; buffer: Uint8Array };
}

/** Hashed as they come, while they are near, and not in so small pieces that the calls would be what takes the time. */
const HASHED_BYTES = 64 * 1024;

export function createPieces(pool: Pool): Pieces {
  let buffer: Uint8Array | undefined;
  let finished = 0;
  let used = 0;
  let hash = createHash('sha256');
  let hashed = 0;
  const add = (piece: Uint8Array): void => {
    const needed = used + piece.length;
    if (!buffer || needed > buffer.length) {
      const larger = pool.take(buffer ? Math.max(needed, 2 * buffer.length) : needed);
      if (buffer) {
        larger.set(buffer.subarray(0, used));
        pool.give(buffer);
      }
      buffer = larger;
    }
    buffer.set(piece, used);
    used = needed;
  };
  return {
    get finished() {
      return finished;
    },
    get held() {
      return used - finished;
    },
    finish(piece) {
      add(piece);
      finished = used;
      if (buffer && finished - hashed >= HASHED_BYTES) {
        hash.update(buffer.subarray(hashed, finished));
        hashed = finished;
      }
    },
    hold: add,
    release(piece) {
      const all = Buffer.concat([buffer?.subarray(finished, used) ?? new Uint8Array(), piece]);
      used = finished;
      return all;
    },
    drop() {
      used = finished;
    },
    cut() {
      const whole = buffer ?? new Uint8Array();
      const bytes = whole.subarray(0, finished);
      const sha256 = hash.update(bytes.subarray(hashed)).digest('hex');
      hash = createHash('sha256');
      hashed = 0;
      buffer = undefined;
      finished = 0;
      used = 0;
      return { bytes, sha256, buffer: whole };
    },
  };
}
