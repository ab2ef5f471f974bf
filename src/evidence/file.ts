import { open } from 'node:fs/promises';
import { WitnessError } from '../kernel/errors.ts';
import { formatBytes } from '../kernel/format.ts';
import type { FileTail } from '../model/check.ts';

const DEFAULT_MAX_BYTES = 16 * 1024 * 1024;

/** A user's file as UTF-8 text. Throws `FILE_TOO_LARGE` over `maxBytes`, and what the system says when it cannot be read. */
export async function readCapped(path: string, maxBytes = DEFAULT_MAX_BYTES): Promise<string> {
  const file = await open(path, 'r');
  try {
    // Read on from what the size says: a pipe or a growing file says nothing true.
    const buffer = Buffer.alloc(Math.min(maxBytes, (await file.stat()).size) + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length);
      length += bytesRead;
      if (bytesRead === 0 || length === buffer.length) break;
    }
    if (length > maxBytes)
      throw new WitnessError({
        code: 'FILE_TOO_LARGE',
        what: `The file is larger than ${formatBytes(maxBytes)}`,
        where: path,
        next: 'Give a smaller file',
      });
    return buffer.toString('utf8', 0, length);
  } finally {
    await file.close();
  }
}

/** The end of a user's file, whatever its size: no more than `maxBytes` is read. Throws what the system says when it cannot be read. */
export async function readTail(path: string, maxBytes: number): Promise<FileTail> {
  const file = await open(path, 'r');
  try {
    const { size, mtime } = await file.stat();
    const from = Math.max(0, size - maxBytes);
    const buffer = Buffer.alloc(size - from);
    let length = 0;
    while (length < buffer.length) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length, from + length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return { text: buffer.toString('utf8', 0, length), cut: from > 0, modified_at: mtime.toISOString() };
  } finally {
    await file.close();
  }
}
