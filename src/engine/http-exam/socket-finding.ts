import type { HttpFinding } from '../../model/http-exam.ts';
import { systemCode } from '../socket-errors.ts';

const BY_SYSTEM: Readonly<Record<string, HttpFinding['condition']>> = {
  ENOTFOUND: 'name-unknown',
  EAI_AGAIN: 'resolver-down',
  EHOSTUNREACH: 'no-route',
  ENETUNREACH: 'no-route',
  EADDRNOTAVAIL: 'no-route',
  ECONNREFUSED: 'refused',
  ETIMEDOUT: 'connect-timeout',
  UND_ERR_CONNECT_TIMEOUT: 'connect-timeout',
  ECONNRESET: 'connection-reset',
  EPIPE: 'connection-reset',
  UND_ERR_SOCKET: 'connection-reset',
  UND_ERR_HEADERS_TIMEOUT: 'silent',
  UND_ERR_BODY_TIMEOUT: 'silent',
  CERT_HAS_EXPIRED: 'certificate-expired',
  CERT_NOT_YET_VALID: 'certificate-not-yet-valid',
  ERR_TLS_CERT_ALTNAME_INVALID: 'certificate-other-name',
};

/** What a broken connection means, from the system's code and OpenSSL's words. */
export function socketFinding(thrown: unknown): HttpFinding {
  const code = systemCode(thrown) ?? '';
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const said = `${text.split('\n')[0]?.slice(0, 200)}${code === '' || text.includes(code) ? '' : ` (${code})`}`;
  const words = `${code} ${text}`;
  if (/WRONG.VERSION.NUMBER|PACKET.LENGTH.TOO.LONG|HTTP.REQUEST|UNKNOWN.PROTOCOL/i.test(words))
    return { condition: 'no-tls-on-port', said };
  if (/ALERT|HANDSHAKE.FAILURE|NO.SHARED.CIPHER|UNSUPPORTED.PROTOCOL/i.test(words))
    return { condition: 'tls-refused', said };
  const tunnel = /^Proxy (?:response|Authentication Required) \((\d+)\)/.exec(text)?.[1];
  if (tunnel !== undefined) return tunnelFinding(Number(tunnel), said);
  if (/does not match the HTTP\/1\.1 protocol/.test(text)) return { condition: 'not-http', said };
  const known = BY_SYSTEM[code];
  if (known !== undefined) return { condition: known, said };
  if (code.startsWith('HPE_')) return { condition: 'not-http', said };
  if (/^(?:CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|INVALID_CA|ERR_TLS|HOSTNAME)/.test(code))
    return { condition: 'certificate-untrusted', said };
  return { condition: 'unclear', said };
}

/** What a proxy says of a tunnel that it does not dig. */
function tunnelFinding(status: number, said: string): HttpFinding {
  if (status === 407) return { condition: 'proxy-login', status };
  if (status === 502 || status === 503 || status === 504) return { condition: 'gateway-down', status };
  return { condition: 'refused-between', status, said };
}
