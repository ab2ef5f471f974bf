import { request } from 'node:http';
import { type EmbeddedEngine, type EmbeddedOptions, startEmbedded } from '../../src/engine/embedded/child.ts';

export interface Answered {
  status: number;
  headers: Record<string, string>;
  bytes: Buffer;
  /** The body as text. */
  text: string;
  /** `X-ClickHouse-Summary`, numbers as numbers; {} where there is none. */
  summary: Record<string, number>;
  /** Whether the connection broke before the answer's end. */
  cut: boolean;
}

export interface Sent {
  method?: string;
  path?: string;
  /** URL parameters. */
  with?: Readonly<Record<string, string | number>>;
  body?: string | Uint8Array | Iterable<string | Uint8Array>;
  headers?: Readonly<Record<string, string>>;
  /** False: no credentials of ours. */
  login?: boolean;
  /** Ends the request from the client's side. */
  signal?: AbortSignal;
}

export interface Endpoint {
  engine: EmbeddedEngine;
  /** One HTTP request on a connection of its own, as it is: no client's cleverness in between. */
  send(sent: Sent): Promise<Answered>;
  /** POSTs a statement. @throws with the server's text when the status is not 200 */
  sql(statement: string, parameters?: Sent['with']): Promise<string>;
}

/** Starts an embedded engine and speaks to it with `node:http` alone. */
export async function startEndpoint(options: EmbeddedOptions = {}): Promise<Endpoint> {
  const engine = await startEmbedded(options);
  const send = (sent: Sent) => exchange(engine, sent);
  return {
    engine,
    send,
    async sql(statement, parameters = {}) {
      const answered = await send({ body: statement, with: parameters });
      if (answered.status !== 200) throw new Error(`${answered.status}: ${answered.text}`);
      return answered.text;
    },
  };
}

export function exchange(engine: { url: string; user: string; password: string }, sent: Sent): Promise<Answered> {
  const url = new URL(sent.path ?? '/', engine.url);
  for (const [name, value] of Object.entries(sent.with ?? {})) url.searchParams.append(name, String(value));
  const login = sent.login === false ? {} : { 'X-ClickHouse-User': engine.user, 'X-ClickHouse-Key': engine.password };
  return new Promise((resolve, reject) => {
    const asked = request(
      url,
      {
        method: sent.method ?? (sent.body === undefined ? 'GET' : 'POST'),
        headers: { ...login, ...sent.headers },
        agent: false,
        ...(sent.signal === undefined ? {} : { signal: sent.signal }),
      },
      (response) => {
        const chunks: Buffer[] = [];
        const done = (cut: boolean) => {
          const bytes = Buffer.concat(chunks);
          const headers = Object.fromEntries(
            Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
          );
          const told = Object.entries(JSON.parse(headers['x-clickhouse-summary'] ?? '{}'));
          const summary = Object.fromEntries(told.map(([name, value]) => [name, Number(value)]));
          resolve({ status: response.statusCode ?? 0, headers, bytes, text: bytes.toString(), summary, cut });
        };
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('end', () => done(false));
        response.once('error', () => done(true));
      },
    );
    asked.once('error', reject);
    const { body } = sent;
    if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) return void asked.end(body);
    // In pieces, without an announced length: chunked.
    for (const piece of body) asked.write(piece);
    asked.end();
  });
}
