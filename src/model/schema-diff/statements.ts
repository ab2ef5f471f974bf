import { isWord, splitTop, tokenize } from './tokens.ts';

/**
 * Statements of a DDL file, without comments around them. Inline data of `INSERT … FORMAT …` may hold anything,
 * so such a statement ends, as the client has it, at the first empty line or the end of the file.
 */
export function splitStatements(text: string): string[] {
  const inline =
    /^[ \t]*INSERT\s+INTO\s[^;']*?\sFORMAT\s+(?!Values\b)\w+[ \t]*\r?\n[\s\S]*?(?:\r?\n[ \t]*\r?\n|$(?![\s\S]))/gim;
  const withoutData = text.replace(inline, (found) => `${found.split(/\r?\n/, 1)[0] ?? ''};\n\n`);
  return splitTop(withoutData, ';');
}

/** First keywords of a statement in upper case, at most three: `CREATE MATERIALIZED VIEW`. */
export function leadingWords(statement: string): string[] {
  const words: string[] = [];
  for (const token of tokenize(statement)) {
    if (!isWord(token, token.text.toUpperCase()) || words.length === 3) break;
    words.push(token.text.toUpperCase());
  }
  return words;
}

/** The statement without `ON CLUSTER name`, wherever it stands outside brackets. */
export function withoutCluster(statement: string): string {
  const tokens = tokenize(statement);
  const at = tokens.findIndex((token, i) => isWord(token, 'ON') && isWord(tokens[i + 1], 'CLUSTER'));
  const from = tokens[at];
  const to = tokens[at + 2];
  if (at < 0 || !from || !to) return statement;
  return `${statement.slice(0, from.start).trimEnd()} ${statement.slice(to.end).trimStart()}`;
}
