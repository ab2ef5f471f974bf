import { detect } from './detector.ts';
import type { KnownSecrets } from './known.ts';
import { openPattern } from './open-pattern.ts';
import { mergeSpans, type Span } from './span.ts';

/** Bytes gathered before they are looked at; larger windows look at fewer bytes twice. */
const WINDOW = 1 << 20;
/** The same for someone who looks on: what is shown at once needs no overlap, and little memory. */
const LIVE_WINDOW = 1 << 18;
/** Bytes at a window's end that are looked at again with what follows; no match of ours needs more, see `reach` for the rest. */
const OVERLAP = 1 << 16;
/** Bytes already written that the next window sees as what stands before it. */
const CONTEXT = 1 << 12;
/** How long a value without an end is held back. What is longer is dropped up to its end, the token standing for it. */
const HELD = 1 << 21;

/** A piece of the output: bytes as they came, or a span that is hidden; `at` and `length` are its place in what came in. */
export type Piece = ({ bytes: Buffer } | { span: Span }) & { at: number; length: number };

/** Redaction of a stream in bounded memory: windows that overlap, so that no chunk border can cut a secret in two. */
export class Windows {
  readonly #known: KnownSecrets;
  readonly #live: boolean;
  #buffer = Buffer.alloc(0);
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  /** How much of the buffer is written already. */
  #done = 0;
  /** Place of the buffer's first byte in all that came in. */
  #base = 0;
  /** Found in an earlier window, lying in what is not written yet. */
  #carried: Span[] = [];
  #dropping = false;

  /** @param live whether someone looks on */
  constructor(known: KnownSecrets, live = false) {
    this.#known = known;
    this.#live = live;
  }

  /** Takes a chunk; gives the pieces that are settled by it. */
  push(chunk: Uint8Array): Piece[] {
    this.#waiting.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    this.#waitingBytes += chunk.byteLength;
    if (this.#live) return this.#waitingBytes < LIVE_WINDOW ? [] : this.#settle('live');
    return this.#waitingBytes < WINDOW ? [] : this.#settle('window');
  }

  /**
   * Gives what can be told already, for someone who looks on: all but what may yet become a secret by what follows it.
   * Only a quoted value that runs over line ends, torn apart by a flush in its middle, is told less well than by `push` alone.
   */
  flush(): Piece[] {
    return this.#waitingBytes === 0 ? [] : this.#settle('live');
  }

  /** Gives all that is left. */
  end(): Piece[] {
    return this.#settle('end');
  }

  #settle(how: 'window' | 'live' | 'end'): Piece[] {
    const arrived = this.#waitingBytes;
    this.#buffer = Buffer.concat([this.#buffer, ...this.#waiting]);
    this.#waiting = [];
    this.#waitingBytes = 0;
    if (this.#dropping) this.#drop(this.#buffer.length - arrived);
    const length = this.#buffer.length;
    const spans = mergeSpans([...this.#carried, ...detect(this.#buffer, this.#known)])
      .filter((span) => span.end > this.#done)
      .map((span) => ({ ...span, start: Math.max(span.start, this.#done) }));
    const cut = how === 'end' ? length : this.#cut(spans, length, how === 'live' ? this.#open() : this.#overlap());
    const pieces = this.#pieces(spans, cut);
    this.#advance(spans, cut);
    return pieces;
  }

  #overlap(): number {
    return this.#buffer.length - Math.max(OVERLAP, 2 * this.#known.reach);
  }

  /** Where that begins which, by what follows, may turn out to be a secret. */
  #open(): number {
    return Math.min(this.#known.openFrom(this.#buffer), openPattern(this.#buffer));
  }

  #cut(spans: readonly Span[], length: number, at: number): number {
    let cut = Math.max(this.#done, at);
    for (const span of spans) {
      if (span.end < length) continue;
      if (length - span.from <= HELD) cut = Math.max(this.#done, Math.min(cut, span.from));
      else {
        this.#dropping = true;
        return length;
      }
    }
    for (const span of spans) if (span.start < cut && span.end > cut) cut = span.end;
    return cut;
  }

  #pieces(spans: readonly Span[], cut: number): Piece[] {
    const pieces: Piece[] = [];
    let at = this.#done;
    for (const span of spans) {
      if (span.start >= cut) break;
      if (span.start > at) pieces.push(this.#plain(at, span.start));
      pieces.push({ span, at: this.#base + span.start, length: span.end - span.start });
      at = span.end;
    }
    if (cut > at) pieces.push(this.#plain(at, cut));
    return pieces;
  }

  #plain(from: number, to: number): Piece {
    return { bytes: this.#buffer.subarray(from, to), at: this.#base + from, length: to - from };
  }

  #advance(spans: readonly Span[], cut: number): void {
    const gone = Math.max(0, cut - CONTEXT);
    this.#carried = spans
      .filter((span) => span.start >= cut && span.end < this.#buffer.length)
      .map((span) => ({ ...span, start: span.start - gone, end: span.end - gone, from: span.from - gone }));
    this.#buffer = this.#buffer.subarray(gone);
    this.#base += gone;
    this.#done = cut - gone;
  }

  /** Passes over the rest of a value that was too long to hold. */
  #drop(from: number): void {
    const end = this.#buffer.subarray(from).findIndex((byte) => byte <= 0x20 || byte === 0x22 || byte === 0x27);
    this.#dropping = end < 0;
    this.#done = end < 0 ? this.#buffer.length : from + end;
  }
}
