/** A piece as it was kept: `at` and `length` in what came in, `offset` in the file. */
export interface KeptPiece {
  bytes: Uint8Array;
  at: number;
  length: number;
  offset: number;
}

/**
 * A file of something that goes on. Each call hands back what it settled, redacted, and by then it is with the operating
 * system. Nothing here throws: a disk that refuses ends the file and is told by the store, and what goes on is still shown.
 */
export interface LiveFile {
  /** In the archive. */
  readonly path: string;
  push(chunk: Uint8Array): KeptPiece[];
  /** What can be told already of what is still looked at. */
  flush(): KeptPiece[];
  /** The rest; the file is whole. */
  end(): KeptPiece[];
}
