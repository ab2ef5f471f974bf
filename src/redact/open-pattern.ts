/** Bytes at the end of a text in which a pattern may have begun; longer words are no secrets. */
const LONGEST_WORD = 1 << 12;
/** Letters and digits in a row, some of each: the beginning of a token; or a URL, whose password shows only by the `@` behind it. */
const OPEN = /(?:[A-Za-z0-9+/_=-]*:\/\/\S*|eyJ\S*|(?=[A-Za-z+/_=-]*\d)(?=[\d+/_=-]*[A-Za-z])[A-Za-z0-9+/_.=-]{8,})$/;

/** Where, at the end of these bytes, a word begins that more of it could turn into a secret; their length when none does. */
export function openPattern(bytes: Buffer): number {
  const from = Math.max(0, bytes.length - LONGEST_WORD);
  let at = bytes.length;
  while (at > from && (bytes[at - 1] as number) > 0x20) at -= 1;
  const word = bytes.toString('latin1', at);
  const open = word === '' ? -1 : word.search(OPEN);
  return open < 0 ? bytes.length : at + open;
}
