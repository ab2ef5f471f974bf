import { valueDetail } from '../../model/error-headline.ts';
import type { Match } from '../pattern.ts';
import { patternRule } from '../pattern-rule.ts';
import { effective, elsewhere, here } from '../signals.ts';

const where = ({ event }: Match) => {
  const detail = valueDetail(event.text);
  return detail === undefined ? '' : `: ${detail}`;
};
const LOAD_FORMAT = 'Name the format of the input with --format, or FORMAT in the statement';

/** The input’s text does not fit the format or the type it is read as: codes 6, 26, 27, 38, 72, 130 and their kin share their words. */
export const textValues = patternRule('text-values', 'values', [
  {
    cause: 'value_not_parsable_for_type',
    side: 'server',
    codes: [6, 26, 27, 38, 41, 72, 130, 53, 376, 675, 676, 33],
    text: /Cannot parse|is not like|CANNOT_PARSE_\w+|Cannot read (?:floating|integer|number|value)|syntax error at position|ERROR: (?:text|garbage|Line feed)/i,
    unless: /Cannot parse expression of type|Cannot parse quota|argument/,
    strength: 62,
    alone: 55,
    own: [6, 27, 38, 72, 675, 676],
    summary: (match) => `A value of the input does not fit its column${where(match)}`,
    remedies: [
      'The message names row and column: mend the input or the column’s type',
      `${LOAD_FORMAT}, where it was taken for another`,
    ],
    question: 'Does the value that the message quotes fit the type of its column?',
    signals: [
      here(
        /is not like|ERROR: text|syntax error at position|Cannot parse string/i,
        'it quotes the value and its type',
        12,
      ),
    ],
  },
  {
    cause: 'value_not_parsable_for_type',
    side: 'server',
    codes: [117, 27, 26, 441, 376, 677, 674],
    text: /Invalid IPv[46]|CANNOT_PARSE_DOMAIN_VALUE|CANNOT_PARSE_(?:UUID|IPV[46])|Cannot parse (?:JSON )?object|while read(?:ing)? the value of key (?<key>\w+)/i,
    unless:
      /expected (?:opening quote|'?[",\][{}:]|, |" )|Unknown field|Unknown element|Array does not|DateTime|\d{4}-\d\d-\d\dT|Unsigned|Decimal/i,
    strength: 84,
    summary: (match) => `A value of the input does not fit its column${where(match)}`,
    remedies: ['The message names row and column: mend the input or the column’s type'],
    question: 'Does the value at that key fit the type of its column?',
  },
  {
    cause: 'float_into_integer_column',
    side: 'server',
    codes: [27, 72, 6, 53],
    text: /expected '?(?:,|\\t|\\n|}|end of line|delimiter)['\w ]* before: ?'?\.\d|ERROR: (?:text )?"?\.\d+|U?Int\d+.{0,60}"-?\d+\.\d+"|"-?\d+\.\d+" is not like U?Int|Cannot parse (?:string )?'?-?\d+\.\d+'? as U?Int|Number -?\d+\.\d+.{0,40}(?:integer|U?Int)/i,
    strength: 88,
    summary: 'A number with a fraction meets an integer column: the parser stops at the point',
    remedies: ['Round the value where it comes from, or make the column Float64 or Decimal'],
    question: 'Is the column an integer, and has the value a fraction?',
  },
  {
    cause: 'utf8_bom_at_file_start',
    side: 'server',
    codes: [27, 117, 26],
    text: /\uFEFF|\\xEF\\xBB\\xBF|<U\+FEFF>|ï»¿|\\ufeff|byte order mark|\bBOM\b/i,
    strength: 94,
    only: true,
    summary: 'The input begins with a byte order mark: three invisible bytes before the first value',
    remedies: [
      "Take them off (sed '1s/^\\xEF\\xBB\\xBF//'), or write the file as UTF-8 without BOM; newer servers skip it in CSV and TSV",
    ],
    question: 'Do the first bytes of the file read EF BB BF (head -c 3 FILE | xxd)?',
  },
  {
    cause: 'utf8_bom_at_file_start',
    side: 'server',
    codes: [27],
    text: /Column 0,\s+name: \S+,\s+type: (?:U?Int\d+|Float\d+|Date\w*),\s+ERROR: text "(?<text>\d[\d,;.\\t -]*)" is not like/i,
    strength: 80,
    summary:
      'The very first column looks like the number it should be, and the parser says it is not: invisible bytes precede it, most likely a byte order mark',
    remedies: ['Look at the first bytes (head -c 3 FILE | xxd reads efbbbf) and take them off'],
    question: 'Do the first bytes of the file read EF BB BF?',
    signals: [
      here(/\(at row 1\)|Row 1:/, 'it is the first row', 8),
      here(/\(at row (?:[2-9]|\d\d+)\)/, 'it is not the first row', -50),
    ],
    or: [
      {
        cause: 'wrong_field_delimiter',
        summary: 'the fields are separated by something else',
        question: 'Does the first line hold the separator of the format?',
      },
    ],
  },
  {
    cause: 'tsv_parsed_as_csv',
    side: 'server',
    codes: [27, 6],
    text: /expected ',' before: ?'?(?:\\t|<TAB>|\t)|type: \w+,\s+(?:parsed text: "[^"]*<TAB>|ERROR: text "[^"]*(?:\\t|<TAB>))/i,
    // The parser itself looked for tabs, or a NULL of the tab-separated form stands there.
    unless: /expected '?(?:\\t|\t)'? ?before|text "(?:<BACKSLASH>|\\)N/i,
    strength: 92,
    summary: 'The input is separated by tabs and was read as CSV',
    remedies: ['Load it as TabSeparated (TSV)', LOAD_FORMAT],
    question: 'Are the fields separated by tabs?',
    signals: [elsewhere(/expected '?(?:\\t|\t)'? ?before/, 'the parser looked for tabs', -60)],
  },
  {
    cause: 'wrong_field_delimiter',
    side: 'server',
    codes: [27, 6, 117],
    text: /expected '?,'? before: ?'?(?:;|\\\||\|)|expected '?\\t'? before: ?'?[,;|]|ERROR: text "[^"]*[;|][^"]*" is not like|expected '\\t' before|TAB.{0,20}expected|(?:Tab|Comma) (?:is )?expected|ERROR: garbage after \w+: "[;|]|expected '\|' before|format_csv_delimiter/i,
    strength: 84,
    summary: 'The fields are separated by another sign than the format has',
    remedies: (match) => [
      `Set ${effective(match, 'format_csv_delimiter')} to the sign that is there, or name the right format`,
      LOAD_FORMAT,
    ],
    question: 'Which sign separates the fields of the first line?',
    signals: [here(/ERROR: text "[^"]*;/, 'the text holds semicolons', 6)],
  },
  {
    cause: 'missing_fields_in_text_row',
    side: 'server',
    codes: [27, 117, 33],
    text: /expected '?\\t'? before: ?'?\\n|expected '?,'? before: ?'?(?:\\n|\\r)|ERROR: Line feed found where (?:tab|delimiter)|not enough (?:fields|columns|values)|It's like your file has less columns than expected|Expected end of line.{0,40}missing|fewer columns than expected/i,
    strength: 90,
    summary: (match) => `A row has fewer fields than the insert has columns${where(match)}`,
    remedies: [
      'Name the columns of the input in the INSERT, or mend the row; line feeds inside values must be escaped (TSV) or quoted (CSV)',
      'input_format_csv_allow_variable_number_of_columns = 1 takes such rows and fills defaults',
    ],
    question: 'Has this row as many fields as the others?',
  },
  {
    cause: 'surplus_fields_in_text_row',
    side: 'server',
    codes: [27, 117],
    text: /expected '?(?:\\n|end of line)'? before|ERROR: (?:garbage|Tab found where line feed|There is no line feed)|more (?:fields|columns|values) than|It's like your file has more columns than expected/i,
    unless: /before: ?'?\.\d|garbage after \w+: "[;|.]/,
    strength: 76,
    summary: (match) => `A row has more fields than the insert has columns${where(match)}`,
    remedies: [
      'Name the columns of the input in the INSERT; a separator inside a value must be quoted (CSV) or escaped (TSV)',
    ],
    question: 'Has this row more fields than the others, or a value that holds the separator?',
  },
  {
    cause: 'csv_header_names_mismatch',
    side: 'server',
    codes: [117, 47],
    text: /Unknown field found in (?:CSV|TSV|\w+) header|Column '\S+' (?:specified )?in (?:file|header)|header.{0,40}(?:not found|unknown|mismatch)|INCORRECT_DATA.{0,100}WithNames|Unknown field found in format header/i,
    strength: 90,
    summary: 'A name in the header of the file is no column of the table',
    remedies: [
      'Rename it, or set input_format_skip_unknown_fields = 1: the column is then dropped without a word',
      'A header that is only data for people is skipped with input_format_csv_skip_first_lines = 1',
    ],
    question: 'Do the names of the first line stand in DESCRIBE TABLE?',
  },
  {
    cause: 'unknown_field_in_input',
    side: 'server',
    codes: [117],
    text: /Unknown field (?:found )?(?:while parsing|in JSON|encountered|name)|Unknown field\b|unknown key|Unknown element/i,
    unless: /(?:CSV|TSV|format) header|WithNames/i,
    strength: 92,
    alone: 76,
    summary: ({ event }) => {
      const field = /(?:JSONEachRow format|format): (\w+)/.exec(event.flat)?.[1];
      return `The input holds a field that the table does not have${field === undefined ? '' : `: ${field}`}`;
    },
    remedies: [
      'Add the column, or set input_format_skip_unknown_fields = 1: such fields are then dropped without a word',
    ],
    question: 'Is every key of the input a column of the table?',
  },
  {
    cause: 'gzip_body_without_header',
    side: 'client',
    codes: [27, 26, 117, 62, 33, 6],
    text: /\\x1F\\x8B|\\x1f\\x8b|\\u001f\\ufffd|\u241f|\ufffd\\b\\0/i,
    strength: 94,
    only: true,
    summary: 'The body is gzip, and no header says so: the server read compressed bytes as rows',
    remedies: [
      'Send Content-Encoding: gzip, or send the data uncompressed; clickhouse-client unpacks by the file’s ending only with FROM INFILE',
    ],
    question: 'Do the first bytes of the body read 1F 8B, and is there a Content-Encoding?',
  },
  {
    cause: 'payload_corrupted_before_insert',
    side: 'client',
    codes: [27, 26, 25, 117],
    text: /before: ?'?[^:]{0,200}(?:\\\\\\\\+["']|\\\\"\\?,\\\\|\\\\+"[^"]{0,40}\\\\+")|Cannot parse escape sequence|CANNOT_PARSE_ESCAPE_SEQUENCE|JSON object here: \{[A-Za-z_]\w*:|unescaped|control character/i,
    strength: 88,
    summary:
      'Quotes or backslashes were escaped once more or once less on the way: the rows were right in the file and broken before the insert',
    remedies: [
      'Send the file as it is (--data-binary @file, standard input), not through a shell’s quotes or a second JSON encoder',
    ],
    question: 'Are the backslashes of the file’s own bytes the same as those that the message quotes?',
  },
  {
    cause: 'json_number_into_string',
    side: 'server',
    codes: [26, 27],
    text: /Cannot parse (?:quoted|JSON) string: expected opening quote|expected opening quote '?"'?, got|expected '?"'? before: ?'?-?\d|CANNOT_PARSE_QUOTED_STRING/i,
    strength: 84,
    alone: 66,
    own: [26],
    summary: 'A JSON number (or object) meets a String column, which takes quoted text',
    remedies: (match) => [
      [
        'Quote the value',
        `, or set ${effective(match, 'input_format_json_read_numbers_as_strings')} = 1 (on by default from 23.9)`,
      ],
      'For objects: input_format_json_read_objects_as_strings = 1',
    ],
    question: 'Is the column a String, and the value unquoted?',
    signals: [here(/got '?[{[]|before: ?'?[{[]/, 'it is an object or a list', -4)],
  },
  {
    cause: 'array_literal_syntax',
    side: 'server',
    codes: [130, 27, 26, 6],
    text: /type: Array\([^"]*?ERROR|is not like Array\(|Array does not start with '?\[|CANNOT_READ_ARRAY_FROM_TEXT|expected '?\[\\?'? before|Cannot read array/i,
    strength: 94,
    alone: 84,
    own: [130],
    only: true,
    summary: 'An array is not written as ClickHouse reads it: [1,2,3], not {1,2,3} nor a bare list',
    remedies: ['Write it as [1,2,3]; in CSV quote it as a whole, texts inside in single quotes'],
    question: 'Does the value begin with another sign than [?',
  },
  {
    cause: 'client_sent_wrong_format',
    side: 'client',
    codes: [27, 117, 26, 636, 79, 73, 33, 6],
    text: /expected '?\{'? before|Expected (?:JSON )?(?:object|\{)|not a (?:valid )?(?:Parquet|Avro|ORC|Arrow) file|Wrong format|File is not Parquet|Magic number|magic bytes|Invalid Parquet|format of the (?:input|file|data).{0,30}(?:not|other)|Unknown format|UNKNOWN_FORMAT|ill-?formed JSON|Cannot parse JSON object|INCORRECT_DATA: JSON|JSON object must begin|data.{0,30}not (?:in|of) .{0,20}format|Parquet magic|Not a .{1,20} file|Unexpected end of .{0,20}Native/i,
    unless: /\\x1F\\x8B/i,
    strength: 80,
    summary: 'The input is not in the format that the insert names',
    remedies: [LOAD_FORMAT, 'Look at the first bytes of the data: { is JSON, PAR1 Parquet'],
    question: 'In which format are the first bytes of the data?',
  },
]);
