import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { createZstdDecoder } from '../../../src/engine/embedded/zstd-stream.ts';

/** A frame of one block that is not compressed, by the format's own description. */
function frame(text: string): Buffer {
  const body = Buffer.from(text);
  const block = (body.length << 3) | 1;
  return Buffer.concat([
    Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, body.length, block & 255, (block >> 8) & 255, block >> 16]),
    body,
  ]);
}

async function decode(bytes: Buffer, size: number): Promise<string> {
  const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
    bytes.subarray(at * size, (at + 1) * size),
  );
  const parts: Buffer[] = [];
  for await (const part of Readable.from(chunks).pipe(createZstdDecoder())) parts.push(part);
  return Buffer.concat(parts).toString();
}

const FRAMES = [frame('{"a":1}\n{"a"'), frame(''), frame(':2}\n')];

test.each([1, 7, 1000])(
  'several frames after each other, an empty one among them, arriving %d bytes at a time',
  async (size) => {
    expect(await decode(Buffer.concat(FRAMES), size)).toBe('{"a":1}\n{"a":2}\n');
  },
);

test('what is cut off anywhere but between frames is refused', async () => {
  const whole = Buffer.concat(FRAMES);
  const ends = new Set(FRAMES.map((_, at) => Buffer.concat(FRAMES.slice(0, at + 1)).length));
  const taken = [];
  for (let length = 1; length < whole.length; length += 1) {
    const told = await decode(whole.subarray(0, length), 1000).catch(() => 'refused');
    if ((told === 'refused') === ends.has(length)) taken.push({ length, told });
  }
  expect(taken).toEqual([]);
});
