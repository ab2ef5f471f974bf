import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { messageOf, WitnessError } from '../kernel/errors.ts';
import { InputFault } from '../model/source.ts';
import type { Origin } from './origin.ts';

const CHUNK_BYTES = 256 * 1024;

/** A regular file. @param shown its path as the user knows it */
export function fileOrigin(path: string, shown: string, bytesTotal: number): Origin {
  return {
    name: shown,
    fileName: basename(path),
    path,
    bytesTotal,
    async peek(maxBytes) {
      const buffer = Buffer.alloc(Math.min(maxBytes, bytesTotal));
      try {
        const file = await open(path);
        try {
          const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
          return { bytes: buffer.subarray(0, bytesRead), complete: bytesRead >= bytesTotal };
        } finally {
          await file.close();
        }
      } catch (cause) {
        throw unreadable(shown, cause);
      }
    },
    async *open(signal, read) {
      let offset = 0;
      try {
        for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES, signal })) {
          read?.(chunk.length);
          offset += chunk.length;
          yield chunk;
        }
      } catch (cause) {
        signal.throwIfAborted();
        const message = `${shown} could be read up to byte ${offset}: ${messageOf(cause)}`;
        throw new InputFault({ code: 'INPUT_UNREADABLE', message, source: shown, offset }, cause);
      }
    },
  };
}

/** What to say of a file that exists and does not give its bytes. */
export function unreadable(shown: string, cause: unknown): WitnessError {
  return new WitnessError({
    code: 'INPUT_UNREADABLE',
    what: `The file cannot be read: ${messageOf(cause)}`,
    where: shown,
    next: 'Check who may read it (ls -l), or run as a user who may',
    cause,
  });
}
