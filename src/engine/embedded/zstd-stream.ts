import { Buffer } from 'node:buffer';
import { Transform, type TransformCallback } from 'node:stream';
import { Decompress } from 'fzstd';

/** Decodes Zstandard frames, which Node 20's zlib does not know. Its errors are named as zlib's are. */
export function createZstdDecoder(): Transform {
  const stream: Transform = new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      settle(() => decoder.push(chunk), done);
    },
    flush(done: TransformCallback) {
      settle(() => decoder.push(new Uint8Array(0), true), done);
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
