import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { isRowFormat, type Source } from '../model/source.ts';
import { isSpace } from './cut/cutter.ts';
import { withWholeRows } from './sample.ts';

/** As much of a source as a rehearsal on a sample sees. */
const SAMPLE_BYTES = 32 * 1024 * 1024;
const OPEN_ARRAY = 0x5b;

/** A source that is read once more: first by the rehearsal, then by the load. */
export interface Twice {
  first: Source;
  second: Source;
}

/** The whole source both times. What opens only once is kept meanwhile in the private folder of the run. */
export function wholeTwice(source: Source, workDir: string, number: number): Twice {
  if (source.path !== undefined || source.bytesTotal !== undefined) return { first: source, second: source };
  const path = join(workDir, `rehearsed-${number}`);
  let complete = false;
  const first: Source = {
    ...source,
    async *open(signal, read) {
      const copy = await open(path, 'w', 0o600);
      try {
        for await (const chunk of source.open(signal, read)) {
          await copy.writeFile(chunk);
          yield chunk;
        }
        complete = true;
      } finally {
        await copy.close();
      }
    },
  };
  const second: Source = {
    ...source,
    async *open(signal, read) {
      if (!complete) throw new Error('a rehearsal that did not reach the end of its source lets no load begin');
      for await (const chunk of createReadStream(path, { signal })) {
        read?.(chunk.length);
        yield chunk;
      }
    },
  };
  return { first, second };
}

/** Whole rows from the beginning of the source first, then all of it. A format that only the engine can cut is taken whole. */
export function sampledTwice(source: Source, workDir: string, number: number): Twice {
  if (!isRowFormat(source.format)) return wholeTwice(source, workDir, number);
  const sampled = withWholeRows(source, source.format);
  const first: Source = {
    ...source,
    bytesTotal: undefined,
    async *open(signal, read) {
      signal.throwIfAborted();
      const bytes = await sampled.sample(SAMPLE_BYTES);
      read?.(bytes.length);
      yield Uint8Array.from(bytes);
      // A JSON array that was cut off in the sample has no end.
      if (bytes.length > 0 && firstByte(bytes) === OPEN_ARRAY && bytes.at(-1) !== 0x5d) yield Buffer.from(']');
    },
  };
  return { first, second: source };
}

function firstByte(bytes: Uint8Array): number | undefined {
  return bytes.find((byte) => !isSpace(byte));
}
