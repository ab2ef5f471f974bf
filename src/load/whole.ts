import { createHash, type Hash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Source } from '../model/source.ts';
import { goOn } from './journal/go-on.ts';
import type { Past } from './journal/past.ts';
import { type Parcel, type Sender, send } from './send.ts';
import { BLOCK_ROWS } from './settings.ts';

/** Sends a source of a format that only the engine can cut (Parquet …) in one INSERT, as a stream. @throws EngineError, InputFault */
export async function sendWhole(sender: Sender, source: Source, past?: Past): Promise<void> {
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
  const parcel: Parcel = {
    source: source.name,
    format: source.format,
    index: 0,
    rows: source.rows,
    dedupToken: `${sender.originId}-${source.name}-whole-${source.bytesTotal ?? 0}`,
    oneBlock: source.rows !== undefined && source.rows <= BLOCK_ROWS,
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
  };
  const earlier = past?.of(sender.table, source.name, 0);
  if (earlier === undefined || (await goOn(sender, parcel, earlier))) await send(sender, parcel);
}
