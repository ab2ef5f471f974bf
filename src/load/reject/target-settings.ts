import { EngineError } from '../../engine/errors.ts';
import type { Target } from '../../engine/target.ts';
import { parseCreate } from '../../model/schema-diff/create-statement.ts';
import { parseElement } from '../../model/schema-diff/elements.ts';
import { isWord, tokenize } from '../../model/schema-diff/tokens.ts';
import { type TableName, tableSql } from '../../model/table.ts';

/** How the target reads text, as far as another engine can be told to read alike. Names of files and limits of errors are none of it. */
const READING =
  /^(?:input_format_(?:csv|tsv|json)_\w+|format_csv_\w+|format_tsv_\w+|bool_(?:true|false)_representation|date_time_input_format|date_time_overflow_behavior|input_format_null_as_default|input_format_defaults_for_omitted_fields|input_format_tsv_crlf_end_of_line)$/;

/** What servers did before there was a setting for it. */
const BEFORE: Readonly<Record<string, string>> = {
  date_time_input_format: 'basic',
  input_format_null_as_default: '0',
  input_format_csv_empty_as_default: '0',
};

/**
 * Settings under which an engine reads as this target does.
 * @param own the user's settings of the INSERTs: they overrule what the profile says
 */
export async function readingSettings(
  target: Target,
  own: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const rows = await target.all<{ name: string; value: string }>(
    'SELECT name, value FROM system.settings ORDER BY name',
    {
      purpose: 'load:bad-rows',
      shape: true,
      signal,
    },
  );
  const found = Object.fromEntries(rows.flatMap(({ name, value }) => (READING.test(name) ? [[name, value]] : [])));
  const chosen = Object.entries(own).filter(([name]) => READING.test(name));
  const { timezone } = await target.capabilities();
  return { session_timezone: timezone, ...BEFORE, ...found, ...Object.fromEntries(chosen) };
}

/** Constraints of the table that INSERTs must keep; none where this user may not see its DDL. */
export async function constraintsOf(
  target: Target,
  table: TableName,
  signal: AbortSignal,
): Promise<{ name: string; expression: string }[]> {
  try {
    const [row] = await target.all<{ statement: string }>(`SHOW CREATE TABLE ${tableSql(table)}`, {
      purpose: 'load:bad-rows',
      shape: true,
      signal,
    });
    return (parseCreate(row?.statement ?? '')?.elements ?? []).flatMap(checkOf);
  } catch (thrown) {
    if (thrown instanceof EngineError && thrown.failure === 'server') return [];
    throw thrown;
  }
}

/** `CONSTRAINT name CHECK expression`; an ASSUME is a promise that nobody checks. */
function checkOf(text: string): { name: string; expression: string }[] {
  const element = parseElement(text);
  const [, , keyword, first] = tokenize(text);
  if (element.kind !== 'constraint' || !isWord(keyword, 'CHECK') || !first) return [];
  return [{ name: element.name, expression: text.slice(first.start) }];
}
