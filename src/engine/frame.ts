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

/** Small enough that a server is never without bytes to read for long, and large enough to cost nothing. */
const FRAME_BYTES = 1 << 20;

const ALLOWED_ERRORS = ['input_format_allow_errors_num', 'input_format_allow_errors_ratio'];

/**
 * Whether a body may come in several frames, so that the server reads rows while the next are on their way. It then takes a connection
 * that ends between two for the end of the rows: those before it must be one block, which half a row at its end spoils as a whole.
 * @param settings of the statement, over those of the user and the server
 */
export function mayDivide(rows: number | undefined, settings: Readonly<Record<string, string | number>>): boolean {
  if (rows === undefined || !(rows < Number(settings.max_insert_block_size ?? 0))) return false;
  return ALLOWED_ERRORS.every((name) => Number(settings[name] ?? 0) === 0);
}

/**
 * The body as native blocks of the method NONE: the size of each stands before it, so that the server misses what is missing (code 33).
 * @param places inside rows, ascending, where one frame may end
 */
export async function* framed(bytes: Uint8Array, places: readonly number[] = []): AsyncGenerator<Uint8Array> {
  let from = 0;
  for (const place of [...places, bytes.length]) {
    if (place < bytes.length && place - from < FRAME_BYTES) continue;
    yield head(place - from);
    yield bytes.subarray(from, place);
    from = place;
  }
}

function head(bytes: number): Uint8Array {
  const made = Buffer.alloc(CHECKSUM_BYTES + HEAD_BYTES);
  made[CHECKSUM_BYTES] = METHOD_NONE;
  made.writeUInt32LE(bytes + HEAD_BYTES, CHECKSUM_BYTES + 1);
  made.writeUInt32LE(bytes, CHECKSUM_BYTES + 5);
  return made;
}

/** Whether of a body sent like this nothing is stored before its last byte has come: framed, or to a server that misses what is missing. */
export function storedWhole({ settings }: Dialect, inFrame: boolean): boolean {
  return inFrame || settings?.has(NEWER) === true;
}

/** The same bytes, the last of them no sooner than `ready` says. */
export async function* heldBack(pieces: AsyncIterable<Uint8Array>, ready: Promise<void>): AsyncGenerator<Uint8Array> {
  let last: Uint8Array = new Uint8Array();
  for await (const piece of pieces) {
    yield last;
    last = piece;
  }
  yield last.subarray(0, -1);
  await ready;
  yield last.subarray(-1);
}
