import { createWriteStream } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { exception } from './exception.ts';
import { createLz4Decoder } from './lz4-frame.ts';
import { createZstdDecoder } from './zstd-stream.ts';

/** Bodies up to this size stay in memory and reach the engine as they are; larger ones go to disk first. */
export const IN_MEMORY_BYTES = 32 * 1024 * 1024;
const DECODERS: ReadonlyMap<string, () => Transform> = new Map<string, () => Transform>([
  ['gzip', () => createGunzip()],
  ['deflate', () => createInflate()],
  ['br', () => createBrotliDecompress()],
  ['lz4', createLz4Decoder],
  ['zstd', createZstdDecoder],
]);
/** The largest body, decompressed. */
const MAX_BODY_BYTES = 64 * 1024 ** 3;

export interface Body {
  /** The first bytes: the whole body where `rest` is undefined. */
  head: Buffer;
  rest: AsyncIterator<Buffer> | undefined;
}

/** Reads a request's body, decompressed, up to `IN_MEMORY_BYTES`. @throws EngineException 89 for an unknown Content-Encoding, 354 for broken data */
export async function readBody(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = [];
  let size = 0;
  const iterator: AsyncIterator<Buffer> = decoded(request)[Symbol.asyncIterator]();
  try {
    while (size <= IN_MEMORY_BYTES) {
      const step = await iterator.next();
      if (step.done) return { head: Buffer.concat(chunks), rest: undefined };
      chunks.push(step.value);
      size += step.value.length;
    }
  } catch (thrown) {
    throw brokenBody(thrown);
  }
  return { head: Buffer.concat(chunks), rest: iterator };
}

/** Writes what is left of a body to a new file (0600) after `first`. @returns bytes written */
export async function spoolBody(first: Uint8Array, rest: AsyncIterator<Buffer>, path: string): Promise<number> {
  let size = 0;
  const source = async function* () {
    if (first.length > 0) yield first;
    yield* { [Symbol.asyncIterator]: () => rest };
  };
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size > MAX_BODY_BYTES)
        done(exception(307, 'TOO_MANY_BYTES', 'The request is larger than the embedded engine takes'));
      else done(null, chunk);
    },
  });
  try {
    await pipeline(source, counted, createWriteStream(path, { flags: 'wx', mode: 0o600 }));
  } catch (thrown) {
    throw brokenBody(thrown);
  }
  return size;
}

function decoded(request: IncomingMessage): Readable {
  const encoding = (request.headers['content-encoding'] ?? 'identity').toLowerCase();
  if (encoding === 'identity' || encoding === '') return request;
  const decoder = DECODERS.get(encoding)?.();
  if (decoder === undefined) {
    throw exception(
      89,
      'UNKNOWN_COMPRESSION_METHOD',
      `Unknown compression method ${encoding}. The embedded engine knows ${[...DECODERS.keys()].join(', ')}`,
    );
  }
  request.once('error', (error) => decoder.destroy(error));
  return request.pipe(decoder);
}

function brokenBody(thrown: unknown): unknown {
  if (!(thrown instanceof Error) || !('code' in thrown) || typeof thrown.code !== 'string') return thrown;
  if (
    thrown.code.startsWith('Z_') ||
    thrown.code.startsWith('ERR__') ||
    thrown.code === 'ERR_BROTLI_DECOMPRESSION_FAILED'
  ) {
    return exception(354, 'ZLIB_INFLATE_FAILED', `Cannot decompress the request: ${thrown.message}`);
  }
  if (thrown.code === 'ENOSPC')
    return exception(243, 'NOT_ENOUGH_SPACE', 'No space left on the disk of the embedded engine');
  return thrown;
}
