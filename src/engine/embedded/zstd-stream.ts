import { Buffer } from 'node:buffer';
import { Transform, type TransformCallback } from 'node:stream';
import { Decompress } from 'fzstd';

/** The largest window that a frame may ask for, as of the `zstd` command without --long: its decoder reserves it at once. */
const MOST_WINDOW = 128 * 1024 * 1024;
const MAGIC = 0xfd2fb528;
/** Magic, descriptor, and the longest fields behind it. */
const HEADER_BYTES = 18;

/**
 * Window that the header of the first frame announces, bytes; 0 for what is no such frame.
 * Format: https://github.com/facebook/zstd/blob/dev/doc/zstd_compression_format.md
 */
export function windowOf(head: Buffer): number {
  if (head.length < 6 || head.readUInt32LE(0) !== MAGIC) return 0;
  const descriptor = head[4] as number;
  if ((descriptor & 32) === 0) {
    const byte = head[5] as number;
    const base = 2 ** (10 + (byte >> 3));
    return base + (base / 8) * (byte & 7);
  }
  const at = 5 + ([0, 1, 2, 4][descriptor & 3] as number);
  const size = [1, 2, 4, 8][descriptor >> 6] as number;
  if (head.length < at + size) return 0;
  return size === 8 ? Number(head.readBigUInt64LE(at)) : head.readUIntLE(at, size) + (size === 2 ? 256 : 0);
}

/** Decodes Zstandard frames, which Node 20's zlib does not know. Its errors are named as zlib's are. */
export function createZstdDecoder(): Transform {
  let head: Buffer | undefined = Buffer.alloc(0);
  /** The header is looked at before the decoder sees it. */
  const push = (chunk: Buffer, last: boolean) => {
    if (head === undefined) return decoder.push(chunk, last);
    head = Buffer.concat([head, chunk]);
    if (head.length < HEADER_BYTES && !last) return;
    if (windowOf(head) > MOST_WINDOW) throw new Error('its window is larger than 128 MiB');
    const whole = head;
    head = undefined;
    decoder.push(whole, last);
  };
  const stream: Transform = new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      settle(() => push(chunk, false), done);
    },
    flush(done: TransformCallback) {
      settle(() => push(Buffer.alloc(0), true), done);
    },
  });
  const decoder = new Decompress((plain) => stream.push(Buffer.from(plain)));
  return stream;
}

function settle(work: () => void, done: TransformCallback): void {
  try {
    work();
    done();
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    done(Object.assign(new Error(`Zstandard: ${message}`), { code: 'Z_ZSTD_ERROR' }));
  }
}
