import http from 'node:http';
import https from 'node:https';
import type { AddressInfo, Server, Socket } from 'node:net';
import net from 'node:net';
import type { TargetConfig } from '../../src/model/target.ts';

export interface Listening {
  port: number;
  url: string;
  close(): Promise<void>;
}

/** Listens on a free loopback port and can be closed with every connection it has. */
export async function listen(server: Server, scheme = 'http'): Promise<Listening> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
  };
  server.on('connection', keep);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `${scheme}://127.0.0.1:${port}`,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** What a modern server says of its settings, as far as the handshake reads it. */
export const SETTINGS = [
  'http_write_exception_in_output_format\t0',
  'insert_deduplication_token\t',
  'log_comment\t',
  'max_threads\tauto(2)',
  'output_format_json_quote_64bit_integers\t0',
  'output_format_json_quote_decimals\t0',
  'readonly\t0',
  '',
].join('\n');

export interface Asked {
  sql: string;
  url: URL;
  headers: http.IncomingHttpHeaders;
  body: Buffer;
}

export type Reply = (asked: Asked, response: http.ServerResponse) => void;

/** Answers the handshake as ClickHouse does, and everything else as the test says. */
export function likeClickHouse(reply: Reply, settings = SETTINGS): http.RequestListener {
  return (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const url = new URL(request.url ?? '/', 'http://stub.invalid');
      const sql = url.searchParams.get('query') ?? body.toString();
      response.setHeader('X-ClickHouse-Query-Id', url.searchParams.get('query_id') ?? '');
      if (sql.includes('system.settings')) response.end(settings);
      else if (sql.includes('{chwitness:UInt8}')) response.end('7\n');
      else reply({ sql, url, headers: request.headers, body }, response);
    });
  };
}

export function startStub(reply: Reply, settings?: string): Promise<Listening> {
  return listen(http.createServer(likeClickHouse(reply, settings)));
}

export function startTlsStub(options: https.ServerOptions, listener: http.RequestListener): Promise<Listening> {
  return listen(https.createServer(options, listener), 'https');
}

/** A port at which every connection meets `greet` and no HTTP. */
export function startSocket(greet: (socket: Socket) => void): Promise<Listening> {
  return listen(net.createServer(greet));
}

export function targetConfig(url: string, change: Partial<TargetConfig> = {}): TargetConfig {
  return {
    kind: 'server',
    url,
    database: 'default',
    user: 'loader',
    password: 'pw-canary-81423',
    connectTimeoutMs: 1000,
    requestTimeoutMs: 5000,
    settings: {},
    origin: 'test',
    ...change,
  };
}
