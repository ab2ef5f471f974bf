import type { Socket } from 'node:net';
import { Client, ProxyAgent } from 'undici';
import type { TargetConfig } from '../../model/target.ts';
import { pemOf } from '../agent.ts';
import type { HttpAnswer } from './answer.ts';

/** Of an answer no more than this is read. */
const BODY_BYTES = 64 * 1024;

export interface Question {
  method: 'GET' | 'POST';
  path: string;
  headers?: Record<string, string>;
  body?: string;
}

export interface Talk {
  /** Sends one request; times its first byte. Redirects are answers, not followed. */
  ask(question: Question, signal: AbortSignal): Promise<{ answer: HttpAnswer; firstByteMs: number }>;
  close(): Promise<void>;
}

function talkOver(dispatcher: Client | ProxyAgent, origin: string, timeoutMs: number): Talk {
  return {
    async ask({ method, path, headers = {}, body }, signal) {
      const started = performance.now();
      const answer = await dispatcher.request({
        origin,
        method,
        path,
        headers: { 'user-agent': 'chwitness', ...headers },
        body: body ?? null,
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
        signal,
      });
      const firstByteMs = Math.round((performance.now() - started) * 10) / 10;
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of answer.body) {
        chunks.push(chunk);
        size += chunk.length;
        if (size > BODY_BYTES) break;
      }
      const plain = Object.entries(answer.headers).map(([name, value]) => [name, [value].flat().join(', ')]);
      return {
        answer: {
          status: answer.statusCode,
          headers: Object.fromEntries(plain),
          body: Buffer.concat(chunks).toString('utf8', 0, BODY_BYTES),
        },
        firstByteMs,
      };
    },
    close: () => dispatcher.destroy(),
  };
}

/** Talks over a connection that is open already; a server that closes it after an answer gets another from `reopen`. */
export function talkDirectly(socket: Socket, origin: string, timeoutMs: number, reopen: () => Promise<Socket>): Talk {
  let open: Socket | undefined = socket;
  const client = new Client(origin, {
    pipelining: 1,
    connect: (_, callback) => {
      const first = open;
      open = undefined;
      // The client takes an answer only once it has ended its own turn.
      if (first !== undefined && !first.destroyed) return setImmediate(() => callback(null, first));
      reopen().then(
        (again) => callback(null, again),
        (error: Error) => callback(error, null),
      );
    },
  });
  return talkOver(client, origin, timeoutMs);
}

/** Talks through the HTTP proxy of a target: to an https one through a tunnel, for an http one by its whole address. */
export function talkThrough(
  { proxy = '', tls, connectTimeoutMs }: TargetConfig,
  origin: string,
  timeoutMs: number,
): Talk {
  const url = new URL(proxy);
  const login = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  const agent = new ProxyAgent({
    uri: url.origin,
    // Many proxies refuse CONNECT to port 8123.
    proxyTunnel: origin.startsWith('https:'),
    ...(url.username === '' ? {} : { token: `Basic ${Buffer.from(login).toString('base64')}` }),
    requestTls: {
      timeout: connectTimeoutMs,
      ...(tls === undefined ? {} : { rejectUnauthorized: tls.verify }),
      ...(tls?.ca === undefined ? {} : { ca: pemOf(tls.ca) }),
      ...(tls?.serverName === undefined ? {} : { servername: tls.serverName }),
    },
  });
  return talkOver(agent, origin, timeoutMs);
}
