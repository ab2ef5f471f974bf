import type { TableName } from '../model/table.ts';

/** Whole rows, as they stood in the source. */
export interface Batch {
  /** 0-based, counted through a source. */
  index: number;
  /** 1-based row of the source (a header is none) that the batch begins with. */
  firstRow: number;
  rows: number;
  /** Byte range in the decompressed source: `from` inclusive, `to` exclusive. Empty lines in it or after it are not in `bytes`. */
  from: number;
  to: number;
  bytes: Uint8Array;
  /** Of `bytes`, without a header put before them. */
  sha256: string;
  /** Where in `bytes` its rows 256, 512 … begin, counted from 0; of a batch without its bad rows nothing is known. */
  marks?: readonly number[] | undefined;
  /** Rows taken out as bad: `rows` and `bytes` are without them. */
  rejected?: number | undefined;
  /** The rows that are left and where they stand in the source, once some were taken out. */
  kept?: readonly { row: number; offset?: number | undefined }[] | undefined;
  /** Its bytes are needed no longer. */
  free(): void;
}

/** One state of one batch, as the load's journal holds it. */
export interface BatchRecord {
  at: string;
  /**
   * `planned`: cut, and about to be sent. `sent`: its INSERT begins. `acknowledged`: the server says that it is stored.
   * `publishing`: all is staged, and about to be moved over.
   * `restarted`: what was staged is thrown away, and all begins anew: nothing before this line counts.
   * `failed`: surely not stored. `unknown`, `canceled`: no answer came. `settled`: found out afterwards (`rows_written`).
   */
  state:
    | 'planned'
    | 'sent'
    | 'acknowledged'
    | 'failed'
    | 'unknown'
    | 'canceled'
    | 'settled'
    | 'publishing'
    | 'restarted';
  table: TableName;
  source: string;
  /** 0-based, counted through a source. */
  index: number;
  query_id: string;
  /** 0-based, counted over repeats of the same batch. */
  attempt: number;
  first_row?: number | undefined;
  rows?: number | undefined;
  from?: number | undefined;
  to?: number | undefined;
  bytes: number;
  sha256?: string | undefined;
  dedup_token?: string | undefined;
  rows_written?: number | undefined;
  /** Block numbers of the table before it was sent, and when they were looked at (ms since 1970). */
  mark?: { blocks: number; at: number } | undefined;
  /** Rows of this byte range that are not in the INSERT since they are bad. */
  rows_rejected?: number | undefined;
  code?: number | undefined;
  message?: string | undefined;
}
