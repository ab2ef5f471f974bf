import type { OutputStream } from '../model/command.ts';
import type { KeptPiece } from '../model/live.ts';

const NEWLINE = 10;

export const ARRIVALS_HEADER = 'seq\ttime_utc\tstream\toffset\tline\n';

interface Mark {
  seq: number;
  at: number;
  time: number;
}

/** One line of the file of arrivals. */
export interface Arrival {
  /** Order of arrival across the streams. */
  seq: number;
  /** When the bytes from `offset` on were read, UTC. */
  time: string;
  stream: OutputStream;
  /** In the kept file. */
  offset: number;
  /** 1-based line of the kept file in which that byte lies. */
  line: number;
}

/** Numbers arrivals over all streams of a command. */
export class Sequence {
  #next = 0;
  #last: { stream: OutputStream; time: number } | undefined;

  /** The number of an arrival; undefined when it belongs to the one before: same stream, same millisecond. */
  take(stream: OutputStream, time: number): number | undefined {
    if (this.#last?.stream === stream && this.#last.time === time) return undefined;
    this.#last = { stream, time };
    this.#next += 1;
    return this.#next;
  }
}

/** Notes when the bytes of one stream arrived, and tells it by their place in the file, which redaction shifts. */
export class Arrivals {
  readonly #stream: OutputStream;
  readonly #sequence: Sequence;
  #marks: Mark[] = [];
  #raw = 0;
  #lines = 0;
  #bytes = 0;
  #endsLine = true;

  constructor(stream: OutputStream, sequence: Sequence) {
    this.#stream = stream;
    this.#sequence = sequence;
  }

  /** Lines kept, an unfinished last one counted. */
  get lines(): number {
    return this.#lines + (this.#endsLine ? 0 : 1);
  }

  /** Bytes kept. */
  get bytes(): number {
    return this.#bytes;
  }

  /** So many bytes arrived now (ms since 1970). */
  note(length: number, time: number): void {
    const seq = this.#sequence.take(this.#stream, time);
    if (seq !== undefined) this.#marks.push({ seq, at: this.#raw, time });
    this.#raw += length;
  }

  /** Lines for the file of arrivals, as the pieces settle them. */
  settle(pieces: readonly KeptPiece[]): string {
    let text = '';
    let next = 0;
    for (const { bytes, at, length, offset } of pieces) {
      let counted = 0;
      for (let mark = this.#marks[next]; mark && mark.at < at + length; mark = this.#marks[next]) {
        // A hidden stretch has no inside: what arrived in its middle stands at its beginning.
        const inside = bytes.length === length ? Math.max(0, mark.at - at) : 0;
        this.#count(bytes, counted, inside);
        counted = Math.max(counted, inside);
        text += `${mark.seq}\t${new Date(mark.time).toISOString()}\t${this.#stream}\t${offset + inside}\t${this.#lines + 1}\n`;
        next += 1;
      }
      this.#count(bytes, counted, bytes.length);
      this.#bytes += bytes.length;
      if (bytes.length > 0) this.#endsLine = bytes.at(-1) === NEWLINE;
    }
    if (next > 0) this.#marks = this.#marks.slice(next);
    return text;
  }

  #count(bytes: Uint8Array, from: number, to: number): void {
    for (let at = bytes.indexOf(NEWLINE, from); at >= 0 && at < to; at = bytes.indexOf(NEWLINE, at + 1))
      this.#lines += 1;
  }
}

/** Reads the file of arrivals back, in order of arrival. */
export function parseArrivals(text: string): Arrival[] {
  return text
    .split('\n')
    .slice(1)
    .filter((line) => line !== '')
    .map((line) => {
      const [seq, time = '', stream, offset, number] = line.split('\t');
      return { seq: Number(seq), time, stream: stream as OutputStream, offset: Number(offset), line: Number(number) };
    })
    .sort((a, b) => a.seq - b.seq);
}
