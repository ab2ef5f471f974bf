import type { RowFormat } from '../model/source.ts';
import { CR, LF } from './cut/cutter.ts';

/** One batch is one block of each partition, whatever the profile or the user says: a token protects whole blocks alone. */
export const BLOCK_ROWS = 1_048_576;

/**
 * An answer must mean that the rows are stored: where they lie, not in a queue (Distributed) or a buffer (asynchronous inserts).
 * Of the two names of Distributed's setting a server knows one or both.
 */
const PINNED = {
  async_insert: '0',
  wait_end_of_query: '1',
  insert_distributed_sync: '1',
  distributed_foreground_insert: '1',
};

/**
 * Settings of one INSERT. The engine leaves out what the server does not know.
 * @param user the user's own: they overrule all but what is pinned: how blocks are cut, and when an answer comes
 */
export function insertSettings(user: Record<string, string>, batchRows: number): Record<string, string> {
  const rows = String(Math.max(BLOCK_ROWS, batchRows));
  return {
    // The fast way may miss by one bit in the last place.
    precise_float_parsing: '1',
    // As the rows were cut: an apostrophe opens nothing.
    format_csv_allow_single_quotes: '0',
    ...user,
    max_insert_block_size: rows,
    min_insert_block_size_rows: rows,
    // 0: bytes do not cut a block, however wide the rows become in memory.
    min_insert_block_size_bytes: '0',
    max_insert_block_size_bytes: '0',
    ...PINNED,
  };
}

/** What the bytes of a batch ask for besides: Windows line ends are an error in TabSeparated unless allowed. */
export function batchSettings(format: RowFormat, bytes: Uint8Array): Record<string, string> {
  const crlf = format.startsWith('TabSeparated') && bytes[bytes.indexOf(LF) - 1] === CR;
  return crlf ? { input_format_tsv_crlf_end_of_line: '1' } : {};
}
