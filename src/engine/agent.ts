import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { HttpProxyAgent } from 'http-proxy-agent';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { messageOf } from '../kernel/errors.ts';
import type { TargetConfig } from '../model/target.ts';
import { EngineError } from './errors.ts';

interface TlsOptions {
  ca?: string;
  cert?: string;
  key?: string;
  servername?: string;
  rejectUnauthorized?: boolean;
}

/** PEM text as it stands, or the file of that name. */
export function pemOf(text: string): string {
  if (text.includes('-----BEGIN')) return text;
  try {
    return readFileSync(text, 'utf8');
  } catch (cause) {
    throw new EngineError({
      failure: 'tls',
      message: `the file ${text} could not be read: ${messageOf(cause)}`,
      cause,
    });
  }
}

function tlsOptions(tls: TargetConfig['tls']): TlsOptions {
  if (tls === undefined) return {};
  return {
    ...(tls.ca === undefined ? {} : { ca: pemOf(tls.ca) }),
    ...(tls.cert === undefined ? {} : { cert: pemOf(tls.cert) }),
    ...(tls.key === undefined ? {} : { key: pemOf(tls.key) }),
    ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
    rejectUnauthorized: tls.verify,
  };
}

function timedOut(ms: number): Error {
  return Object.assign(new Error(`no connection within ${ms} ms`), { code: 'ETIMEDOUT' });
}

/** Node has no limit of its own for connecting: the system's can be minutes. */
function limitConnect(socket: Duplex | null | undefined, ready: 'connect' | 'secureConnect', ms: number) {
  if (!socket) return socket;
  const timer = setTimeout(() => socket.destroy(timedOut(ms)), ms);
  for (const event of [ready, 'close']) socket.once(event, () => clearTimeout(timer));
  return socket;
}

type CreateConnection = http.Agent['createConnection'];

function direct(secure: boolean, tls: TlsOptions, ms: number): http.Agent {
  const agent = secure ? new https.Agent({ keepAlive: true, ...tls }) : new http.Agent({ keepAlive: true });
  const connect: CreateConnection = agent.createConnection.bind(agent);
  agent.createConnection = (options, callback) =>
    limitConnect(connect(options, callback), secure ? 'secureConnect' : 'connect', ms);
  return agent;
}

/** Runs a proxy agent's connect with a limit; `abandon` destroys what it had begun. */
async function withLimit<T>(ms: number, abandon: AbortController, connect: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(timedOut(ms));
      abandon.abort();
    }, ms);
  });
  try {
    return await Promise.race([connect(), limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** `https:` targets are tunneled with CONNECT; the TLS options belong to the target, not to the proxy. */
function tunnel(proxy: string, tls: TlsOptions, ms: number): http.Agent {
  class Tunnel extends HttpsProxyAgent<string> {
    override connect(...[request, options]: Parameters<HttpsProxyAgent<string>['connect']>) {
      const abandon = new AbortController();
      this.connectOpts = { ...this.connectOpts, signal: abandon.signal };
      return withLimit<Socket>(ms, abandon, () => super.connect(request, { ...options, ...tls }));
    }
  }
  return new Tunnel(proxy, { keepAlive: true });
}

/** `http:` targets are asked for by their whole address, which every proxy takes; many refuse CONNECT to port 8123. */
function forward(proxy: string, ms: number): http.Agent {
  class Forward extends HttpProxyAgent<string> {
    override connect(...[request, options]: Parameters<HttpProxyAgent<string>['connect']>) {
      const abandon = new AbortController();
      this.connectOpts = { ...this.connectOpts, signal: abandon.signal };
      return withLimit(ms, abandon, () => super.connect(request, options));
    }
  }
  return new Forward(proxy, { keepAlive: true });
}

/** The agent that makes a target's connections: TLS, proxy, and the limit for connecting. */
export function makeAgent(config: TargetConfig, url: URL): http.Agent {
  const secure = url.protocol === 'https:';
  const tls = tlsOptions(config.tls);
  if (config.proxy === undefined) return direct(secure, tls, config.connectTimeoutMs);
  return secure ? tunnel(config.proxy, tls, config.connectTimeoutMs) : forward(config.proxy, config.connectTimeoutMs);
}
