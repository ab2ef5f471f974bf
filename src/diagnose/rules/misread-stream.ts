import { patternRule } from '../pattern-rule.ts';
import { here, program } from '../signals.ts';

/** Lengths no machine has: the reader took other bytes for one, so it stands elsewhere in the stream than the writer. */
export const misreadStream = patternRule('misread-stream', 'formats', [
  {
    cause: 'client_struct_does_not_match_table',
    side: 'client',
    codes: [241, 131, 128, 33, 173],
    text: /(?:would use|attempt to allocate chunk of) [\d.]+ ?(?:PiB|EiB)|attempt to allocate chunk of \d{15,} bytes|Too large (?:string|array) size: \d{12,}/i,
    strength: 95,
    summary:
      'The server took bytes of the body for an impossible length: the binary body is not in step with the table’s columns',
    remedies: [
      'Compare the row type of the program with DESCRIBE TABLE, field by field in its order; Nullable columns have a byte more in front of each value',
      'A format with names and types (RowBinaryWithNamesAndTypes, Native) says what differs instead',
    ],
    question: 'Does the program’s row type have the table’s columns in their order, with Nullable as option?',
    signals: [
      here(/BinaryRow|RowBinary|Native/i, 'the format is a binary one', 2),
      program(/kafka-?connect|connector/i, 'a connector wrote it, and these keep the structure', -12),
    ],
    or: [
      {
        cause: 'client_stale_schema_cache',
        summary: 'the client wrote it by an outdated list of columns',
        question: 'Was the table altered since the client started?',
      },
    ],
  },
  {
    cause: 'client_struct_does_not_match_table',
    side: 'client',
    text: /Record is missing field|missing (?:required )?field \S+ (?:for|of) column|expected \d+ (?:columns|arguments|values|fields?).{0,200}?, (?:but )?(?:got|but got|found|received) \d+|\b\d+ (?:values?|columns?) (?:given|supplied|provided)[^.]{0,40}\b\d+ (?:columns?|values?) expected|number of (?:values|arguments|fields) .{0,40}(?:does(?:n't| not) match|differs? from)/i,
    unless: /DB::\w*Exception/,
    strength: 86,
    summary: 'The client’s rows have other fields than the insert has columns; it refused before sending',
    remedies: [
      'Name the columns in the insert and give each row a value for each; a column with a DEFAULT may be left out of the list, not out of the rows',
    ],
    question: 'Has each row a value for every column that the insert names?',
  },
]);
