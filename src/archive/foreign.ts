import { constants, createReadStream } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createGunzip, gunzipSync, constants as zlib } from 'node:zlib';
import { messageOf, WitnessError } from '../kernel/errors.ts';
import type { ArchiveEntry } from './entry.ts';
import { openGate } from './gate.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import { readTar } from './read-tar.ts';
import { readZip } from './read-zip.ts';

/** One text of somebody’s evidence: a file, or an entry of an archive. */
export interface ForeignFile {
  /** As the user would name it: `logs/run.log`, `incident.tgz!task010/run.log`. */
  name: string;
  /** Path inside its archive; the name itself for a file. */
  path: string;
  /** Read at most once, and only until the next file is asked for. */
  content: AsyncIterable<Uint8Array>;
}

type Form = 'tar.gz' | 'tar' | 'gzip' | 'zip' | 'file';

const SNIFFED = 64 * 1024;
const FOLDERS = 16;

async function head(path: string): Promise<Buffer> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const bytes = Buffer.alloc(SNIFFED);
    const { bytesRead } = await handle.read(bytes, 0, SNIFFED, 0);
    return bytes.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function isTar(bytes: Buffer): boolean {
  return bytes.length >= 512 && bytes.toString('latin1', 257, 262) === 'ustar';
}

/** What a file is, by its first bytes rather than by its name. */
async function formOf(path: string): Promise<Form> {
  const bytes = await head(path);
  if (bytes.toString('latin1', 0, 4) === 'PK\u0003\u0004' || bytes.toString('latin1', 0, 4) === 'PK\u0005\u0006')
    return 'zip';
  if (isTar(bytes)) return 'tar';
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return 'file';
  try {
    return isTar(gunzipSync(bytes, { finishFlush: zlib.Z_SYNC_FLUSH, maxOutputLength: 64 * 1024 ** 2 }))
      ? 'tar.gz'
      : 'gzip';
  } catch {
    return 'gzip';
  }
}

function unreadable(path: string, cause: unknown): WitnessError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return new WitnessError({
    code: code === 'ENOENT' ? 'INPUT_NOT_FOUND' : 'INPUT_UNREADABLE',
    what:
      code === 'ENOENT'
        ? 'there is no such file, folder or archive'
        : `it cannot be read: ${messageOf(cause).replace(/\s+/g, ' ')}`,
    where: path,
    next: 'name logs, folders of logs, archives (tar.gz, zip), or - for standard input',
    cause,
  });
}

async function* guarded(path: string, content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* content;
  } catch (error) {
    throw error instanceof WitnessError ? error : unreadable(path, error);
  }
}

async function* unpacked(path: string, form: 'tar.gz' | 'tar' | 'zip', limits: Limits): AsyncGenerator<ForeignFile> {
  const { size } = await stat(path);
  const gate = openGate(path, limits, form === 'tar' ? undefined : size, true);
  const entries: AsyncGenerator<ArchiveEntry> =
    form === 'zip' ? readZip(path, gate) : readTar(path, gate, form === 'tar.gz');
  for await (const entry of entries)
    yield { name: `${path}!${entry.path}`, path: entry.path, content: guarded(path, entry.content) };
}

async function* gunzipped(path: string, limits: Limits): AsyncGenerator<Uint8Array> {
  const { size } = await stat(path);
  const gate = openGate(path, limits, size, true);
  const stream = createReadStream(path).pipe(createGunzip());
  for await (const chunk of stream) {
    gate.bytes(chunk.byteLength);
    yield chunk;
  }
}

async function* file(path: string, limits: Limits): AsyncGenerator<ForeignFile> {
  const form = await formOf(path);
  if (form === 'tar.gz' || form === 'tar' || form === 'zip') yield* unpacked(path, form, limits);
  else if (form === 'gzip') yield { name: path, path, content: guarded(path, gunzipped(path, limits)) };
  else yield { name: path, path, content: guarded(path, createReadStream(path, { highWaterMark: 1024 ** 2 })) };
}

/** Links and devices of a folder are passed over: what they lead to is somewhere else. */
async function* folder(path: string, limits: Limits, depth: number): AsyncGenerator<ForeignFile> {
  const items = await readdir(path, { withFileTypes: true });
  for (const item of items.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const below = join(path, item.name);
    if (item.isDirectory() && depth < FOLDERS) yield* folder(below, limits, depth + 1);
    else if (item.isFile()) yield* file(below, limits);
  }
}

/**
 * Every text behind a path: a log, a folder of them, an archive (tar.gz, tar, zip, gzip), read without unpacking to disk.
 * @throws WitnessError `INPUT_NOT_FOUND`, `INPUT_UNREADABLE`, and `ARCHIVE_REFUSED` for what no honest archive holds
 */
export async function* readForeign(path: string, limits: Limits = DEFAULT_LIMITS): AsyncGenerator<ForeignFile> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) yield* folder(path, limits, 0);
    else if (found.isFile()) yield* file(path, limits);
    else throw new Error(`${basename(path)} is neither a file nor a folder`);
  } catch (error) {
    throw error instanceof WitnessError ? error : unreadable(path, error);
  }
}
