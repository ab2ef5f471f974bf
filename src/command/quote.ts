/** One word for a POSIX shell. */
export function quoteWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Words as a line that a shell would read back as the same words. */
export function commandLine(words: readonly string[]): string {
  return words.map(quoteWord).join(' ');
}
