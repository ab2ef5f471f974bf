import { randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { quoteText } from '../../kernel/sql.ts';
import { type Body, spoolBody } from './body.ts';
import { EngineException, exception } from './exception.ts';
import type { Folders } from './folders.ts';
import type { InsertHead } from './insert-head.ts';
import type { Connection, WriteResult } from './native.ts';

/** The largest spooled body that is read back into memory for a table whose defaults the file path cannot compute. */
const READ_BACK_BYTES = 512 * 1024 * 1024;

const BINARY_FORMAT =
  /^(parquet|arrow|arrowstream|orc|avro|native|buffers|rowbinary\w*|msgpack|npy|capnproto|protobuf\w*|bsoneachrow|rawblob|one)$/i;
const BLANK_START = /^[ \t]*\r?\n[ \t]*\r?\n|^[ \t]+\r?\n/;
/** Here the engine's own client ends inline data, and runs what follows as the next statement: such data never goes inline. */
const EMPTY_LINE = '\n\n';

function mayGoInline(format: string, data: Buffer): boolean {
  return (
    !BINARY_FORMAT.test(format) &&
    !data.includes(EMPTY_LINE) &&
    !BLANK_START.test(data.subarray(0, 1024).toString('latin1'))
  );
}

/** White space around JSON means nothing; without it, empty lines at the ends are no obstacle. */
function withoutBlankEnds(format: string, data: Buffer): Buffer {
  if (!/^json/i.test(format)) return data;
  const blank = (at: number) => [0x20, 0x09, 0x0a, 0x0d].includes(data[at] ?? 0);
  let [start, end] = [0, data.length];
  while (start < end && blank(start)) start += 1;
  while (end > start && blank(end - 1)) end -= 1;
  return data.subarray(start, end);
}

async function* nothing(): AsyncGenerator<Buffer> {}

/** The text of the statement as far as its data, the data that came with it, and what is still to come. */
export interface InsertSource {
  /** latin1. */
  text: string;
  insert: InsertHead;
  rest: Body['rest'];
  /** False for rows after VALUES that could not be looked through: the engine must not read them as part of a statement. */
  inline: boolean;
}

/**
 * Runs an INSERT with data. Bodies in memory go to the engine as they came, one real INSERT, where its own client reads them right (it adds a
 * line end, which formats of bytes refuse, and ends the statement at an empty line): defaults, materialized and
 * ephemeral columns, deduplication tokens and format settings are the engine's own work. A larger body goes to a file of ours (0600)
 * and through `FROM INFILE`, which reads the same formats with the table's own structure in bounded memory. `FROM INFILE` is kept from users.
 */
export async function runInsert(connection: Connection, source: InsertSource, folders: Folders): Promise<WriteResult> {
  const { text, insert, rest, inline } = source;
  const sent = Buffer.from(text.slice(insert.dataStart), 'latin1');
  const data = rest === undefined ? withoutBlankEnds(insert.format, sent) : sent;
  const head = utf8(text.slice(0, insert.dataStart).trimEnd().replace(/;$/, ''));
  if (rest === undefined && inline && mayGoInline(insert.format, data)) {
    if (data.length > 0 && (insert.format !== 'Values' || data.toString('latin1').trim() !== ''))
      return connection.write(head, data);
    // The engine refuses an insert without data (108); a server checks table and columns and inserts nothing.
    return connection.write(utf8(`${text.slice(0, insert.clauseAt)} FORMAT JSONEachRow`), Buffer.from('\n'));
  }
  const path = join(folders.spool, `insert-${randomUUID()}`);
  try {
    const size = await spoolBody(data, rest ?? nothing(), path);
    const clause = Buffer.from(` FROM INFILE ${quoteText(path)} COMPRESSION 'none' `).toString('latin1');
    const format = insert.format === 'Values' ? 'FORMAT Values' : text.slice(insert.clauseAt, insert.dataStart);
    const sql = text.slice(0, insert.sourceAt) + clause + text.slice(insert.sourceAt, insert.clauseAt) + format;
    try {
      return await connection.write(utf8(sql.trimEnd().replace(/;$/, '')));
    } catch (thrown) {
      if (!(thrown instanceof EngineException)) throw thrown;
      // Defaults that read materialized or ephemeral columns are unknown to a file's reader; nothing has been written yet.
      if (thrown.code === 47 && /While executing File/.test(thrown.message) && size <= READ_BACK_BYTES) {
        const whole = withoutBlankEnds(insert.format, await readFile(path));
        if (inline && insert.format.toLowerCase() !== 'values' && mayGoInline(insert.format, whole))
          return await connection.write(head, whole);
        throw exception(
          48,
          'NOT_IMPLEMENTED',
          'Data with empty lines, or of this format, for a table whose defaults read materialized or ephemeral columns is not supported by the embedded engine',
        );
      }
      throw withoutPath(thrown, path);
    }
  } finally {
    await rm(path, { force: true });
  }
}

/** The text as a server words it, without the file that no client knows of. */
function withoutPath(thrown: EngineException, path: string): EngineException {
  const message = thrown.message
    .replaceAll(`(in file/uri ${path}): `, '')
    .replaceAll(path, 'the request')
    .replace(/: While executing File: data for INSERT was parsed from file/, '')
    .replace(/: While executing File/, '');
  return new EngineException(thrown.code, thrown.codeName, message);
}

const utf8 = (latin1: string) => Buffer.from(latin1, 'latin1').toString();
