import { createReadStream } from 'node:fs';
import { PassThrough, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import type { ArchiveEntry } from './entry.ts';
import type { Gate } from './gate.ts';

/** Counts the unpacked stream itself, so that long headers and padding weigh as well. */
function meter(gate: Gate): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      try {
        gate.bytes(chunk.byteLength);
        done(null, chunk);
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)));
      }
    },
  });
}

/** Files of a tar.gz, or of a plain tar, in their order, nothing written to disk. */
export async function* readTar(path: string, gate: Gate, gzip = true): AsyncGenerator<ArchiveEntry> {
  const unpack = extract();
  let failure: unknown;
  const plain = gzip ? createGunzip() : new PassThrough();
  const piped = pipeline(createReadStream(path), plain, meter(gate), unpack).catch((error) => {
    failure = error;
  });
  try {
    for await (const entry of unpack) {
      const { name, type, size } = entry.header;
      gate.entry();
      if (type === 'directory') {
        entry.resume();
        continue;
      }
      // tar's own `./` before each name (`tar -czf x.tgz ./folder`) says nothing.
      const plain = name.replace(/^(\.\/)+/, '');
      if (type !== 'file') gate.notFile(plain, `a ${type}`);
      // streamx streams iterate over their chunks; its types leave that out.
      const content = entry as unknown as AsyncIterable<Uint8Array>;
      yield { path: gate.packed(plain), bytes: size, content };
      entry.resume();
    }
    // The gzip trailer is checked only when the stream has ended.
    await piped;
    if (failure !== undefined) throw failure;
  } catch (error) {
    // Which side notices first is a matter of timing; the pipe's error is the cause.
    unpack.destroy();
    await piped;
    throw failure instanceof Error && !/premature close/i.test(failure.message) ? failure : error;
  } finally {
    unpack.destroy();
    await piped;
  }
}
