import { WitnessError } from '../kernel/errors.ts';
import { formatBytes } from '../kernel/format.ts';

/** One file of an archive. */
export interface ArchiveEntry {
  /** Below the bag's root: `data/artifacts/before/x.txt`. */
  path: string;
  /** As declared by the archive, bytes. */
  bytes: number;
  /** Read at most once, and only until the next entry is asked for. */
  content: AsyncIterable<Uint8Array>;
}

/** A whole entry as text; throws when it is longer than `maxBytes`. */
export async function entryText(entry: ArchiveEntry, maxBytes = 64 * 1024 ** 2): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of entry.content) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes)
      throw new WitnessError({
        code: 'ARCHIVE_ENTRY_TOO_LARGE',
        what: `${entry.path} is larger than ${formatBytes(maxBytes)}`,
      });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
