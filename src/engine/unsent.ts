import type { Reply, Sent } from './exchange.ts';

async function* nothing(): AsyncGenerator<Buffer> {}

/** What a statement that is only listed is answered with: nothing. Its body is read, so that its rows are cut and counted. */
export async function unsent(queryId: string, body: AsyncIterable<Uint8Array> | undefined, sent: Sent): Promise<Reply> {
  for await (const chunk of body ?? []) sent.bytes += chunk.length;
  return { queryId, headers: {}, body: nothing(), abandon: () => undefined, sent };
}
