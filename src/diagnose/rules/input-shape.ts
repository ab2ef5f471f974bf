import { patternRule } from '../pattern-rule.ts';
import { here } from '../signals.ts';

/** The rows as a whole are not shaped as the insert says: no structure, a field twice. */
export const inputShape = patternRule('input-shape', 'values', [
  {
    cause: 'input_structure_unknown',
    side: 'client',
    codes: [636, 634, 635],
    text: /structure cannot be extracted|Cannot extract table structure|CANNOT_EXTRACT_TABLE_STRUCTURE|ONLY_NULLS_WHILE_READING_SCHEMA|Cannot (?:determine|infer) the (?:table )?structure|schema inference (?:failed|is not possible)/i,
    strength: 96,
    alone: 90,
    summary: 'The engine could not tell the columns of the file by reading its beginning',
    remedies: [
      'Name the structure: file(path, format, structure) or DESCRIBE of the target; the inner message says where reading stopped',
      'Look at the first bytes: an empty file, or one of another format than named, has no structure to find',
    ],
    question: 'Does DESCRIBE TABLE file(…) with the right format give columns?',
  },
  {
    cause: 'duplicate_field_in_input',
    side: 'server',
    codes: [117, 15],
    text: /Duplicate field (?:found|name)|field .{1,60}(?:is|was) (?:given|found|met) twice|Duplicate key .{1,60}(?:found )?in (?:JSON|object)/i,
    strength: 95,
    summary: ({ event }) => {
      const field = /format: (\w+)/.exec(event.flat)?.[1];
      return `A row holds one field twice${field === undefined ? '' : `: ${field}`}`;
    },
    remedies: [
      'Make the row with each key once; names that differ in case only, or a nested name and its flattened form, count as one where input_format_import_nested_json is on',
    ],
    question: 'Does the row that the message counts hold the key twice?',
    signals: [here(/at row/, 'it names the row', 1)],
  },
]);
