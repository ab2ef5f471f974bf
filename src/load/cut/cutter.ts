/** `next` found no row end in what is left of the chunk. */
export const MORE = -1;
/** `next` must see everything since the last row end once more, in one piece. */
export const AGAIN = -2;

/** Finds row ends in bytes, chunk by chunk, holding what it must between them. Bytes never become objects. */
export interface Cutter {
  /** Index just past the end of the next row in `chunk` from `from` on, or `MORE`, or `AGAIN`. May overwrite separators between rows with line feeds. */
  next(chunk: Uint8Array, from: number): number;
  /** Whether what the last `next` ended was an empty line and no row. */
  readonly blank: boolean;
  /**
   * At the end of the source: whether the bytes after the last row end are a row.
   * @throws CutError when they cannot be one
   */
  finish(): boolean;
}

/** The bytes are not rows of the format; the batcher adds row and offset. */
export class CutError extends Error {
  override readonly name = 'CutError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export const LF = 0x0a;
export const CR = 0x0d;

/** Space, tab, line feed, carriage return: the whitespace of JSON. */
export function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === LF || byte === CR || byte === 0x09;
}
