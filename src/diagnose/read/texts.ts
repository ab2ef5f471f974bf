import { InputReader, type ReadInput } from './input.ts';
import { AS_UTC } from './moment.ts';

/** Reads one text whole, as an input of this name. */
export function readText(name: string, text: string): ReadInput {
  const reader = new InputReader(name, { server: AS_UTC, client: AS_UTC });
  reader.push(Buffer.from(text, 'utf8'));
  return reader.end();
}

/** Reads a stream chunk by chunk. */
export async function readStream(name: string, chunks: AsyncIterable<Uint8Array>): Promise<ReadInput> {
  const reader = new InputReader(name, { server: AS_UTC, client: AS_UTC });
  for await (const chunk of chunks) reader.push(chunk);
  return reader.end();
}
