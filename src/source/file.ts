import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import { messageOf, WitnessError } from '../kernel/errors.ts';
import type { FileState } from '../model/source.ts';
import { InputFault } from '../model/source.ts';
import type { Origin } from './origin.ts';

const CHUNK_BYTES = 512 * 1024;

/** A regular file. @param shown its path as the user knows it */
export function fileOrigin(path: string, shown: string, bytesTotal: number): Origin {
  let state: FileState | undefined;
  return {
    name: shown,
    fileName: basename(path),
    path,
    bytesTotal,
    get state() {
      return state;
    },
    async peek(maxBytes) {
      const buffer = Buffer.alloc(Math.min(maxBytes, bytesTotal));
      try {
        const file = await open(path);
        try {
          state ??= await stateOf(file);
          const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
          return { bytes: buffer.subarray(0, bytesRead), complete: bytesRead >= bytesTotal };
        } finally {
          await file.close();
        }
      } catch (cause) {
        throw unreadable(shown, cause);
      }
    },
    async *open(signal, read, reuse = false) {
      let offset = 0;
      try {
        const file = await open(path);
        try {
          const begun = state ?? (await stateOf(file));
          refuseChange(shown, begun, await stateOf(file), offset);
          for await (const chunk of chunksOf(file, reuse)) {
            signal.throwIfAborted();
            read?.(chunk.length);
            offset += chunk.length;
            yield chunk;
          }
          // Before what is left over is taken for the last row: of a file that grows it may be half of one.
          refuseChange(shown, begun, await stateOf(file), offset);
        } finally {
          await file.close();
        }
      } catch (cause) {
        signal.throwIfAborted();
        if (cause instanceof InputFault) throw cause;
        const message = `${shown} could be read up to byte ${offset}: ${messageOf(cause)}`;
        throw new InputFault({ code: 'INPUT_UNREADABLE', message, source: shown, offset }, cause);
      }
    },
  };
}

async function stateOf(file: FileHandle): Promise<FileState> {
  const { size, mtimeMs, dev, ino } = await file.stat();
  return { bytes: size, mtimeMs, place: `${dev}:${ino}` };
}

/** One read is always under way while the chunk before it is looked at. */
async function* chunksOf(file: FileHandle, reuse: boolean): AsyncGenerator<Uint8Array> {
  const kept = reuse ? [Buffer.allocUnsafeSlow(CHUNK_BYTES), Buffer.allocUnsafeSlow(CHUNK_BYTES)] : [];
  let turn = 0;
  const next = () => {
    turn = 1 - turn;
    const reading = file.read(kept[turn] ?? Buffer.allocUnsafeSlow(CHUNK_BYTES), 0, CHUNK_BYTES, null);
    // Its error comes out where it is awaited.
    reading.catch(() => undefined);
    return reading;
  };
  let pending = next();
  try {
    for (let { bytesRead, buffer } = await pending; bytesRead > 0; { bytesRead, buffer } = await pending) {
      pending = next();
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await pending.catch(() => undefined);
  }
}

/** @throws InputFault INPUT_CHANGED: what was read so far and what follows need not be of one file */
function refuseChange(shown: string, was: FileState, is: FileState, offset: number): void {
  const how =
    was.place !== is.place
      ? 'was replaced by another file after it was looked at'
      : is.bytes > was.bytes
        ? `grew from ${was.bytes} to ${is.bytes} bytes while it was read`
        : is.bytes < was.bytes
          ? `shrank from ${was.bytes} to ${is.bytes} bytes while it was read`
          : is.mtimeMs !== was.mtimeMs
            ? 'was written to while it was read'
            : undefined;
  if (how === undefined) return;
  const message = `${shown} ${how}: its rows cannot be accounted for. Load a copy that nobody writes to`;
  throw new InputFault({ code: 'INPUT_CHANGED', message, source: shown, offset });
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
