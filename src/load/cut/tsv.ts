import { CR, type Cutter, LF, MORE } from './cutter.ts';

const BACKSLASH = 0x5c;

/**
 * TabSeparated: a row ends with LF, unless a backslash stands before it, which makes it part of the value.
 * @param keepBlank an empty line is a row (of one empty field) rather than nothing
 */
export function tsvCutter(keepBlank: boolean): Cutter {
  /** Backslashes that end what was seen so far, and whether the line has anything but a carriage return. */
  let trailing = 0;
  let empty = true;
  const cutter = {
    blank: false,
    next(chunk: Uint8Array, from: number): number {
      let at = from;
      while (at < chunk.length) {
        const newline = chunk.indexOf(LF, at);
        const stop = newline < 0 ? chunk.length : newline;
        let back = stop;
        while (back > at && chunk[back - 1] === BACKSLASH) back -= 1;
        trailing = back === at ? trailing + (stop - at) : stop - back;
        if (stop > at && !(stop === at + 1 && chunk[at] === CR)) empty = false;
        if (newline < 0) return MORE;
        at = newline + 1;
        const escaped = trailing % 2 === 1;
        trailing = 0;
        if (escaped) continue;
        cutter.blank = empty && !keepBlank;
        empty = true;
        return at;
      }
      return MORE;
    },
    finish(): boolean {
      return !empty;
    },
  };
  return cutter;
}
