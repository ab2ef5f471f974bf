import type { Readable } from 'node:stream';
import { messageOf } from '../kernel/errors.ts';
import { InputFault } from '../model/source.ts';
import { type Origin, readAtLeast } from './origin.ts';

/**
 * Standard input or a named pipe: read once, from its beginning to its end. What `peek` has read is kept for `open`.
 * @param start called at the first read
 * @param stopped ends the wait for bytes that do not come, before `open` as well
 */
export function streamOrigin(name: string, start: () => NodeJS.ReadableStream, stopped: AbortSignal): Origin {
  let stream: NodeJS.ReadableStream | undefined;
  let chunks: AsyncIterator<Uint8Array> | undefined;
  let head: Uint8Array = new Uint8Array();
  let complete = false;
  let opened = false;

  const begin = (): AsyncIterator<Uint8Array> => {
    if (chunks) return chunks;
    const begun = start();
    // Destroyed, it also no longer keeps the process alive.
    stopped.addEventListener('abort', () => destroy(begun, stopped.reason), { once: true });
    stream = begun;
    chunks = bytesOf(begun);
    return chunks;
  };

  return {
    name,
    fileName: name,
    async peek(maxBytes) {
      if (!complete && head.length < maxBytes) {
        const more = await readAtLeast(begin(), maxBytes - head.length);
        head = Buffer.concat([head, more.bytes]);
        complete = more.complete;
      }
      return { bytes: head.subarray(0, maxBytes), complete: complete && head.length <= maxBytes };
    },
    async *open(signal, read) {
      if (opened) {
        const message = `${name} was read once, and cannot be read again`;
        throw new InputFault({ code: 'INPUT_READ_TWICE', message, source: name });
      }
      opened = true;
      const rest = begin();
      const stop = () => stream && destroy(stream, signal.reason);
      let offset = 0;
      signal.addEventListener('abort', stop, { once: true });
      try {
        signal.throwIfAborted();
        const first = head;
        head = new Uint8Array();
        for (let chunk: Uint8Array | undefined = first; chunk; ) {
          if (chunk.length > 0) {
            read?.(chunk.length);
            offset += chunk.length;
            yield chunk;
          }
          const next = complete ? { done: true as const } : await rest.next();
          chunk = next.done ? undefined : next.value;
        }
        signal.throwIfAborted();
      } catch (cause) {
        signal.throwIfAborted();
        if (cause instanceof InputFault) throw cause;
        const message = `${name} could be read up to byte ${offset}: ${messageOf(cause)}`;
        throw new InputFault({ code: 'INPUT_UNREADABLE', message, source: name, offset }, cause);
      } finally {
        signal.removeEventListener('abort', stop);
      }
    },
  };
}

function destroy(stream: NodeJS.ReadableStream, reason: unknown): void {
  if ('destroy' in stream) (stream as Readable).destroy(reason instanceof Error ? reason : undefined);
}

async function* bytesOf(stream: NodeJS.ReadableStream): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}
