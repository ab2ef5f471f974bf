/** Bytes on their way into a batch: rows that are finished, and the row that is not yet. Nothing is copied until a batch is cut. */
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
  /** All finished rows in one piece; they are gone from here. */
  cut(): Uint8Array;
}

export function createPieces(): Pieces {
  let whole: Uint8Array[] = [];
  let open: Uint8Array[] = [];
  let finished = 0;
  let held = 0;
  return {
    get finished() {
      return finished;
    },
    get held() {
      return held;
    },
    finish(piece) {
      whole.push(...open, piece);
      finished += held + piece.length;
      open = [];
      held = 0;
    },
    hold(piece) {
      open.push(piece);
      held += piece.length;
    },
    release(piece) {
      const all = join([...open, piece]);
      open = [];
      held = 0;
      return all;
    },
    cut() {
      const all = join(whole);
      whole = [];
      finished = 0;
      return all;
    },
  };
}

function join(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces;
  return pieces.length === 1 && only ? only : Buffer.concat(pieces);
}
