/** One statement of a file with the comment lines right before it. */
export interface Statement {
  text: string;
  comment: string;
  /** 1-based line of its first word. */
  line: number;
}

/** Comments, quoted texts and semicolons: all that decides where a statement ends. */
const TOKEN =
  /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^'\\]|\\[\s\S]|'')*'|"(?:[^"\\]|\\[\s\S])*"|`(?:[^`\\]|\\[\s\S])*`|;/g;

/** Splits a file at the semicolons that are neither quoted nor commented out. Empty statements are left out. */
export function splitStatements(source: string): Statement[] {
  const ends = [...source.matchAll(TOKEN)].filter((token) => token[0] === ';').map((token) => token.index);
  const statements: Statement[] = [];
  let from = 0;
  for (const end of [...ends, source.length]) {
    const piece = source.slice(from, end);
    const lead = /^(?:\s|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*/.exec(piece)?.[0] ?? '';
    const text = piece.slice(lead.length).trim();
    if (text !== '')
      statements.push({ text, comment: lead.trim(), line: source.slice(0, from + lead.length).split('\n').length });
    from = end + 1;
  }
  return statements;
}

const READS = /^\(*\s*(SELECT|WITH|SHOW|DESCRIBE|DESC|EXISTS|EXPLAIN)\b/i;

/** Whether a statement only reads. */
export function onlyReads(text: string): boolean {
  return READS.test(text);
}

/** The statement without a FORMAT clause of its own: rows are read in a format of ours. */
export function withoutFormat(text: string): string {
  return text.replace(/\s+FORMAT\s+\w+\s*$/i, '');
}
