import type { EngineFailure } from '../model/target.ts';
import { EngineError } from './errors.ts';

const TLS_CODES =
  /^(?:ERR_TLS|ERR_SSL|EPROTO$|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|HOSTNAME_MISMATCH|INVALID_CA|ERR_OSSL)/;

const SENTENCES: Record<string, { failure: EngineFailure; say: (url: string) => string }> = {
  ENOTFOUND: { failure: 'dns', say: (url) => `the host name of ${url} is not known to the name service` },
  EAI_AGAIN: { failure: 'dns', say: (url) => `the name service did not answer for the host of ${url}` },
  ECONNREFUSED: { failure: 'refused', say: (url) => `nothing listens at ${url}: the connection was refused` },
  ECONNRESET: { failure: 'reset', say: (url) => `${url} closed the connection before its answer was whole` },
  EPIPE: { failure: 'reset', say: (url) => `${url} closed the connection while the request was being sent` },
  ETIMEDOUT: { failure: 'timeout', say: (url) => `${url} did not answer the attempt to connect` },
  EHOSTUNREACH: { failure: 'refused', say: (url) => `there is no route to the host of ${url}` },
  ENETUNREACH: { failure: 'refused', say: (url) => `there is no route to the network of ${url}` },
};

/** The system's code of a failed connection; Node hides it in an AggregateError when a name has several addresses. */
export function systemCode(thrown: unknown): string | undefined {
  for (let error = thrown, depth = 0; error instanceof Error && depth < 4; depth += 1) {
    if ('code' in error && typeof error.code === 'string') return error.code;
    error = error instanceof AggregateError ? error.errors[0] : error.cause;
  }
  return undefined;
}

/** Bytes that the parser of HTTP refused, as it keeps them on its error. */
function rawPacket(thrown: unknown): Buffer | undefined {
  return thrown instanceof Error && 'rawPacket' in thrown && Buffer.isBuffer(thrown.rawPacket)
    ? thrown.rawPacket
    : undefined;
}

function tlsSentence(code: string, thrown: Error, url: string): string {
  if (/WRONG.VERSION.NUMBER|PACKET.LENGTH.TOO.LONG|HTTP.REQUEST/i.test(`${code} ${thrown.message}`)) {
    return `${url} does not speak TLS on this port: use http://, or the port meant for https`;
  }
  if (/HANDSHAKE.FAILURE|CERTIFICATE.REQUIRED|BAD.CERTIFICATE/i.test(`${code} ${thrown.message}`)) {
    return `${url} refused the TLS handshake (${code}): it may demand a client certificate`;
  }
  if (/PEM|X509_KEY_VALUES|ASN1/.test(code)) {
    return `the given CA, certificate or key is not usable (${code}): it must be PEM, and the key must fit the certificate`;
  }
  if (code === 'CERT_HAS_EXPIRED') return `the certificate of ${url} has expired`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return `the certificate of ${url} is made out to another host name`;
  return `the certificate of ${url} cannot be trusted (${code}): name the CA that signed it`;
}

/** What Node says of a broken connection, as a typed error with a sentence. `url` is free of credentials. */
export function socketError(thrown: unknown, url: string, queryId?: string): EngineError {
  const code = systemCode(thrown) ?? '';
  const make = (failure: EngineFailure, message: string) =>
    new EngineError({ failure, message, queryId, cause: thrown });
  const known = SENTENCES[code];
  if (known) return make(known.failure, known.say(url));
  if (code.startsWith('HPE_')) {
    // 0x15 opens a TLS alert: the reply of a TLS port to plain HTTP.
    return rawPacket(thrown)?.[0] === 0x15
      ? make('tls', `${url} speaks TLS on this port: use https://`)
      : make('not-clickhouse', `${url} did not answer in HTTP: it may be the port of another protocol`);
  }
  if (TLS_CODES.test(code) && thrown instanceof Error) return make('tls', tlsSentence(code, thrown, url));
  if (thrown instanceof Error && /socket hang up|aborted|terminated|Premature close/i.test(thrown.message)) {
    return make('reset', `${url} closed the connection before its answer was whole`);
  }
  const reason = thrown instanceof Error ? thrown.message.split('\n')[0] : String(thrown);
  return make('other', `the request to ${url} failed: ${reason}${code === '' ? '' : ` (${code})`}`);
}
