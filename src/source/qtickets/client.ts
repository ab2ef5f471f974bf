import { Agent, type Dispatcher, request } from 'undici';
import { z } from 'zod';
import { messageOf } from '../../kernel/errors.ts';
import { ApiError } from './errors.ts';
import { RETRIES, type RetryPolicy, retryAfter, withRetries } from './patience.ts';
import { readJson } from './read-answer.ts';
import { keptBody, mediaType, plainWords, requestIdOf, shownPath } from './words.ts';

export interface ClientOptions {
  /** `https://qtickets.ru/api/rest/v1` */
  baseUrl: string;
  token: string;
  signal: AbortSignal;
  /** Longest time of one request to its last byte, ms; default 30 000. */
  timeoutMs?: number | undefined;
  retries?: RetryPolicy | undefined;
  /** Requests at a time; default 4. */
  concurrency?: number | undefined;
  /** Told each request when its outcome is known. */
  onRequest?: ((record: RequestRecord) => void) | undefined;
}

/** One request, for the archive. There is no verb but GET, and never a token. */
export interface RequestRecord {
  at: string;
  verb: 'GET';
  path: string;
  body: unknown;
  /** 0-based. */
  attempt: number;
  ms: number;
  status?: number | undefined;
  bytes?: number | undefined;
  request_id?: string | undefined;
  failure?: string | undefined;
}

export interface Client {
  /** Asks with a JSON body, as this API wants it: what stands in the query string is ignored there. @throws ApiError */
  get(path: string, body: Record<string, unknown>): Promise<unknown>;
  close(): Promise<void>;
}

const MOST_BYTES = 128 * 1024 * 1024;
const REQUEST_IDS = ['x-request-id', 'x-requestid', 'cf-ray'];

/** How the API words a failure: in the body of a status of its own, or (Partners) inside a 200. */
const worded = z.looseObject({
  error: z.string().optional(),
  message: z.string().optional(),
  code: z.string().optional(),
});

function header(headers: Dispatcher.ResponseData['headers'], names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = headers[name];
    if (value !== undefined) return String(value).slice(0, 200);
  }
  return undefined;
}

async function readBody(body: AsyncIterable<Uint8Array>, path: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MOST_BYTES)
      throw new ApiError({ code: 'API_SHAPE', message: `GET ${path} answered more than 128 MiB`, path });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function codeFor(status: number): 'API_REFUSED' | 'API_NOT_FOUND' | 'API_HTTP' {
  if (status === 401 || status === 403) return 'API_REFUSED';
  return status === 404 ? 'API_NOT_FOUND' : 'API_HTTP';
}

function isError(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'status' in value && value.status === 'error';
}

/** A client that can do nothing but read. */
export function createClient(options: ClientOptions): Client {
  const { token, signal, timeoutMs = 30_000, retries = RETRIES, concurrency = 4 } = options;
  const base = options.baseUrl.replace(/\/+$/, '');
  const agent = new Agent({ connect: { timeout: timeoutMs }, headersTimeout: timeoutMs, bodyTimeout: timeoutMs });
  const waiting: (() => void)[] = [];
  let busy = 0;

  const wordsOf = (value: unknown): string => {
    const parsed = worded.safeParse(value);
    if (!parsed.success) return '';
    const { error, message, code } = parsed.data;
    const said = [error ?? message, code].filter((word) => word !== undefined && word !== '').join(', ');
    return said === '' ? '' : `: ${plainWords(said)}`;
  };

  async function answer(asked: string, body: Record<string, unknown>, record: RequestRecord): Promise<unknown> {
    const { path } = record;
    const over = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const reply = await request(`${base}${asked}`, {
      method: 'GET',
      body: JSON.stringify(body),
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        'content-type': 'application/json',
        'cache-control': 'no-cache',
      },
      dispatcher: agent,
      signal: over,
    });
    const { statusCode: status, headers } = reply;
    record.status = status;
    const requestId = requestIdOf(header(headers, REQUEST_IDS));
    record.request_id = requestId;
    const bytes = await readBody(reply.body, path);
    record.bytes = bytes.length;
    const contentType = mediaType(header(headers, ['content-type']));
    const received = { path, status, contentType, requestId, bytes };
    if (status === 200) {
      const value = readJson(received);
      if (!isError(value)) return value;
      const message = `GET ${path} answered an error inside a 200${wordsOf(value)}`;
      throw new ApiError({ code: 'API_REFUSED', message, path, status, requestId });
    }
    let words = '';
    try {
      words = wordsOf(readJson(received));
    } catch {
      words = contentType === '' ? '' : ` (${contentType})`;
    }
    throw new ApiError({
      code: codeFor(status),
      message: `GET ${path} answered ${status}${words}`,
      path,
      status,
      requestId,
      retryAfterMs: retryAfter(header(headers, ['retry-after']), Date.now()),
    });
  }

  function failureOf(thrown: unknown, path: string): ApiError {
    if (thrown instanceof ApiError) return thrown;
    if (signal.aborted) return new ApiError({ code: 'API_CANCELED', message: `GET ${path} was stopped`, path });
    const name = thrown instanceof Error ? thrown.name : '';
    if (/Timeout/.test(name))
      return new ApiError({
        code: 'API_TIMEOUT',
        message: `GET ${path} was not answered whole within ${timeoutMs} ms`,
        path,
      });
    const inner = thrown instanceof Error && thrown.cause !== undefined ? messageOf(thrown.cause) : messageOf(thrown);
    return new ApiError({
      code: 'API_UNREACHABLE',
      message: `GET ${path} got no answer: ${inner.replaceAll(token, '‹token›').replace(/\s+/g, ' ').slice(0, 200)}`,
      path,
    });
  }

  async function once(asked: string, body: Record<string, unknown>, attempt: number): Promise<unknown> {
    const path = shownPath(asked);
    if (signal.aborted) throw failureOf(signal.reason, path);
    if (busy >= concurrency) await new Promise<void>((go) => waiting.push(go));
    else busy += 1;
    const started = performance.now();
    const record: RequestRecord = {
      at: new Date().toISOString(),
      verb: 'GET',
      path,
      body: keptBody(body),
      attempt,
      ms: 0,
    };
    try {
      return await answer(asked, body, record);
    } catch (thrown) {
      const failure = failureOf(thrown, path);
      record.failure = failure.message;
      throw failure;
    } finally {
      record.ms = Math.round(performance.now() - started);
      options.onRequest?.(record);
      const next = waiting.shift();
      // The place goes over to whoever waits longest.
      if (next) next();
      else busy -= 1;
    }
  }

  return {
    get: (path, body) => withRetries(retries, signal, (attempt) => once(path, body, attempt)),
    close: () => agent.destroy(),
  };
}
