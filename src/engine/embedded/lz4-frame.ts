import { Buffer } from 'node:buffer';
import { Transform, type TransformCallback } from 'node:stream';

const MAGIC = 0x184d2204;
/** Frames that hold nothing of ours, 0x184D2A50 to 0x184D2A5F. */
const SKIPPABLE = 0x184d2a50;
const UNCOMPRESSED = 0x80000000;
/** As far back may a match point, and as much of what went before may linked blocks use. */
const WINDOW = 64 * 1024;
/** The largest block that a frame may announce. */
const LARGEST = 4 * 1024 * 1024;

/** Names itself as zlib's errors do, so that it is met as they are. */
function broken(message: string): Error {
  return Object.assign(new Error(`LZ4 frame: ${message}`), { code: 'Z_LZ4_ERROR' });
}

/**
 * Decodes one LZ4 block behind `before`, which it may refer to.
 * Format: https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md
 * @throws when it is none, or holds more than `most` bytes
 */
export function decodeBlock(input: Uint8Array, before: Uint8Array, most: number): Buffer {
  const out = Buffer.allocUnsafe(before.length + most);
  out.set(before);
  let at = before.length;
  let read = 0;
  const long = (length: number): number => {
    if (length < 15) return length;
    let total = length;
    for (let more = 255; more === 255; total += more) {
      const next = input[read];
      if (next === undefined) throw broken('a length has no end');
      read += 1;
      more = next;
    }
    return total;
  };
  while (read < input.length) {
    const token = input[read] as number;
    read += 1;
    const literals = long(token >> 4);
    if (read + literals > input.length || at + literals > out.length)
      throw broken('more literals than there is room for');
    out.set(input.subarray(read, read + literals), at);
    at += literals;
    read += literals;
    if (read === input.length) break;
    if (read + 2 > input.length) throw broken('a match without an offset');
    const offset = (input[read] as number) | ((input[read + 1] as number) << 8);
    read += 2;
    const length = long(token & 15) + 4;
    if (offset === 0 || offset > at || at + length > out.length) throw broken('a match that points outside');
    // A match may overlap itself: byte by byte then, as the format wants it.
    if (offset >= length) out.copyWithin(at, at - offset, at - offset + length);
    else for (let step = 0; step < length; step += 1) out[at + step] = out[at + step - offset] as number;
    at += length;
  }
  // A copy: a small block must not hold the room for the largest.
  return Buffer.from(out.subarray(before.length, at));
}

interface Frame {
  linked: boolean;
  checksums: boolean;
  contentChecksum: boolean;
  most: number;
}

/**
 * Decodes LZ4 frames, one after another, as `Content-Encoding: lz4` carries them. Holds one block and the 64 KiB before it.
 * Checksums are passed over: the transport has its own.
 * Format: https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md
 */
export function createLz4Decoder(): Transform {
  let held: Buffer = Buffer.alloc(0);
  let frame: Frame | undefined;
  let window: Buffer = Buffer.alloc(0);
  let skip = 0;

  const header = (): boolean => {
    if (held.length < 4) return false;
    const magic = held.readUInt32LE(0);
    if (magic >= SKIPPABLE && magic <= SKIPPABLE + 15) {
      if (held.length < 8) return false;
      skip = held.readUInt32LE(4);
      held = held.subarray(8);
      return true;
    }
    if (magic !== MAGIC) throw broken('it does not begin as one');
    if (held.length < 7) return false;
    const flags = held[4] as number;
    if (flags >> 6 !== 1) throw broken('of a version that is not known');
    const size = 7 + (flags & 8 ? 8 : 0) + (flags & 1 ? 4 : 0);
    if (held.length < size) return false;
    if (flags & 1) throw broken('it needs a dictionary');
    const most = 2 ** (8 + 2 * (((held[5] as number) >> 4) & 7));
    if (most < WINDOW || most > LARGEST) throw broken('of a block size that is not known');
    frame = { linked: (flags & 32) === 0, checksums: (flags & 16) !== 0, contentChecksum: (flags & 4) !== 0, most };
    window = Buffer.alloc(0);
    held = held.subarray(size);
    return true;
  };

  /** Takes one block; undefined where more bytes are needed. */
  const block = ({ linked, checksums, contentChecksum, most }: Frame): Buffer | undefined => {
    if (held.length < 4) return undefined;
    const word = held.readUInt32LE(0);
    if (word === 0) {
      const size = contentChecksum ? 8 : 4;
      if (held.length < size) return undefined;
      held = held.subarray(size);
      frame = undefined;
      return Buffer.alloc(0);
    }
    const length = word & ~UNCOMPRESSED;
    if (length > most) throw broken('a block larger than announced');
    const end = 4 + length + (checksums ? 4 : 0);
    if (held.length < end) return undefined;
    const data = held.subarray(4, 4 + length);
    const plain = word & UNCOMPRESSED ? Buffer.from(data) : decodeBlock(data, linked ? window : Buffer.alloc(0), most);
    if (linked) window = Buffer.from(Buffer.concat([window, plain]).subarray(-WINDOW));
    held = held.subarray(end);
    return plain;
  };

  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      try {
        for (;;) {
          if (skip > 0) {
            const passed = Math.min(skip, held.length);
            held = held.subarray(passed);
            skip -= passed;
            if (skip > 0) break;
          }
          if (frame === undefined) {
            if (!header()) break;
            continue;
          }
          const plain = block(frame);
          if (plain === undefined) break;
          if (plain.length > 0) this.push(plain);
        }
        done();
      } catch (thrown) {
        done(thrown instanceof Error ? thrown : broken(String(thrown)));
      }
    },
    flush(done: TransformCallback) {
      done(frame === undefined && held.length === 0 && skip === 0 ? null : broken('it is cut off'));
    },
  });
}
