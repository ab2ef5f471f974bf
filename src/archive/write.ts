import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Archiver, TarArchive, ZipArchive } from 'archiver';
import { WitnessError } from '../kernel/errors.ts';
import type { Hashed } from './bag.ts';

export interface Written {
  bytes: number;
  sha256: string;
}

function changed(file: Hashed, how: string): WitnessError {
  return new WitnessError({
    code: 'EVIDENCE_CHANGED',
    what: `${file.path} ${how} between being kept and being packed`,
    next: 'keep other programs out of the state folder while chwitness runs',
    exitCode: 3,
  });
}

/** Bytes of a file as they go by; throws at its end when they are not those that were hashed. */
async function* checked(handle: FileHandle, file: Hashed): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  // `end` counts its own byte: a file that grows meanwhile gives no more than its header in the archive says.
  for await (const chunk of handle.createReadStream({ autoClose: false, end: file.bytes - 1 })) {
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest('hex') !== file.sha256) throw changed(file, 'was changed');
}

/** Appends one file and waits until it is in; `failed` ends the waiting for an entry that will never be written. */
async function append(
  archive: Archiver,
  file: Hashed,
  to: { root: string; top: string; date: Date; failed: Promise<never> },
): Promise<void> {
  const { root, top, date, failed } = to;
  const handle = await open(join(root, file.path), constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw changed(file, 'became something other than a file');
    if (stats.size !== file.bytes) throw changed(file, `went from ${file.bytes} to ${stats.size} bytes`);
    const data = { name: `${top}/${file.path}`, date, mode: 0o600, stats };
    const source = file.bytes === 0 ? Buffer.alloc(0) : Readable.from(checked(handle, file), { objectMode: false });
    const appended = new Promise<void>((resolve, reject) => {
      archive.once('entry', () => resolve());
      if (source instanceof Readable) source.once('error', reject);
      // With the size known from `stats`, archiver streams; without, it would hold the file in memory.
      archive.append(source, data);
    });
    await Promise.race([appended, failed]);
  } finally {
    await handle.close();
  }
}

/**
 * Packs `files` of `root` under the folder `top` into `handle`, in the given order, every date being `date`, so that the
 * same evidence gives the same archive. Hashes each file again on the way.
 * @throws WitnessError `EVIDENCE_CHANGED`; errors of the file system as they are
 */
export async function writeArchive(
  handle: FileHandle,
  format: 'tar.gz' | 'zip',
  root: string,
  top: string,
  files: readonly Hashed[],
  date: Date,
): Promise<Written> {
  const zlib = { level: 6 };
  const archive = format === 'zip' ? new ZipArchive({ zlib }) : new TarArchive({ gzip: true, gzipOptions: zlib });
  const hash = createHash('sha256');
  let bytes = 0;
  const written = pipeline(archive, async (source: AsyncIterable<Buffer>) => {
    for await (const chunk of source) {
      hash.update(chunk);
      bytes += chunk.byteLength;
      await handle.writeFile(chunk);
    }
  });
  const failed = new Promise<never>((_, reject) => written.catch(reject));
  failed.catch(() => undefined);
  try {
    for (const file of files) await append(archive, file, { root, top, date, failed });
    await Promise.race([archive.finalize(), failed]);
    await written;
  } catch (error) {
    archive.abort();
    archive.destroy();
    await written.catch(() => undefined);
    throw error;
  }
  return { bytes, sha256: hash.digest('hex') };
}
