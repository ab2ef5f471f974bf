import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { authenticate, sameSecret } from './authenticate.ts';
import { readBody } from './body.ts';
import { describeSample, sampleOf } from './describe.ts';
import { exception, parseException } from './exception.ts';
import type { ChildOptions } from './options.ts';
import { drain, sendException } from './reply.ts';
import { header } from './request.ts';
import { type Serving, serveQuery } from './serve-query.ts';

/** ClickHouse's HTTP interface, as far as the embedded engine can honour it. */
export function httpEndpoint(serving: Serving, options: ChildOptions): Server {
  const server = createServer(
    { maxHeaderSize: 1024 * 1024, keepAlive: true, requestTimeout: 0 },
    (request, response) => {
      request.on('error', () => response.destroy());
      void serve(serving, options, request, response).catch((thrown: unknown) => {
        drain(request);
        sendException(response, parseException(thrown), { version: serving.engine.version });
      });
    },
  );
  // The server's own default is 10 s; a client that reuses a socket just then would meet a reset.
  server.keepAliveTimeout = 30_000;
  return server;
}

async function serve(
  serving: Serving,
  options: ChildOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const method = request.method ?? 'GET';
  const reading = method === 'GET' || method === 'HEAD';
  if (reading && ['/ping', '/replicas_status'].includes(url.pathname)) return plain(response, 200, 'Ok.\n');
  if (reading && url.pathname === '/' && url.search === '') return plain(response, 200, 'Ok.\n');
  if (url.pathname === '/internal/describe' && method === 'POST') {
    if (!sameSecret(header(request, 'x-chwitness-internal') ?? '', options.internalToken))
      return unknown(request, response, url);
    return describe(serving, options, request, response, url);
  }
  if (!['/', '/query'].includes(url.pathname) || !['GET', 'HEAD', 'POST', 'PUT'].includes(method))
    return unknown(request, response, url);
  const user = authenticate(request, url, options);
  await serveQuery(serving, request, response, url, user);
}

/** `format` in the URL, a sample in the body or a `path`; other parameters are settings. Answers `[{name, type}]`. */
async function describe(
  serving: Serving,
  options: ChildOptions,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const format = url.searchParams.get('format') ?? '';
  const path = url.searchParams.get('path');
  const settings = [...url.searchParams].filter(([name]) => name !== 'format' && name !== 'path');
  const body = await readBody(request);
  if (body.rest !== undefined) throw exception(307, 'TOO_MANY_BYTES', 'The sample is larger than 32 MiB');
  const sample = path === null ? body.head : await sampleOf(path, format, options.allowFiles);
  const columns = await describeSample(serving.engine, format, sample, settings);
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify(columns));
}

function plain(response: ServerResponse, status: number, text: string): void {
  response.statusCode = status;
  response.setHeader('Content-Type', 'text/html; charset=UTF-8');
  response.setHeader('Content-Length', Buffer.byteLength(text));
  response.end(text);
}

function unknown(request: IncomingMessage, response: ServerResponse, url: URL): void {
  drain(request);
  plain(
    response,
    404,
    `There is no handle ${url.pathname}\n\nUse / or /ping for health checks.\nSend queries from your program with POST method or GET /?query=...\n`,
  );
}
