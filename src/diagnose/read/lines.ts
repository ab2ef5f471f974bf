import { TextDecoder } from 'node:util';

/** A longer line keeps its beginning and its end: long statements stand between a message's head and its code's name. */
const HEAD = 48 * 1024;
const TAIL = 16 * 1024;

function bounded(line: string): string {
  return line.length <= HEAD + TAIL ? line : `${line.slice(0, HEAD)} … ${line.slice(-TAIL)}`;
}

/** The encoding a stream begins with: Windows tools write UTF-16. */
function decoderFor(first: Uint8Array): TextDecoder {
  if (first[0] === 0xff && first[1] === 0xfe) return new TextDecoder('utf-16le');
  if (first[0] === 0xfe && first[1] === 0xff) return new TextDecoder('utf-16be');
  return new TextDecoder('utf-8');
}

/** Cuts bytes into lines in bounded memory; `CR LF`, a lone `CR` of progress bars and `LF` end one. */
export class LineCutter {
  #decoder: TextDecoder | undefined;
  #rest = '';
  #take: (line: string, number: number) => void;
  lines = 0;
  bytes = 0;

  constructor(take: (line: string, number: number) => void) {
    this.#take = take;
  }

  push(chunk: Uint8Array): void {
    this.#decoder ??= decoderFor(chunk);
    this.bytes += chunk.byteLength;
    this.#cut(this.#decoder.decode(chunk, { stream: true }));
  }

  end(): void {
    this.#cut(this.#decoder?.decode() ?? '');
    if (this.#rest !== '') this.#give(this.#rest);
    this.#rest = '';
  }

  #cut(text: string): void {
    let from = 0;
    let to = text.indexOf('\n');
    while (to !== -1) {
      this.#give(this.#rest === '' ? text.slice(from, to) : this.#rest + text.slice(from, to));
      this.#rest = '';
      from = to + 1;
      to = text.indexOf('\n', from);
    }
    this.#rest = bounded(this.#rest + text.slice(from));
  }

  #give(line: string): void {
    this.lines += 1;
    let plain = line.endsWith('\r') ? line.slice(0, -1) : line;
    if (plain.length > HEAD + TAIL) plain = bounded(plain);
    // A progress bar overwrites itself: what it said last stands there.
    if (plain.includes('\r')) plain = plain.slice(plain.lastIndexOf('\r') + 1) || plain.replaceAll('\r', ' ');
    this.#take(plain, this.lines);
  }
}
