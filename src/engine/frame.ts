import type { Dialect } from './dialect.ts';

/** Turns off the checksum of native compressed blocks, which is CityHash128 and dear to make here; TCP has its own. */
const UNCHECKED = 'http_native_compression_disable_checksumming_on_decompress';
/** Known by servers whose HTTP reader tells a body that broke off from one that ended (21.3 and newer; the setting came with 21.11). */
const NEWER = 'async_insert';
/** DBMS_MAX_COMPRESSED_SIZE of ClickHouse's CompressionInfo.h, 1 GiB. */
const MAX_BYTES = 0x4000_0000;

/** 16 bytes of checksum, then a block's own head: method, compressed size with this head, size. */
const CHECKSUM_BYTES = 16;
const HEAD_BYTES = 9;
const METHOD_NONE = 0x02;

/** Parameters of the URL by which a server reads a framed body. */
export const FRAME_PARAMETERS = { decompress: '1', [UNCHECKED]: '1' } as const;

/**
 * Whether a body must be framed to be stored whole or not at all. Servers before 21.3 take a connection that ends for the
 * end of the rows: 500 rows of a batch of 1000 were stored by 18.16 when its client was killed between two of them.
 */
export function mustFrame({ settings, acceptsSettings }: Dialect, bytes: number): boolean {
  const old = settings?.has(UNCHECKED) === true && !settings.has(NEWER);
  return old && acceptsSettings && bytes > 0 && bytes < MAX_BYTES - HEAD_BYTES;
}

/** The body as one native block of the method NONE: its size stands before it, so that the server misses what is missing (code 33). */
export async function* framed(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const head = Buffer.alloc(CHECKSUM_BYTES + HEAD_BYTES);
  head[CHECKSUM_BYTES] = METHOD_NONE;
  head.writeUInt32LE(bytes.length + HEAD_BYTES, CHECKSUM_BYTES + 1);
  head.writeUInt32LE(bytes.length, CHECKSUM_BYTES + 5);
  yield head;
  yield bytes;
}
