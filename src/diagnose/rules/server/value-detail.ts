/**
 * Row, column and value out of the diagnostics that the engine adds to a parse error (`Column 2, name: …, type: …, ERROR: …`),
 * with line breaks or flattened to one line. The row counts within its batch. Undefined where the text has none.
 */
export function valueDetail(message: string): string | undefined {
  const row = /\(at row (\d+)\)/.exec(message)?.[1];
  const field = /name: (\S+),\s+type: ((?:[^,(]|\([^)]*\))+),\s+ERROR: (.+?)(?=\s+: While|\n|$)/.exec(message);
  if (!field) return undefined;
  const [, column, type, error] = field;
  return `${row === undefined ? '' : `row ${row} of its batch, `}column ${column} ${type}: ${error}`;
}
