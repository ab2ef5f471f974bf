/** Bytes at the end of a text in which a pattern may have begun; longer words are no secrets. */
const LONGEST_WORD = 1 << 12;
/** Shorter beginnings of a token are let go: they stand at the end of many a prompt. */
const SHORTEST_TOKEN = 8;

const isToken = (byte: number) =>
  (byte >= 0x61 && byte <= 0x7a) ||
  (byte >= 0x41 && byte <= 0x5a) ||
  (byte >= 0x30 && byte <= 0x39) ||
  // + - . / = _
  [0x2b, 0x2d, 0x2e, 0x2f, 0x3d, 0x5f].includes(byte);

/**
 * Where, at the end of these bytes, a word begins that more of it could turn into a secret: a URL, whose password shows only
 * by the `@` behind it, a web token, or letters and digits in a row, some of each. Their length when none does.
 */
export function openPattern(bytes: Buffer): number {
  const from = Math.max(0, bytes.length - LONGEST_WORD);
  let at = bytes.length;
  while (at > from && (bytes[at - 1] as number) > 0x20) at -= 1;
  const word = bytes.toString('latin1', at);
  const url = word.indexOf('://');
  const web = word.indexOf('eyJ');
  let run = word.length;
  while (run > 0 && isToken(word.charCodeAt(run - 1))) run -= 1;
  const token = word.slice(run);
  const begun = [
    ...(url < 0
      ? []
      : [/[A-Za-z0-9+.-]*$/.exec(word.slice(Math.max(0, url - 20), url))?.[0].length ?? 0].map((n) => url - n)),
    ...(web < 0 ? [] : [web]),
    ...(token.length >= SHORTEST_TOKEN && /\d/.test(token) && /[A-Za-z]/.test(token) ? [run] : []),
  ];
  return at + Math.min(word.length, ...begun);
}
