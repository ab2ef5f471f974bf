import { createHash } from 'node:crypto';
import { closeSync, constants, ftruncateSync, openSync, writeSync } from 'node:fs';
import type { FileEntry } from '../model/run.ts';

/**
 * One file of the evidence while it is written. Synchronous on purpose: what was handed over is with the operating
 * system when the call returns, so that `kill -9` loses nothing of a journal, and order needs no queue.
 */
export class StoreFile {
  readonly #descriptor: number;
  readonly #hash = createHash('sha256');
  #bytes = 0;
  #open = true;

  /** Creates the file, 0600; fails when anything, also a dangling link, has its name. */
  constructor(path: string) {
    const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
    this.#descriptor = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  }

  /** Writes all of it, or nothing: after a failure the file is cut back to what was whole. */
  write(chunk: Uint8Array): void {
    let written = 0;
    try {
      while (written < chunk.length) {
        written += writeSync(this.#descriptor, chunk, written, chunk.length - written, this.#bytes + written);
      }
    } catch (error) {
      ftruncateSync(this.#descriptor, this.#bytes);
      throw error;
    }
    this.#hash.update(chunk);
    this.#bytes += chunk.length;
  }

  /** Closes the file; what it holds, by hash and size. Errors that a network file system keeps to the end come here. */
  close(): Pick<FileEntry, 'sha256' | 'bytes'> {
    if (this.#open) {
      this.#open = false;
      closeSync(this.#descriptor);
    }
    return { sha256: this.#hash.copy().digest('hex'), bytes: this.#bytes };
  }
}
