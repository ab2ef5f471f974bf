import type { z } from 'zod';
import type { inputError } from './load.ts';

/** Formats that are cut into batches of whole rows; the names are ClickHouse's. */
export const ROW_FORMATS = ['JSONEachRow', 'CSV', 'CSVWithNames', 'TabSeparated', 'TabSeparatedWithNames'] as const;
export type RowFormat = (typeof ROW_FORMATS)[number];

/** Formats that pass through whole: only the engine knows where their rows are. */
export const WHOLE_FORMATS = ['Parquet', 'Arrow', 'ArrowStream', 'ORC', 'Avro', 'Native'] as const;
export type WholeFormat = (typeof WHOLE_FORMATS)[number];

export type Format = RowFormat | WholeFormat;

export function isRowFormat(format: Format): format is RowFormat {
  return ROW_FORMATS.some((name) => name === format);
}

export type InputError = z.infer<typeof inputError>;

/** A mistake of the input, as facts: a stage that meets it while reading throws this and the load reports it. */
export class InputFault extends Error {
  override readonly name = 'InputFault';
  readonly facts: InputError;

  constructor(facts: InputError, cause?: unknown) {
    super(facts.message, cause === undefined ? undefined : { cause });
    this.facts = facts;
  }
}

/** What tells a file from another and from its later states. */
export interface FileState {
  bytes: number;
  /** ms since 1970, with fractions. */
  mtimeMs: number;
  /** Device and inode. */
  place: string;
}

/** One thing that rows come from: a file, standard input, a URL. */
export interface Source {
  /** As shown and kept: user, password and query string of URLs are gone. */
  readonly name: string;
  readonly format: Format;
  /** Who settled the format. `option`: the user named it, and nothing overrules that. */
  readonly formatBy: 'option' | 'content' | 'name';
  /** Bytes as they lie in the source (compressed where it is), where that is known. */
  readonly bytesTotal?: number | undefined;
  /** Rows the source itself declares (a Parquet footer). */
  readonly rows?: number | undefined;
  /** First record of a delimited text, decoded: a header, or the first row. */
  readonly firstRow?: readonly string[] | undefined;
  /** Whether that record is a header, by its looks: text above values (`certain`), text that reads like names (`likely`), or not. */
  readonly header?: 'certain' | 'likely' | 'no' | undefined;
  /** 0-based columns of a delimited text that hold digits which are no number: leading zeros, a plus sign, more than 18 digits. */
  readonly digitsAsText?: readonly number[] | undefined;
  /** Local file, for formats that pass through and for inference. */
  readonly path?: string | undefined;
  /** The file's state when it was first looked at; reading one that changes meanwhile fails. */
  readonly state?: FileState | undefined;
  /** What was noticed, for people: `gzip, JSON array`, `named .csv, holds TabSeparated`. */
  readonly note?: string | undefined;
  /** Why this source cannot be loaded, found by looking at it; `open` throws it too. */
  readonly fault?: InputError | undefined;
  /**
   * The bytes, decompressed for row formats, the byte order mark gone. Each call starts anew, except for standard input, which opens once.
   * The chunks belong to the caller, who may change them.
   * @param read told the bytes taken from the source as it lies, for progress
   * @param reuse a chunk is looked at no longer than until the next one is asked for: its memory may then be used again
   * @throws InputFault
   */
  open(signal: AbortSignal, read?: (bytes: number) => void, reuse?: boolean): AsyncIterable<Uint8Array>;
  /** First bytes of what `open` would give, at most `maxBytes`; may end inside a row. */
  sample(maxBytes: number): Promise<Uint8Array>;
}

/** How far a load is. */
export interface Progress {
  /** `database.table` */
  table: string;
  /** Rows in batches that were sent. */
  rows: number;
  /** Bytes taken from the sources as they lie; comparable with `bytesTotal`. */
  bytes: number;
  /** Absent when one of the sources does not tell. */
  bytesTotal?: number | undefined;
  /** Rows a second since the table's load began. */
  rate: number;
  /** Time left at this rate of bytes, ms. */
  etaMs?: number | undefined;
  batches: number;
  /** INSERTs on their way. */
  inFlight?: number | undefined;
  /** Tries beyond the first. */
  retries?: number | undefined;
  /** Rows kept back as bad. */
  rejected?: number | undefined;
}
