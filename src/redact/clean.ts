/** Held by this module alone: without it nobody makes a clean value. */
const door = Symbol('redacted');

/** Only for files of `redact/`; a test holds every other file to that. */
export let cleanText: (text: string) => Clean;
/** Only for files of `redact/`; a test holds every other file to that. */
export let cleanStream: (source: AsyncIterable<Uint8Array>) => CleanStream;

/** Only for files of `redact/`; a test holds every other file to that. */
export let cleanPiece: (piece: { bytes: Uint8Array; at: number; length: number }) => CleanPiece;

/** Text that went through redaction; the only text that the evidence store writes. */
export class Clean {
  readonly #text: string;

  private constructor(key: symbol, text: string) {
    if (key !== door) throw new TypeError('Only redaction makes clean text.');
    this.#text = text;
  }

  /** Whether a value is clean by its private brand, which no other object can carry. */
  static is(value: unknown): value is Clean {
    return typeof value === 'object' && value !== null && #text in value;
  }

  toString(): string {
    return this.#text;
  }

  static {
    cleanText = (text) => new Clean(door, text);
  }
}

/** Bytes that go through redaction while they are read; can be read once. */
export class CleanStream implements AsyncIterable<Uint8Array> {
  readonly #source: AsyncIterable<Uint8Array>;

  private constructor(key: symbol, source: AsyncIterable<Uint8Array>) {
    if (key !== door) throw new TypeError('Only redaction makes clean streams.');
    this.#source = source;
  }

  /** Whether a value is a clean stream by its private brand. */
  static is(value: unknown): value is CleanStream {
    return typeof value === 'object' && value !== null && #source in value;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return this.#source[Symbol.asyncIterator]();
  }

  static {
    cleanStream = (source) => new CleanStream(door, source);
  }
}

/** Redacted bytes of something that goes on, with their place in what came in. */
export class CleanPiece {
  readonly #bytes: Uint8Array;
  /** Place of what they stand for in the raw input, and its length there. */
  readonly at: number;
  readonly length: number;

  private constructor(key: symbol, piece: { bytes: Uint8Array; at: number; length: number }) {
    if (key !== door) throw new TypeError('Only redaction makes clean pieces.');
    this.#bytes = piece.bytes;
    this.at = piece.at;
    this.length = piece.length;
  }

  /** Whether a value is a clean piece by its private brand. */
  static is(value: unknown): value is CleanPiece {
    return typeof value === 'object' && value !== null && #bytes in value;
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  static {
    cleanPiece = (piece) => new CleanPiece(door, piece);
  }
}
