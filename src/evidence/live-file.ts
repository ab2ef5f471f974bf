import type { KeptPiece, LiveFile } from '../model/live.ts';
import type { CleanPiece } from '../redact/clean.ts';
import type { LiveRedaction } from '../redact/redactor.ts';
import type { StoreFile } from './store-file.ts';

interface Ground {
  path: string;
  redaction: LiveRedaction;
  /** Undefined where it could not be made. */
  file: StoreFile | undefined;
  failed(error: unknown): void;
  finish(file: StoreFile): void;
  /** What the store ends when it closes. */
  open: Set<() => void>;
}

/** A live file over its redaction and the file on the disk. */
export function createLiveFile({ path, redaction, file, failed, finish, open }: Ground): LiveFile {
  let writing = file;
  let ended = false;
  let offset = 0;
  const keep = (pieces: readonly CleanPiece[]): KeptPiece[] =>
    pieces.map(({ bytes, at, length }) => {
      const kept = { bytes, at, length, offset };
      offset += bytes.length;
      try {
        writing?.write(bytes);
      } catch (error) {
        writing = undefined;
        failed(error);
      }
      return kept;
    });
  const end = () => {
    if (ended) return [];
    ended = true;
    open.delete(end);
    const rest = keep(redaction.end());
    try {
      if (file) finish(file);
    } catch {
      // Told by the store.
    }
    return rest;
  };
  open.add(end);
  return { path, push: (chunk) => keep(redaction.push(chunk)), flush: () => keep(redaction.flush()), end };
}
