import type { Finding } from '../../model/finding.ts';
import { inputError } from '../../model/load.ts';
import type { Rule } from '../../model/rule.ts';

const CAUSE_OF_CODE: Record<string, Pick<Finding, 'cause' | 'remedies'>> = {
  INPUT_EMPTY: {
    cause: 'input_empty',
    remedies: ['Look at what was to write the input: it wrote nothing, or somewhere else'],
  },
  INPUT_GZIP_DAMAGED: {
    cause: 'gzip_file_damaged',
    remedies: ['Check it with gzip -t and fetch it again; rows before the damage may be stored'],
  },
  INPUT_TRUNCATED: { cause: 'input_truncated', remedies: ['Fetch the file again; compare its size with the source’s'] },
  INPUT_NOT_PARQUET: {
    cause: 'client_sent_wrong_format',
    remedies: ['Look at the first bytes of the file, or name its format with --format'],
  },
};

/** The input itself is at fault, as the loader found it while reading. */
export const input: Rule = {
  id: 'input',
  causes: [
    'input_empty',
    'gzip_file_damaged',
    'input_truncated',
    'client_sent_wrong_format',
    'payload_corrupted_before_insert',
  ],
  explain(evidence) {
    const error = inputError.safeParse(evidence.ingestion.error);
    if (!error.success) return [];
    const { code, message, source, row, offset } = error.data;
    const known = CAUSE_OF_CODE[code] ?? {
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
        summary: code === 'INPUT_EMPTY' ? 'The input holds no rows' : 'The input cannot be read',
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
