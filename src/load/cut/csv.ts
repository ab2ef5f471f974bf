import { CR, CutError, type Cutter, LF, MORE } from './cutter.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const SPACE = 0x20;
const TAB = 0x09;

/** Where in a row the last byte left us. Numbers, since this is looked at for each byte. */
const START = 0;
const PLAIN = 1;
const QUOTED = 2;
/** A quote inside quotes: the end of the value, or the first half of `""`. */
const CLOSING = 3;

/**
 * CSV as ClickHouse reads it: a quote opens a field only at the field's start (blanks may stand before it), `""` inside
 * is a quote, line feeds inside quotes belong to the value, a row ends with LF or CRLF.
 * @param keepBlank an empty line is a row (of one empty field) rather than nothing
 */
export function csvCutter(keepBlank: boolean): Cutter {
  let state = START;
  let empty = true;
  const cutter = {
    blank: false,
    next(chunk: Uint8Array, from: number): number {
      const { length } = chunk;
      let now = state;
      let bare = empty;
      let at = from;
      while (at < length) {
        if (now === QUOTED) {
          at = quoteFrom(chunk, at);
          if (at === length) break;
          now = CLOSING;
          at += 1;
          continue;
        }
        if (now === PLAIN && !bare) while (at < length && chunk[at] !== COMMA && chunk[at] !== LF) at += 1;
        if (at === length) break;
        const byte = chunk[at];
        at += 1;
        if (byte === LF) {
          state = START;
          cutter.blank = bare && !keepBlank;
          empty = true;
          return at;
        }
        if (byte !== CR) bare = false;
        if (byte === COMMA) now = START;
        else if (byte === QUOTE && now !== PLAIN) now = QUOTED;
        else if (now !== START || (byte !== SPACE && byte !== TAB)) now = PLAIN;
      }
      state = now;
      empty = bare;
      return MORE;
    },
    finish(): boolean {
      if (state === QUOTED) throw new CutError('INPUT_CSV_QUOTE_OPEN', 'a quote is opened and never closed');
      return !empty;
    },
  };
  return cutter;
}

/** A value no longer than this is looked through faster byte by byte than by a call out of JavaScript. */
const NEAR_BYTES = 32;

/** Where the next quote stands; the chunk's length where none does. */
function quoteFrom(chunk: Uint8Array, from: number): number {
  const near = Math.min(from + NEAR_BYTES, chunk.length);
  let at = from;
  while (at < near && chunk[at] !== QUOTE) at += 1;
  if (at < near) return at;
  const far = chunk.indexOf(QUOTE, at);
  return far < 0 ? chunk.length : far;
}
