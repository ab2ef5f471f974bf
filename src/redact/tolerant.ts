/** Longest way, in bytes, that an escape writes one character and is still followed here: `\\\\u0000\\\\u0000`. */
export const LONGEST_UNIT = 24;

const NAMED: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['nbsp', '\u00a0'],
]);

const CONTROLS: ReadonlyMap<string, string> = new Map([
  ['\n', 'n'],
  ['\r', 'r'],
  ['\t', 't'],
  ['\b', 'b'],
  ['\f', 'f'],
  ['\v', 'v'],
  ['\0', '0'],
]);

interface Unit {
  character: string;
  utf8: Buffer;
  /** UTF-16 code units in hex, lower case. */
  utf16: string[];
}

/**
 * A secret that is recognised however each of its characters is escaped: raw, for URLs (once or twice), JSON (any
 * depth), SQL, shell, CSV or HTML, in any mixture. Encoders differ in what they escape; listing their products would
 * miss some, following the text character by character misses none.
 */
export class TolerantSecret {
  /** The longest stretch that no encoder touches, and where it begins; `undefined` when shorter than 4 characters. */
  readonly anchor: { bytes: Uint8Array; at: number } | undefined;
  readonly #units: readonly Unit[];
  #steps = 0;

  constructor(secret: string) {
    this.#units = [...secret].map((character) => ({
      character,
      utf8: Buffer.from(character, 'utf8'),
      utf16: Array.from({ length: character.length }, (_, at) =>
        character.charCodeAt(at).toString(16).padStart(4, '0'),
      ),
    }));
    this.anchor = anchorOf(this.#units.map((unit) => unit.character));
  }

  /** The match around an occurrence of the anchor at `hit`, or `undefined`. */
  around(bytes: Uint8Array, hit: number): { start: number; end: number } | undefined {
    const at = this.anchor?.at ?? 0;
    const first = Math.max(0, hit - at * LONGEST_UNIT);
    for (let start = hit - at; start >= first; start -= 1) {
      this.#steps = 0;
      const end = this.#match(bytes, start, 0, at === 0 ? -1 : hit, at);
      if (end !== undefined) return { start, end };
      if (at === 0) return undefined;
    }
    return undefined;
  }

  /** Follows the secret from character `index` at `position`; the anchor has to fall on `hit`. */
  #match(bytes: Uint8Array, position: number, index: number, hit: number, anchor: number): number | undefined {
    if (index === anchor && hit >= 0 && position !== hit) return undefined;
    if (hit >= 0 && index < anchor && position >= hit) return undefined;
    const unit = this.#units[index];
    if (unit === undefined) return position;
    this.#steps += 1;
    // Runs of backslashes leave a choice at each; no honest text needs so many tries.
    if (this.#steps > 20_000) return undefined;
    for (const next of ends(bytes, position, unit)) {
      const end = this.#match(bytes, next, index + 1, hit, anchor);
      if (end !== undefined) return end;
    }
    return undefined;
  }
}

function anchorOf(characters: readonly string[]): { bytes: Uint8Array; at: number } | undefined {
  let best = { at: 0, length: 0 };
  let start = 0;
  for (let at = 0; at <= characters.length; at += 1) {
    if (/^[A-Za-z0-9]$/.test(characters[at] ?? '')) continue;
    if (at - start > best.length) best = { at: start, length: at - start };
    start = at + 1;
  }
  if (best.length < 4) return undefined;
  const text = characters.slice(best.at, best.at + Math.min(best.length, 32)).join('');
  return { bytes: Buffer.from(text, 'latin1'), at: best.at };
}

/** Where each way of writing one character, if it stands at `at`, ends. */
function ends(bytes: Uint8Array, at: number, unit: Unit): number[] {
  const found: number[] = [];
  const byte = bytes[at];
  if (byte === undefined) return found;
  if (byte === unit.utf8[0] && startsWith(bytes, at, unit.utf8)) found.push(at + unit.utf8.length);
  // Letters and digits are nearly all there is: nothing below begins with one.
  if ((byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x41 && byte <= 0x5a)) return found;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + at, Math.min(64, bytes.length - at)).toString('latin1');
  const { character } = unit;
  const escaped =
    (/^%/.test(text) && percent(text, unit.utf8)) ||
    (text.startsWith('&') && entity(text, character)) ||
    (character === ' ' && text.startsWith('+') && 1) ||
    (character === '\n' && text.startsWith('\r\n') && 2);
  if (escaped) found.push(at + escaped);
  if (text.startsWith('\\')) found.push(...backslashed(text, unit).map((length) => at + length));
  if (character === "'" || character === '"') found.push(...quotes(text, character).map((length) => at + length));
  return found;
}

function percent(text: string, utf8: Buffer): number | undefined {
  let at = 0;
  for (const byte of utf8) {
    const found = /^%(?:25)*([0-9A-Fa-f]{2})/.exec(text.slice(at));
    if (found?.[1] === undefined || Number.parseInt(found[1], 16) !== byte) return undefined;
    at += found[0].length;
  }
  return at;
}

function entity(text: string, character: string): number | undefined {
  const found = /^&(?:amp;)*(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|([a-z]{2,4}));/.exec(text);
  if (found === null) return undefined;
  const [whole, hex, decimal, name] = found;
  if (name !== undefined) return NAMED.get(name) === character ? whole.length : undefined;
  const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
  return point === character.codePointAt(0) ? whole.length : undefined;
}

function backslashed(text: string, unit: Unit): number[] {
  const run = /^\\+/.exec(text)?.[0].length ?? 0;
  const { character } = unit;
  if (character === '\\') return [2, 4, 8].filter((length) => length <= run);
  const found: number[] = [];
  const units = unit.utf16.map((hex) => `\\\\+u(?:${hex}|${hex.toUpperCase()})`).join('');
  const octets = [...unit.utf8].map((byte) => `\\\\+x${byte.toString(16).padStart(2, '0')}`).join('');
  const unicode = new RegExp(`^(?:${units}|${octets})`, 'i').exec(text);
  if (unicode) found.push(unicode[0].length);
  const rest = text.slice(run);
  const control = CONTROLS.get(character);
  if (control !== undefined && rest.startsWith(control)) found.push(run + 1);
  const raw = unit.utf8.toString('latin1');
  if (!/[A-Za-z0-9]/.test(character) && rest.startsWith(raw)) found.push(run + raw.length);
  return found;
}

/** A quote inside a quoted text: doubled (SQL, CSV), or closed, escaped and opened again (shell). */
function quotes(text: string, quote: string): number[] {
  const ways = quote === '"' ? ['""', '\\"\\"'] : ["''", `'"'"'`, `'\\"'\\"'`, "'\\''", "'\\\\''"];
  return ways.filter((way) => text.startsWith(way)).map((way) => way.length);
}

function startsWith(bytes: Uint8Array, at: number, part: Uint8Array): boolean {
  for (let index = 0; index < part.length; index += 1) if (bytes[at + index] !== part[index]) return false;
  return true;
}
