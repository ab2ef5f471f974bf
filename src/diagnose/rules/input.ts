import type { Finding } from '../../model/finding.ts';
import { inputError } from '../../model/load.ts';
import type { Rule } from '../../model/rule.ts';

const WRONG_FORMAT = {
  cause: 'client_sent_wrong_format',
  remedies: ['Look at the first bytes of the file, or name its format with --format'],
};

const NO_STRUCTURE = {
  cause: 'input_structure_unknown',
  summary: 'The columns of a table to create cannot be told from the input',
  remedies: ['Create the table first and load without --create', 'Name the format with --format'],
};

const CAUSE_OF_CODE: Record<string, Pick<Finding, 'cause' | 'remedies'> & { summary?: string }> = {
  INPUT_EMPTY: {
    cause: 'input_empty',
    summary: 'The input holds no rows',
    remedies: ['Look at what was to write the input: it wrote nothing, or somewhere else'],
  },
  INPUT_GZIP_DAMAGED: {
    cause: 'gzip_file_damaged',
    remedies: ['Check it with gzip -t and fetch it again; rows before the damage may be stored'],
  },
  INPUT_TRUNCATED: { cause: 'input_truncated', remedies: ['Fetch the file again; compare its size with the source’s'] },
  INPUT_HEADER_UNKNOWN: {
    cause: 'csv_header_names_mismatch',
    summary: 'The header of the input names columns that the table does not have',
    remedies: [
      'Correct the header, or add the columns: chwitness schema diff prints the ALTER where the DDL files have them',
      'Where these columns are not wanted: --setting input_format_skip_unknown_fields=1 drops them',
    ],
  },
  INPUT_HEADER_DUPLICATE: {
    cause: 'csv_header_names_mismatch',
    summary: 'The header of the input names a column more than once',
    remedies: ['Give each column a name of its own in the header'],
  },
  INPUT_NO_STRUCTURE: NO_STRUCTURE,
  ENGINE_CANNOT_DESCRIBE: NO_STRUCTURE,
  INPUT_UNREADABLE: {
    cause: 'input_unreadable',
    remedies: ['Check that the file is there and that this user may read it'],
  },
  INPUT_HTTP_BROKEN: {
    cause: 'input_truncated',
    remedies: ['Load it again; if it breaks off each time, download it first and load the file'],
  },
  INPUT_NOT_ROWS: WRONG_FORMAT,
  INPUT_WRONG_FORMAT: WRONG_FORMAT,
  INPUT_JSON_NOT_OBJECT: WRONG_FORMAT,
  INPUT_BINARY: WRONG_FORMAT,
  INPUT_UTF16: WRONG_FORMAT,
  INPUT_NOT_PARQUET: WRONG_FORMAT,
};

/** The input itself is at fault, as the loader found it while reading. */
export const input: Rule = {
  id: 'input',
  causes: [...new Set(Object.values(CAUSE_OF_CODE).map((known) => known.cause)), 'payload_corrupted_before_insert'],
  explain(evidence) {
    const error = inputError.safeParse(evidence.ingestion.error);
    // The API that rows come from has a rule of its own.
    if (!error.success || error.data.code.startsWith('API_')) return [];
    const { code, message, source, row, offset } = error.data;
    // What was found to be wrong with single rows is told of them.
    if ((evidence.ingestion.rejection?.rows ?? 0) > 0) return [];
    const known: (typeof CAUSE_OF_CODE)[string] = CAUSE_OF_CODE[code] ?? {
      cause: 'payload_corrupted_before_insert',
      remedies: ['Mend the input and load it again'],
    };
    const place = [row === undefined ? '' : `row ${row}`, offset === undefined ? '' : `byte ${offset}`]
      .filter((part) => part !== '')
      .join(', ');
    return [
      {
        cause: known.cause,
        side: 'client',
        confidence: 'certain',
        summary: known.summary ?? 'The input cannot be read',
        because: [
          {
            text: message.startsWith(source)
              ? `${message}${place === '' ? '' : ` (${place})`}`
              : `${source}${place === '' ? '' : ` at ${place}`}: ${message}`,
            file: 'data/results.json',
          },
        ],
        alternatives: [],
        remedies: known.remedies,
      },
    ];
  },
};
