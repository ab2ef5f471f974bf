import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { quoteText } from '../../kernel/sql.ts';
import type { Folders } from './folders.ts';
import { headerLength, headerOf } from './formats.ts';
import type { Connection } from './native.ts';
import { nanoseconds, type Outcome } from './outcome.ts';
import type { Statement } from './statement.ts';

export interface Result {
  format: string;
  bytes: AsyncIterable<Uint8Array>;
  /** Filled in while `bytes` are read. */
  outcome: Outcome;
  /** Cleans up, read to the end or not. */
  close(): Promise<void>;
}

/**
 * Starts a statement that has a result. Row formats stream from the engine block by block; documents (JSON, Parquet, Pretty, …) are
 * written to a file by the engine and read from there, so that neither needs the result in memory.
 */
export async function openResult(
  connection: Connection,
  statement: Statement,
  options: { format: string; whole: boolean; folders: Folders },
): Promise<Result> {
  const format = statement.format?.name ?? options.format;
  const sql = Buffer.from(statement.head, 'latin1').toString();
  const started = performance.now();
  if (!statement.select) {
    const result = await connection.query(sql, options.format);
    const outcome: Outcome = {
      resultRows: result.rowsRead,
      elapsedNs: nanoseconds(result.elapsed),
      writtenRows: 0,
      writtenBytes: 0,
    };
    return { format, bytes: one(result.bytes), outcome, close: async () => {} };
  }
  const header = headerOf(format);
  if (header === undefined || options.whole || needsWhole(statement))
    return throughFile(connection, statement, format, options);
  const outcome: Outcome = { resultRows: 0, writtenRows: 0, writtenBytes: 0 };
  const source = connection.stream(sql, options.format);
  const read = async function* () {
    let seen = 0;
    for await (const chunk of source) {
      outcome.resultRows = (outcome.resultRows ?? 0) + chunk.numRows;
      const from = seen === 0 ? 0 : headerLength(header, chunk.bytes);
      seen += chunk.bytes.length;
      if (chunk.bytes.length > from) yield chunk.bytes.subarray(from);
    }
    // No block, no document: the header of an empty result comes from asking again.
    if (seen === 0 && header !== 0) yield (await connection.query(sql, options.format)).bytes;
    outcome.elapsedNs = Math.round((performance.now() - started) * 1e6);
  };
  return { format, bytes: read(), outcome, close: async () => void (await source.return(undefined)) };
}

/** Totals, extremes and arrays of rows stand once in a document, not once a block. */
function needsWhole(statement: Statement): boolean {
  return statement.tokens.some(
    (token) => token.kind === 'word' && /^(totals|extremes|output_format_json_array_of_rows)$/i.test(token.text),
  );
}

async function throughFile(
  connection: Connection,
  statement: Statement,
  format: string,
  options: { format: string; folders: Folders },
): Promise<Result> {
  const path = join(options.folders.spool, `result-${randomUUID()}`);
  const at = statement.format?.start ?? statement.head.length;
  const clause = `\nINTO OUTFILE ${quoteText(path)} COMPRESSION 'none'\n`;
  const sql = Buffer.from(
    statement.head.slice(0, at) + Buffer.from(clause).toString('latin1') + statement.head.slice(at),
    'latin1',
  );
  const close = () => rm(path, { force: true });
  try {
    const result = await connection.query(sql.toString(), options.format);
    const outcome: Outcome = {
      resultRows: result.rowsRead,
      elapsedNs: nanoseconds(result.elapsed),
      writtenRows: 0,
      writtenBytes: 0,
    };
    return { format, bytes: createReadStream(path, { highWaterMark: 256 * 1024 }), outcome, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}
