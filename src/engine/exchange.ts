import { Readable } from 'node:stream';
import type { SqlValue } from '../model/check.ts';
import { withoutTail } from './body-tail.ts';
import { EngineError, serverError } from './errors.ts';
import { type AnswerHead, foreignAnswer, fromClickHouse, headerText } from './foreign-answer.ts';
import { Patience } from './patience.ts';
import { socketError } from './socket-errors.ts';
import type { Wire } from './wire.ts';

/** Of an answer that is an error, or that should be empty, no more than this is read into memory. */
const TEXT_BYTES = 256 * 1024;
/** An error's text is waited for no longer than this. */
const TEXT_MS = 5000;

/** What became known of a request while it was under way. */
export interface Sent {
  bytes: number;
  /** `X-ClickHouse-Server-Display-Name` of the answer. */
  node?: string | undefined;
}

/** One request, settled to the last setting. */
export interface Request {
  sql: string;
  queryId: string;
  /** Everything that goes into the URL beside query and parameters: database and settings. */
  settings: Record<string, string>;
  params?: Record<string, SqlValue> | undefined;
  body?: AsyncIterable<Uint8Array> | undefined;
  /** `Content-Encoding` of the body. */
  encoding?: string | undefined;
  /** Counts the body's bytes as they go out, and keeps which node answered. */
  sent: Sent;
  signal?: AbortSignal | undefined;
  timeoutMs?: number | undefined;
  idleMs: number;
  /** For sentences: without credentials. */
  url: string;
  /** Whether earlier answers carried ClickHouse's headers, so that one without them is another's. */
  expectHeaders: boolean;
}

export interface Reply {
  queryId: string;
  headers: AnswerHead['headers'];
  /** Without what the server may have appended to it: that is thrown. */
  body: AsyncGenerator<Buffer>;
  /** Lets go of a body that is not read to its end. */
  abandon: () => void;
  sent: Sent;
}

/** Counts the outgoing bytes and tells patience who is waited for. An error of the source stays the source's. */
class Outgoing {
  failure: { thrown: unknown } | undefined;
  readonly stream: Readable;

  constructor(source: AsyncIterable<Uint8Array>, patience: Patience, sent: Sent) {
    this.stream = Readable.from(this.#pass(source, patience, sent), { objectMode: false });
  }

  async *#pass(source: AsyncIterable<Uint8Array>, patience: Patience, sent: Sent): AsyncGenerator<Buffer> {
    patience.resting();
    try {
      for await (const chunk of source) {
        if (chunk.length === 0) continue;
        sent.bytes += chunk.length;
        patience.waiting();
        yield Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
        patience.resting();
      }
    } catch (thrown) {
      this.failure = { thrown };
      throw thrown;
    }
    patience.waiting();
  }
}

async function* incoming(stream: Readable, patience: Patience, toError: (thrown: unknown) => unknown) {
  const stop = () => stream.destroy(new Error('given up'));
  patience.signal.addEventListener('abort', stop, { once: true });
  try {
    patience.waiting();
    for await (const chunk of stream) {
      patience.resting();
      yield Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk);
      patience.waiting();
    }
  } catch (thrown) {
    throw toError(thrown);
  } finally {
    patience.signal.removeEventListener('abort', stop);
    patience.end();
    stream.destroy();
  }
}

async function shortText(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  const timer = setTimeout(() => stream.destroy(), TEXT_MS);
  try {
    for await (const chunk of stream) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > TEXT_BYTES) break;
    }
  } catch {
    // What arrived before it broke off is all there is.
  } finally {
    clearTimeout(timer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** An answer that is an error by its status, its header or its author; undefined when its body is the result. */
async function errorOf(head: AnswerHead, stream: Readable, request: Request): Promise<EngineError | undefined> {
  const ours = fromClickHouse(head.headers);
  const headerCode = Number(headerText(head.headers, 'x-clickhouse-exception-code') ?? Number.NaN);
  const html = /text\/html/.test(headerText(head.headers, 'content-type') ?? '');
  const foreign = !ours && (html || request.expectHeaders);
  if (head.status === 200 && Number.isNaN(headerCode) && !foreign) return undefined;
  const text = await shortText(stream);
  const context = {
    queryId: headerText(head.headers, 'x-clickhouse-query-id') ?? request.queryId,
    httpStatus: head.status,
    headerCode: Number.isNaN(headerCode) || headerCode === 0 ? undefined : headerCode,
  };
  return serverError(text, context) ?? foreignAnswer(request.url, head, text, request.queryId);
}

/**
 * Sends one request and hands back its answer, once it is known to be a result so far. Never trusts a status of 200.
 * Throws `EngineError`, or what the source of the body threw.
 */
export async function exchange(wire: Wire, request: Request): Promise<Reply> {
  const { queryId, url } = request;
  const patience = new Patience({ signal: request.signal, totalMs: request.timeoutMs, idleMs: request.idleMs });
  const outgoing = request.body && new Outgoing(request.body, patience, request.sent);
  const toError = (thrown: unknown): unknown => {
    patience.end();
    if (outgoing?.failure) return outgoing.failure.thrown;
    return patience.error(queryId) ?? (thrown instanceof EngineError ? thrown : socketError(thrown, url, queryId));
  };
  try {
    const early = patience.error(queryId);
    if (early) throw early;
    patience.waiting();
    const answer = await wire.exec({
      query: request.sql,
      query_id: queryId,
      clickhouse_settings: request.settings,
      abort_signal: patience.signal,
      // Errors are examined here, whatever their status: the client's parser knows only the newer texts.
      ignore_error_response: true,
      ...(request.params === undefined ? {} : { query_params: { ...request.params } }),
      ...(outgoing === undefined ? {} : { values: outgoing.stream }),
      ...(request.encoding === undefined ? {} : { http_headers: { 'Content-Encoding': request.encoding } }),
    });
    const head: AnswerHead = { status: answer.http_status_code ?? 0, headers: answer.response_headers };
    request.sent.node = headerText(head.headers, 'x-clickhouse-server-display-name');
    const error = await errorOf(head, answer.stream, request);
    if (error) {
      outgoing?.stream.destroy();
      answer.stream.destroy();
      throw error;
    }
    patience.resting();
    const abandon = () => {
      patience.end();
      answer.stream.destroy();
    };
    const tag = headerText(head.headers, 'x-clickhouse-exception-tag');
    const body = withoutTail(incoming(answer.stream, patience, toError), tag, (text) => {
      const error = serverError(text, { queryId, httpStatus: head.status });
      return error ?? new EngineError({ failure: 'server', message: text, serverText: text, queryId });
    });
    return { queryId, headers: head.headers, body, abandon, sent: request.sent };
  } catch (thrown) {
    outgoing?.stream.destroy();
    throw toError(thrown);
  }
}

/** Reads an answer that should hold no result; an exception in it is thrown. */
export async function drain(reply: Reply, httpStatus = 200): Promise<string> {
  let text = '';
  for await (const chunk of reply.body) {
    if (text.length < TEXT_BYTES) text += chunk.toString('utf8');
  }
  const error = /^\s*(?:Code: |Poco::Exception|std::exception)/.test(text)
    ? serverError(text, { queryId: reply.queryId, httpStatus })
    : undefined;
  if (error) throw error;
  return text;
}
