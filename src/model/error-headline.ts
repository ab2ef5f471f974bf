import type { LoadFacts } from './load.ts';

const LONGEST = 160;

/**
 * Row, column and value out of what the engine says of a value it could not read: from the diagnostics that it adds for delimited
 * texts (`Column 2, name: …, type: …, ERROR: …`, with line breaks or flattened to one line), or from the key that it names for JSON.
 * The row counts within its batch. Undefined where the text has none.
 */
export function valueDetail(message: string): string | undefined {
  const row = /\(at row (\d+)\)/.exec(message)?.[1];
  const place = row === undefined ? '' : `row ${row} of its batch, `;
  const field = /name: (\S+),\s+type: ((?:[^,(]|\([^)]*\))+),\s+ERROR: (.+?)(?=\s+: While|\n|$)/.exec(message);
  if (field) return `${place}column ${field[1]} ${field[2]}: ${field[3]}`;
  const key = /\(while reading the value of key ([^)\s]+)\)/.exec(message)?.[1];
  return key === undefined ? undefined : `${place}column ${key}: ${clause(message)}`;
}

/** What a server's text says before it goes on with dumps of rows and columns, the place in its code and its version. */
function clause(message: string): string {
  const text = message.replace(/^Code: \d+\. (?:DB::Exception: )?/, '').trim();
  const end =
    /\n|\s*:? *\((?:while reading the value of key|at row \d)|\s*:\s+(?:Row \d+:|While |while )|\s*\(version /.exec(
      text,
    );
  return (end === null ? text : text.slice(0, end.index)).replace(/[\s:]+$/, '');
}

function clip(text: string): string {
  if (text.length <= LONGEST) return text;
  const cut = text.slice(0, LONGEST - 1);
  return `${cut.slice(0, cut.lastIndexOf(' ') > LONGEST / 2 ? cut.lastIndexOf(' ') : cut.length)}…`;
}

/** The error of a load in one line for a headline: row, column and value where the text names them, else its first words. */
export function errorHeadline({ message }: NonNullable<LoadFacts['error']>): string {
  const row = /\(at row (\d+)\)/.exec(message)?.[1];
  return clip(valueDetail(message) ?? `${row === undefined ? '' : `row ${row} of its batch: `}${clause(message)}`);
}
