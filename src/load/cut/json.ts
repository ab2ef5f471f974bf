import { AGAIN, CutError, type Cutter, isSpace, LF, MORE } from './cutter.ts';

const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;

const TRUNCATED = 'INPUT_TRUNCATED';

/** So many objects, each followed by a line feed, show that the source has one a line. */
const LINES_SHOWN = 8;

/**
 * Objects one a line, one after another, or as elements of an array, pretty-printed or not.
 * Brackets and strings are followed byte by byte until the objects turn out to stand one a line; then lines are taken by
 * their ends, three times as fast, while each begins with `{` and ends with `}`. At the first that does not, it is bytes again, for good.
 */
export function jsonCutter(): Cutter {
  const values = jsonValues();
  const lines = jsonLines();
  let current: Cutter = values;
  let shown = 0;
  let ended = false;
  return {
    blank: false,
    next(chunk, from) {
      // Asked at the byte after the row, wherever the chunks are cut: the same source is always cut alike.
      if (from >= chunk.length) return MORE;
      if (ended) {
        shown = chunk[from] === LF && !values.inArray() ? shown + 1 : 0;
        if (shown === LINES_SHOWN) current = lines;
        ended = false;
      }
      const end = current.next(chunk, from);
      if (end === AGAIN) {
        current = values;
        shown = LINES_SHOWN;
      }
      ended = end !== MORE && shown < LINES_SHOWN;
      return end;
    },
    finish() {
      return current.finish();
    },
  };
}

function jsonLines(): Cutter {
  let first = 0;
  let last = 0;
  return {
    blank: false,
    next(chunk, from) {
      let at = from;
      while (at < chunk.length) {
        const newline = chunk.indexOf(LF, at);
        // As nearly every line is: whole, and nothing round it.
        if (first === 0 && newline > at && chunk[at] === OPEN_OBJECT && chunk[newline - 1] === CLOSE_OBJECT) {
          return newline + 1;
        }
        const stop = newline < 0 ? chunk.length : newline;
        let start = at;
        if (first === 0) {
          while (start < stop && isSpace(chunk[start] ?? 0)) start += 1;
          if (start < stop) first = chunk[start] ?? 0;
        }
        let end = stop - 1;
        while (end >= start && isSpace(chunk[end] ?? 0)) end -= 1;
        if (end >= start) last = chunk[end] ?? 0;
        if (first !== 0 && first !== OPEN_OBJECT) return AGAIN;
        if (newline < 0) return MORE;
        at = newline + 1;
        // An empty line stays in front of the next row: whitespace is nothing to a JSON reader.
        if (first === 0) continue;
        if (last !== CLOSE_OBJECT) return AGAIN;
        first = 0;
        last = 0;
        return at;
      }
      return MORE;
    },
    finish() {
      if (first === 0) return false;
      if (last !== CLOSE_OBJECT)
        throw new CutError(TRUNCATED, 'the last JSON object is not closed: the file is cut off');
      return true;
    },
  };
}

function jsonValues(): Cutter & { inArray(): boolean } {
  let depth = 0;
  let inString = false;
  let escaped = false;
  let inArray = false;
  return {
    blank: false,
    inArray: () => inArray,
    next(chunk, from) {
      for (let at = from; at < chunk.length; at += 1) {
        const byte = chunk[at] ?? 0;
        if (inString) {
          if (escaped) escaped = false;
          else if (byte === BACKSLASH) escaped = true;
          else if (byte === QUOTE) inString = false;
        } else if (depth > 0) {
          if (byte === QUOTE) inString = true;
          else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth += 1;
          else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
            depth -= 1;
            if (depth === 0) return at + 1;
          }
        } else if (byte === OPEN_OBJECT) {
          depth = 1;
        } else if (byte === COMMA || (byte === OPEN_ARRAY && !inArray) || (byte === CLOSE_ARRAY && inArray)) {
          if (byte !== COMMA) inArray = byte === OPEN_ARRAY;
          // What stands between rows becomes line feeds, so that a batch is one piece of the source and still rows alone.
          chunk[at] = LF;
        } else if (!isSpace(byte)) {
          throw new CutError('INPUT_JSON_NOT_OBJECT', `${described(byte)} stands where a JSON object should begin`);
        }
      }
      return MORE;
    },
    finish() {
      if (depth > 0) throw new CutError(TRUNCATED, 'the last JSON object is not closed: the file is cut off');
      if (inArray) throw new CutError(TRUNCATED, 'the JSON array is not closed: the file is cut off');
      return false;
    },
  };
}

function described(byte: number): string {
  if (byte === OPEN_ARRAY) return 'an array';
  if (byte === QUOTE) return 'a string';
  if (byte === 0x2d || (byte >= 0x30 && byte <= 0x39)) return 'a number';
  if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) return `a closing ${String.fromCharCode(byte)}`;
  return byte > 0x20 && byte < 0x7f ? `the character ${String.fromCharCode(byte)}` : `the byte 0x${byte.toString(16)}`;
}
