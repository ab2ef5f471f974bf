const latin1 = (text: string) => Buffer.from(text, 'latin1');

/** A form of a secret to look for, and how far a match reaches past it: base64 digits that it shares with its neighbours. */
export interface Form {
  bytes: Uint8Array;
  /** Digits before and after the match that carry bits of the secret. */
  shared: readonly [before: number, after: number];
}

/**
 * A secret as encoders of the whole text write it: hex, base64 at the three offsets in both alphabets (also with the
 * slashes and pluses escaped once more by JSON or a URL), and with every character escaped.
 * @param secret at least 8 characters, well formed.
 */
export function wholeForms(secret: string): Form[] {
  const bytes = Buffer.from(secret, 'utf8');
  const hex = bytes.toString('hex');
  const pairs = hex.match(/../g) ?? [];
  const units = [...secret].flatMap((character) => utf16(character));
  const points = [...secret].map((character) => character.codePointAt(0) ?? 0);
  const plain = [
    secret,
    hex,
    pairs.map((pair) => `%${pair}`).join(''),
    pairs.map((pair) => `\\x${pair}`).join(''),
    units.map((unit) => `\\u${unit}`).join(''),
    units.map((unit) => `\\\\u${unit}`).join(''),
    points.map((point) => `&#x${point.toString(16)};`).join(''),
  ];
  const texts = [...plain, ...plain.slice(1).map(upperHex), points.map((point) => `&#${point};`).join('')];
  const exact = unique(texts).map((text): Form => ({ bytes: Buffer.from(text, 'utf8'), shared: [0, 0] }));
  return [...exact, ...base64Forms(bytes)];
}

/** A user and a password as basic authentication sends them, whole. */
export function pairForms(user: string, password: string): Form[] {
  const whole = Buffer.from(`${user}:${password}`, 'utf8').toString('base64');
  return spellings(whole).map((text) => ({ bytes: latin1(text), shared: [0, 0] }));
}

function base64Forms(bytes: Buffer): Form[] {
  const forms: Form[] = [];
  for (const offset of [0, 1, 2]) {
    const bits = 8 * (offset + bytes.length);
    const digits = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    const own = digits.slice(Math.ceil((8 * offset) / 6), Math.floor(bits / 6));
    for (const text of spellings(own)) {
      forms.push({ bytes: latin1(text), shared: [offset === 0 ? 0 : 1, bits % 6 === 0 ? 0 : 1] });
    }
  }
  return forms;
}

/** Base64 digits in both alphabets, and as JSON and URLs escape the first. */
function spellings(digits: string): string[] {
  const url = digits.replace(/\+/g, '%2B').replace(/\//g, '%2F').replace(/=/g, '%3D');
  return unique([
    digits,
    digits.replace(/\+/g, '-').replace(/\//g, '_'),
    digits.replace(/\//g, '\\/'),
    url,
    url.replace(/%../g, (code) => code.toLowerCase()),
  ]);
}

function utf16(character: string): string[] {
  return Array.from({ length: character.length }, (_, at) => character.charCodeAt(at).toString(16).padStart(4, '0'));
}

function upperHex(text: string): string {
  // The letters that introduce an escape keep their case.
  return text.replace(/(\\+[ux]|&#x|%)?([0-9a-f]+)/g, (_, lead = '', digits = '') => lead + digits.toUpperCase());
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
