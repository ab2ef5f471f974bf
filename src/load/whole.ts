import { createHash, type Hash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Source } from '../model/source.ts';
import { type Sender, send } from './send.ts';

/** Sends a source of a format that only the engine can cut (Parquet …) in one INSERT, as a stream. @throws EngineError, InputFault */
export async function sendWhole(sender: Sender, source: Source): Promise<void> {
  const { tally } = sender;
  if (source.rows === undefined) tally.rowsRead = undefined;
  else if (tally.rowsRead !== undefined) tally.rowsRead += source.rows;
  if (source.rows === 0) return;
  let bytes = 0;
  let hash = createHash('sha256');
  let ended = false;
  async function* counted(into: Hash): AsyncGenerator<Uint8Array> {
    for await (const chunk of source.open(sender.signal, (read) => sender.meter.read(read))) {
      bytes += chunk.length;
      into.update(chunk);
      yield chunk;
    }
    ended = true;
  }
  let sha256: string | undefined;
  await send(sender, {
    source: source.name,
    format: source.format,
    index: 0,
    rows: source.rows,
    body() {
      bytes = 0;
      ended = false;
      sha256 = undefined;
      hash = createHash('sha256');
      return Readable.from(counted(hash), { objectMode: false });
    },
    facts() {
      if (ended) sha256 ??= hash.digest('hex');
      return { from: 0, to: bytes, bytes, sha256 };
    },
  });
}
