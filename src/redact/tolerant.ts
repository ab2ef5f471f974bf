/** Longest way, in bytes, that an escape writes one character and is still followed here: `\\\\u0000\\\\u0000`. */
export const LONGEST_UNIT = 24;

/** As far back from the end as the beginning of a secret is looked for. */
const MOST_OPEN = 2048;
/** An escape of one character whose end has not come. */
const OPEN_ESCAPE = /^(?:%[0-9A-Fa-f]{0,5}|\\+(?:u[0-9A-Fa-f]{0,3}|x[0-9A-Fa-f]?)?|&(?:amp;)*[#a-zA-Z0-9]{0,8})$/;

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

/** Bytes that stand wherever the secret does, at its character `at`. */
interface Anchor {
  bytes: Uint8Array;
  at: number;
}

/**
 * A secret that is recognised however each of its characters is escaped: raw, for URLs (once or twice), JSON (any
 * depth), SQL, shell, CSV or HTML, in any mixture. Encoders differ in what they escape; listing their products would
 * miss some, following the text character by character misses none.
 */
export class TolerantSecret {
  /** What to search for, and at which character of the secret it stands. */
  readonly anchors: readonly Anchor[];
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
    const run = plainRun(this.#units.map((unit) => unit.character));
    this.anchors = run ? [run] : starts(this.#units);
  }

  /** The match around an anchor that stands at `hit` and is the secret's character `at`, or `undefined`. */
  around(bytes: Uint8Array, hit: number, at: number): { start: number; end: number } | undefined {
    const first = Math.max(0, hit - at * LONGEST_UNIT);
    let longest: { start: number; end: number } | undefined;
    for (let start = hit - at; start >= first; start -= 1) {
      this.#steps = 0;
      const end = this.#match(bytes, start, 0, at === 0 ? -1 : hit, at);
      // An escape before the first character belongs to it: of two beginnings the earlier one counts.
      if (end !== undefined) longest = { start, end };
    }
    return longest;
  }

  /** Where, at the end of the bytes, the secret may have begun in whatever escapes; their length when it has not. */
  openFrom(bytes: Uint8Array): number {
    const first = Math.max(0, bytes.length - Math.min(MOST_OPEN, LONGEST_UNIT * this.#units.length));
    for (let start = first; start < bytes.length; start += 1) {
      this.#steps = 0;
      if (this.#isOpen(bytes, start, 0)) return start;
    }
    return bytes.length;
  }

  #isOpen(bytes: Uint8Array, position: number, index: number): boolean {
    const unit = this.#units[index];
    if (unit === undefined) return false;
    if (position >= bytes.length) return index > 0;
    this.#steps += 1;
    if (this.#steps > 2000) return true;
    // No encoder escapes a letter that it begins with and leaves the rest; a per cent sign at the end is mostly just that.
    const escapes = index > 0 || !/^[A-Za-z0-9]$/.test(unit.character);
    if (escapes && bytes.length - position < LONGEST_UNIT && OPEN_ESCAPE.test(latin1(bytes.subarray(position))))
      return true;
    return ends(bytes, position, unit).some((next) => this.#isOpen(bytes, next, index + 1));
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

/** The longest stretch of letters and digits: no encoder that is not one of `wholeForms` touches them. */
function plainRun(characters: readonly string[]): Anchor | undefined {
  let best = { at: 0, length: 0 };
  let start = 0;
  for (let at = 0; at <= characters.length; at += 1) {
    if (/^[A-Za-z0-9]$/.test(characters[at] ?? '')) continue;
    if (at - start > best.length) best = { at: start, length: at - start };
    start = at + 1;
  }
  if (best.length < 3) return undefined;
  const text = characters.slice(best.at, best.at + Math.min(best.length, 32)).join('');
  return { bytes: Buffer.from(text, 'latin1'), at: best.at };
}

/** Without such a stretch: the ways in which the secret's first character can begin, two bytes at least. */
function starts([first, second]: readonly Unit[]): Anchor[] {
  if (first === undefined || second === undefined) return [];
  const raw = first.utf8.toString('latin1');
  const octet = first.utf8.toString('hex').slice(0, 2);
  const next = [...new Set([second.utf8.toString('latin1')[0] ?? '', ...'%\\&+\'"'])];
  const marks = /^[A-Za-z0-9]$/.test(first.character) ? 'ux' : `ux\\${raw[0]}${CONTROLS.get(first.character) ?? ''}`;
  const texts = [
    ...(raw.length > 1 ? [raw] : next.map((byte) => raw + byte)),
    ...(first.character === ' ' ? next.map((byte) => `+${byte}`) : []),
    ...(first.character === '\n' ? ['\r\n'] : []),
    ...[
      `%${octet}`,
      `%${octet.toUpperCase()}`,
      '%25',
      '%5c',
      '%5C',
      '&#',
      ...[...'aglqn'].map((letter) => `&${letter}`),
    ],
    ...[...marks].map((mark) => `\\${mark}`),
  ];
  return [...new Set(texts)].map((text) => ({ bytes: Buffer.from(text, 'latin1'), at: 0 }));
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
  found.push(...percent(text, unit.utf8).map((length) => at + length));
  const escaped =
    (text.startsWith('&') && entity(text, character)) ||
    (character === ' ' && text.startsWith('+') && 1) ||
    (character === '\n' && text.startsWith('\r\n') && 2);
  if (escaped) found.push(at + escaped);
  // A backslash that is itself written in percent: `%5C%27`.
  const slash = /^%(?:25)*5[Cc]/.exec(text)?.[0].length;
  if (slash !== undefined && !/[A-Za-z0-9]/.test(character)) found.push(...ends(bytes, at + slash, unit));
  if (text.startsWith('\\')) found.push(...backslashed(text, unit).map((length) => at + length));
  if (character === "'" || character === '"') found.push(...quotes(text, character).map((length) => at + length));
  // An escape after all is longer than its beginning taken raw: `%25` is one percent sign.
  return found.sort((a, b) => b - a);
}

/** Lengths of the percent escapes of a character: `%27`, and escaped again as `%2527`. */
function percent(text: string, utf8: Buffer): number[] {
  if (!text.startsWith('%')) return [];
  const lengths: number[] = [];
  for (const again of ['', '25', '2525']) {
    const pattern = [...utf8].map((byte) => `%${again}${byte.toString(16).padStart(2, '0')}`).join('');
    if (text.slice(0, pattern.length).toLowerCase() === pattern) lengths.push(pattern.length);
  }
  return lengths;
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

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

function startsWith(bytes: Uint8Array, at: number, part: Uint8Array): boolean {
  for (let index = 0; index < part.length; index += 1) if (bytes[at + index] !== part[index]) return false;
  return true;
}
