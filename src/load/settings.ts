import type { RowFormat } from '../model/source.ts';
import { CR, LF } from './cut/cutter.ts';

/** One batch is one block: no limit of the server's may cut it. */
const BLOCK_ROWS = 1_048_576;
const BLOCK_BYTES = 256 * 1024 * 1024;

/** Pinned, whatever the profile or the user says: an answer must mean that the rows are stored. */
const PINNED = { async_insert: '0', wait_end_of_query: '1' };

/**
 * Settings of one INSERT. The engine leaves out what the server does not know.
 * @param user the user's own: they overrule all but what is pinned
 */
export function insertSettings(user: Record<string, string>, batchRows: number): Record<string, string> {
  return {
    max_insert_block_size: String(Math.max(BLOCK_ROWS, batchRows)),
    min_insert_block_size_rows: String(Math.max(BLOCK_ROWS, batchRows)),
    min_insert_block_size_bytes: String(BLOCK_BYTES),
    // The fast way may miss by one bit in the last place.
    precise_float_parsing: '1',
    // As the rows were cut: an apostrophe opens nothing.
    format_csv_allow_single_quotes: '0',
    ...user,
    ...PINNED,
  };
}

/** What the bytes of a batch ask for besides: Windows line ends are an error in TabSeparated unless allowed. */
export function batchSettings(format: RowFormat, bytes: Uint8Array): Record<string, string> {
  const crlf = format.startsWith('TabSeparated') && bytes[bytes.indexOf(LF) - 1] === CR;
  return crlf ? { input_format_tsv_crlf_end_of_line: '1' } : {};
}
