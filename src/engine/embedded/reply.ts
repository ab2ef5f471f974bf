import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { constants, createBrotliCompress, createDeflate, createGzip } from 'node:zlib';
import type { Engine } from './engine.ts';
import { type EngineException, exception, parseException } from './exception.ts';
import { contentType } from './formats.ts';
import { type Outcome, summary } from './outcome.ts';
import type { QueryRequest } from './request.ts';
import type { Result } from './select.ts';
import { statusOf } from './status.ts';

/** As much of a result is held back before the answer begins, so that an early exception still gets its own status: the server's buffer_size. */
const HELD_BACK_BYTES = 1024 * 1024;

/** Sends an exception as the whole answer. */
export function sendException(
  response: ServerResponse,
  thrown: EngineException,
  about: { version: string; queryId?: string },
): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const text = Buffer.from(`${thrown.text(about.version)}\n`);
  const status = statusOf(thrown.code);
  response.statusCode = status;
  if (status === 401) response.setHeader('WWW-Authenticate', 'Basic realm="ClickHouse server HTTP API"');
  if (about.queryId !== undefined) response.setHeader('X-ClickHouse-Query-Id', headerText(about.queryId));
  response.setHeader('X-ClickHouse-Exception-Code', String(thrown.code));
  response.setHeader('Content-Type', 'text/plain; charset=UTF-8');
  response.setHeader('Content-Length', text.length);
  response.end(text);
}

/** Headers that every answer to a statement has. */
export function stateHeaders(response: ServerResponse, engine: Engine, request: QueryRequest): void {
  response.setHeader('X-ClickHouse-Query-Id', headerText(request.queryId));
  response.setHeader('X-ClickHouse-Server-Display-Name', engine.hostname);
  response.setHeader('X-ClickHouse-Timezone', engine.timezone);
}

/** A client's text as a header's value: its bytes in UTF-8, as the server sends them, without those that would end the header. */
function headerText(text: string): string {
  return (
    Buffer.from(text)
      .toString('latin1')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters end a header line, so none may stand in one.
      .replace(/[\x00-\x1F\x7F]/g, ' ')
  );
}

/** An answer but for its end, which waits until session, query_id and log are in order: a client may go on at once after it. */
export interface Sent {
  /** The exception that broke the answer off. */
  failed: EngineException | undefined;
  end(): void;
}

/** An answer without a body: an INSERT, DDL. */
export function sendNothing(response: ServerResponse, outcome: Outcome): Sent {
  response.setHeader('X-ClickHouse-Summary', summary(outcome));
  response.setHeader('Content-Type', 'text/plain; charset=UTF-8');
  response.setHeader('Content-Length', 0);
  return { failed: undefined, end: () => response.end() };
}

/**
 * Sends a result with back-pressure, compressed where asked for. An exception after the first bytes is written into the body the way
 * servers since 25.11 do, under the tag that a header announced, and the connection is cut before the last chunk, so that a client that
 * knows nothing of tags (curl) sees a broken transfer and no result. @throws EngineException before the first byte
 */
export async function sendResult(response: ServerResponse, request: QueryRequest, result: Result): Promise<Sent> {
  const iterator = result.bytes[Symbol.asyncIterator]();
  const held: Uint8Array[] = [];
  let size = 0;
  let done = false;
  while (!done && size < HELD_BACK_BYTES) {
    const step = await next(iterator);
    if (step.done) done = true;
    else {
      held.push(step.value);
      size += step.value.length;
    }
  }
  const tag = randomBytes(8).toString('hex');
  response.setHeader('X-ClickHouse-Format', result.format);
  response.setHeader('Content-Type', contentType(result.format));
  response.setHeader('X-ClickHouse-Exception-Tag', tag);
  response.setHeader('X-ClickHouse-Summary', summary(done ? result.outcome : {}));
  let broken: EngineException | undefined;
  const out = compressed(response, request, () => (broken === undefined ? response.end() : response.socket?.end()));
  for (const chunk of held) await write(out, chunk);
  while (!done && !response.destroyed) {
    try {
      const step = await next(iterator);
      if (step.done) done = true;
      else await write(out, step.value);
    } catch (thrown) {
      broken = parseException(thrown);
      await write(out, exceptionTail(broken, tag));
      done = true;
    }
  }
  if (!done) broken = exception(210, 'NETWORK_ERROR', 'I/O error: Broken pipe, while writing to socket');
  const end = () => (broken === undefined ? out.end() : cut(response, out));
  return { failed: broken, end };
}

/** Sends what was written, then ends the connection without ending the answer. */
function cut(response: ServerResponse, out: Writable): void {
  if (out === response) response.socket?.end();
  else out.end();
}

async function next(iterator: AsyncIterator<Uint8Array>): Promise<IteratorResult<Uint8Array>> {
  try {
    return await iterator.next();
  } catch (thrown) {
    throw parseException(thrown);
  }
}

function exceptionTail(thrown: EngineException, tag: string): Buffer {
  const message = Buffer.from(`${thrown.text('')}\n`.replace(' (version )', ''));
  return Buffer.concat([
    Buffer.from(`\r\n__exception__\r\n${tag}\r\n`),
    message,
    Buffer.from(`${message.length} ${tag}\r\n__exception__\r\n`),
  ]);
}

function compressed(response: ServerResponse, request: QueryRequest, atEnd: () => void): Writable {
  if (request.encoding === undefined) return response;
  const encoder =
    request.encoding === 'gzip'
      ? createGzip({ level: 3 })
      : request.encoding === 'deflate'
        ? createDeflate({ level: 3 })
        : createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 3 } });
  response.setHeader('Content-Encoding', request.encoding);
  response.setHeader('Vary', 'Accept-Encoding');
  encoder.once('end', atEnd).pipe(response, { end: false });
  response.once('close', () => encoder.destroy());
  return encoder;
}

/** Writes and waits while the client is slower than we are; a client that went away ends the waiting. */
async function write(out: Writable, chunk: Uint8Array): Promise<void> {
  if (out.destroyed || chunk.length === 0) return;
  if (out.write(chunk)) return;
  const gone = new AbortController();
  await Promise.race([once(out, 'drain', { signal: gone.signal }), once(out, 'close', { signal: gone.signal })]).catch(
    () => undefined,
  );
  gone.abort();
}

/** Lets the rest of a request's body run out, so that the connection can serve the next one. */
export function drain(request: IncomingMessage): void {
  request.unpipe();
  request.resume();
}
