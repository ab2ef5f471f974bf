import { Readable } from 'node:stream';
import { inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLz4Decoder, decodeBlock } from '../../../src/engine/embedded/lz4-frame.ts';

/** 30 000 times `{"a":1}` and a line end, by `lz4 -BD -B4 --content-size`: blocks of 64 KiB, each built on the one before. */
const LINKED = inflateSync(
  Buffer.from('eNpjUfKV8HFoWMnMAAKqQowMDP3VSolKVoa1XBwM/0c4eBAADojRUBkNFWJDZQ/DEA0VLoj7QcUAW6uzHwCHtL3b', 'base64'),
);
const ROWS = '{"a":1}\n'.repeat(30_000);

async function decode(chunks: Uint8Array[]): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of Readable.from(chunks).pipe(createLz4Decoder())) parts.push(part);
  return Buffer.concat(parts).toString();
}

function cutInto(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
}

test.each([1, 7, 1000, 1e6])('blocks that are built on each other, arriving %d bytes at a time', async (size) => {
  expect(await decode(cutInto(LINKED, size))).toBe(ROWS);
});

test('several frames after each other, one to be skipped among them', async () => {
  const skipped = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
  expect(await decode([LINKED, skipped, LINKED])).toBe(ROWS + ROWS);
});

test('what is cut off anywhere is refused', async () => {
  for (const end of [1, 5, 20, LINKED.length - 9, LINKED.length - 1])
    await expect(decode([LINKED.subarray(0, end)])).rejects.toThrow(/LZ4 frame: it is cut off/);
});

test('whatever the bytes are, a block is decoded or refused, and never larger than it may be', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      try {
        expect(decodeBlock(bytes, Buffer.from('before'), 1000).length).toBeLessThanOrEqual(1000);
      } catch (error) {
        expect(String(error)).toMatch(/LZ4 frame: /);
      }
    }),
  );
});
