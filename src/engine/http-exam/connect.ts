import { lookup } from 'node:dns/promises';
import net from 'node:net';
import tls from 'node:tls';
import type { HttpStage, TlsFacts } from '../../model/http-exam.ts';

export interface Place {
  host: string;
  port: number;
}

/** Times each stage and writes it down, failed or not. */
export type Timed = <T>(stage: HttpStage['stage'], work: () => Promise<T>) => Promise<T>;

function failWith(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

async function within<T>(ms: number, code: string, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(failWith(code, `${what} within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
  }
}

/** Addresses of a host, in the order of the name service. An address is its own. */
export async function resolveHost(host: string, ms: number, timed: Timed): Promise<string[]> {
  if (net.isIP(host) !== 0) return [host];
  const found = await timed('name', () =>
    within(ms, 'EAI_AGAIN', 'the name service gave no answer', lookup(host, { all: true, verbatim: true })),
  );
  return found.map(({ address }) => address);
}

function connectTo(address: string, port: number, ms: number, signal: AbortSignal): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host: address, port });
    const timer = setTimeout(() => socket.destroy(failWith('ETIMEDOUT', `no connection within ${ms} ms`)), ms);
    const stop = () => socket.destroy(failWith('ABORT_ERR', 'stopped'));
    signal.addEventListener('abort', stop, { once: true });
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    };
    socket.once('error', (error) => {
      done();
      reject(error);
    });
    socket.once('connect', () => {
      done();
      socket.removeAllListeners('error');
      resolve(socket);
    });
  });
}

/** Connects to the first address that takes the connection. Throws what the first of them said. */
export async function connectAny(
  addresses: readonly string[],
  port: number,
  ms: number,
  signal: AbortSignal,
): Promise<{ socket: net.Socket; address: string }> {
  let first: unknown;
  for (const address of addresses) {
    try {
      return { socket: await connectTo(address, port, Math.ceil(ms / addresses.length), signal), address };
    } catch (error) {
      first ??= error;
    }
  }
  throw first;
}

export interface TlsWish {
  servername: string;
  verify: boolean;
  ca?: string | undefined;
  cert?: string | undefined;
  key?: string | undefined;
}

/** A TLS handshake over an open connection: the certificate as facts, whether it can be trusted or not. */
export function handshake(
  socket: net.Socket,
  wish: TlsWish,
  ms: number,
): Promise<{ socket: tls.TLSSocket; facts: TlsFacts }> {
  return new Promise((resolve, reject) => {
    const secured = tls.connect({
      socket,
      // An address is no name that SNI may carry.
      ...(net.isIP(wish.servername) === 0 ? { servername: wish.servername } : {}),
      host: wish.servername,
      ...(wish.ca === undefined ? {} : { ca: wish.ca }),
      ...(wish.cert === undefined ? {} : { cert: wish.cert }),
      ...(wish.key === undefined ? {} : { key: wish.key }),
      // Looked at first, judged afterwards: an untrusted certificate has something to tell, too.
      rejectUnauthorized: false,
    });
    const timer = setTimeout(() => secured.destroy(failWith('ECONNRESET', `no TLS handshake within ${ms} ms`)), ms);
    secured.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    secured.once('close', () => reject(failWith('ECONNRESET', 'the connection was closed during the TLS handshake')));
    secured.once('secureConnect', () => {
      clearTimeout(timer);
      secured.removeAllListeners('error');
      secured.removeAllListeners('close');
      resolve({ socket: secured, facts: tlsFacts(secured, wish.verify) });
    });
  });
}

function nameOf(subject: tls.PeerCertificate['subject'] | undefined): string {
  return subject === undefined ? '' : String(subject.CN ?? subject.O ?? '');
}

function tlsFacts(socket: tls.TLSSocket, verified: boolean): TlsFacts {
  const own = socket.getPeerCertificate(true);
  const chain: string[] = [];
  for (let one = own; one !== undefined && chain.length < 10; one = one.issuerCertificate) {
    chain.push(nameOf(one.subject));
    if (one.issuerCertificate === one || one.issuerCertificate?.fingerprint256 === one.fingerprint256) break;
  }
  // Node types it as an Error and gives a code.
  const error: unknown = socket.authorizationError;
  const code = error instanceof Error && 'code' in error ? error.code : error;
  return {
    protocol: socket.getProtocol() ?? '',
    verified,
    ...(code === undefined || code === null ? {} : { error: String(code) }),
    subject: nameOf(own.subject),
    names: own.subjectaltname ?? '',
    issuer: nameOf(own.issuer),
    valid_from: isoOf(own.valid_from),
    valid_to: isoOf(own.valid_to),
    days_left: Math.floor((Date.parse(own.valid_to) - Date.now()) / 86_400_000) || 0,
    chain,
  };
}

function isoOf(text: string): string {
  const time = Date.parse(text);
  return Number.isNaN(time) ? '' : new Date(time).toISOString();
}
