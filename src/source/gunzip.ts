import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { messageOf } from '../kernel/errors.ts';
import { InputFault } from '../model/source.ts';

const CHUNK_BYTES = 128 * 1024;

export function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

/**
 * Unpacks gzip of any number of members. Zeros after the last (padding of tapes and block devices) are allowed; anything else is not,
 * since Node's zlib would end there without a word.
 * @throws InputFault INPUT_GZIP_DAMAGED
 */
export async function* gunzip(packed: AsyncIterable<Uint8Array>, source: string): AsyncGenerator<Uint8Array> {
  const input = packed[Symbol.asyncIterator]();
  let fed = 0;
  let lastByte = 0;
  let ended = false;
  const next = async (): Promise<Uint8Array | undefined> => {
    const { done, value } = await input.next();
    if (done) {
      ended = true;
      return undefined;
    }
    const last = value.findLastIndex((byte) => byte !== 0);
    if (last >= 0) lastByte = fed + last + 1;
    fed += value.length;
    return value;
  };
  async function* feed(): AsyncGenerator<Uint8Array> {
    for (let chunk = await next(); chunk; chunk = await next()) yield chunk;
  }
  const unpacked = createGunzip({ chunkSize: CHUNK_BYTES });
  const pump = pipeline(Readable.from(feed()), unpacked);
  // The same error comes out of the loop below.
  pump.catch(() => undefined);
  let offset = 0;
  try {
    for await (const chunk of unpacked) {
      offset += chunk.length;
      yield chunk;
    }
    while (!ended && (await next()));
  } catch (cause) {
    if (!isZlib(cause)) throw cause;
    const what =
      cause.code === 'Z_BUF_ERROR'
        ? `ends in the middle of its gzip stream, after ${fed} bytes: it is cut off`
        : `is damaged as gzip: ${messageOf(cause)}`;
    throw damaged(source, what, offset, cause);
  } finally {
    unpacked.destroy();
    await input.return?.();
  }
  if (lastByte > unpacked.bytesWritten) {
    throw damaged(source, `holds more after its gzip stream, from byte ${unpacked.bytesWritten} on`, offset);
  }
}

/** As much as can be unpacked of the beginning of a gzip stream, at most `maxBytes`. */
export async function gunzipHead(head: Uint8Array, maxBytes: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const piece of gunzip(Readable.from([head]), '')) {
      pieces.push(piece);
      length += piece.length;
      if (length >= maxBytes) break;
    }
  } catch (error) {
    if (!(error instanceof InputFault)) throw error;
  }
  return Buffer.concat(pieces, length).subarray(0, maxBytes);
}

function damaged(source: string, what: string, offset: number, cause?: unknown): InputFault {
  return new InputFault({ code: 'INPUT_GZIP_DAMAGED', message: `${source} ${what}`, source, offset }, cause);
}

function isZlib(thrown: unknown): thrown is Error & { code: string } {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' && thrown.code.startsWith('Z_');
}
