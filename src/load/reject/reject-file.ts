import { constants } from 'node:fs';
import { access, type FileHandle, open, stat } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { messageOf, WitnessError } from '../../kernel/errors.ts';
import { REASONS, type RejectedRow } from '../../model/reject.ts';
import { LF } from '../cut/cutter.ts';

/** Rows that were kept back, in the format of their source, and beside them why: one line of JSON a row. */
export interface RejectFile {
  /** Files that were made, in the order in which they were. */
  readonly files: readonly string[];
  /**
   * Rows of another format, or below another header, go to a file of their own beside the first.
   * @param header with its line end; undefined for sources without one
   */
  write(kind: Kind, rows: readonly { bytes: Uint8Array; about: RejectedRow }[]): Promise<void>;
  close(): Promise<void>;
}

interface Kind {
  format: string;
  header: Uint8Array | undefined;
}

interface Pair {
  rows: FileHandle;
  reasons: FileHandle;
}

/** Beside the rows: `rejects.ndjson` → `rejects.ndjson.reasons.jsonl`. */
export function reasonsPath(path: string): string {
  return `${path}.reasons.jsonl`;
}

/**
 * Made with the first row that is written, 0600; what is there already is never written over.
 * @throws WitnessError when a file of that name is there, or its folder cannot be written
 */
export async function openRejectFile(path: string): Promise<RejectFile> {
  for (const name of [path, reasonsPath(path)]) {
    if (await stat(name).catch(() => undefined)) throw taken(name);
  }
  await access(dirname(path), constants.W_OK).catch((cause: unknown) => {
    throw new WitnessError({
      code: 'REJECT_FILE',
      what: `Rejected rows cannot be written there: ${messageOf(cause)}`,
      where: path,
      next: 'Name a file in a folder that is there and that you may write, with --reject-file',
      cause,
    });
  });
  const files: string[] = [];
  const open = new Map<string, Pair>();
  let last: Promise<unknown> = Promise.resolve();

  async function pairFor(kind: Kind): Promise<Pair> {
    const key = `${kind.format}\n${kind.header === undefined ? '' : Buffer.from(kind.header).toString('latin1')}`;
    const known = open.get(key);
    if (known) return known;
    const name = open.size === 0 ? path : numbered(path, open.size + 1);
    const pair = { rows: await create(name), reasons: await create(reasonsPath(name)) };
    open.set(key, pair);
    files.push(name, reasonsPath(name));
    if (kind.header !== undefined) await pair.rows.appendFile(kind.header);
    return pair;
  }

  return {
    files,
    write(kind, rows) {
      // Batches are looked at side by side, and written one after another.
      const mine = last.then(() => append(kind, rows));
      last = mine.catch(() => undefined);
      return mine;
    },
    async close() {
      await last;
      for (const { rows, reasons } of open.values()) await Promise.allSettled([rows.close(), reasons.close()]);
    },
  };

  async function append(kind: Kind, rows: readonly { bytes: Uint8Array; about: RejectedRow }[]): Promise<void> {
    if (rows.length === 0) return;
    const pair = await pairFor(kind);
    // A row of an array may have had its line end elsewhere.
    const texts = rows.map(({ bytes }) => (bytes.at(-1) === LF ? bytes : Buffer.concat([bytes, Uint8Array.of(LF)])));
    await pair.rows.appendFile(Buffer.concat(texts));
    await pair.reasons.appendFile(
      rows.map(({ about }) => `${JSON.stringify({ ...about, because: REASONS[about.reason] })}\n`).join(''),
    );
    await pair.rows.datasync();
  }
}

async function create(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx', 0o600);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') throw taken(path);
    throw cause;
  }
}

function numbered(path: string, number: number): string {
  const extension = extname(path);
  return `${path.slice(0, path.length - extension.length)}.${number}${extension}`;
}

function taken(path: string): WitnessError {
  return new WitnessError({
    code: 'REJECT_FILE',
    what: 'There is a file of that name already, and rejected rows are not mixed with others',
    where: path,
    next: 'Move it away, or name another with --reject-file',
  });
}
