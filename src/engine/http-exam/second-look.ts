import net from 'node:net';
import type { HttpFinding } from '../../model/http-exam.ts';
import { speaksTls } from '../tls-probe.ts';
import type { Place } from './connect.ts';

const LOOK_MS = 2000;

/** What a port says to plain HTTP, at most 2 KB of it; '' when nothing. */
function plainAnswer({ host, port }: Place): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = net.connect({ host, port });
    const done = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(text);
    };
    const timer = setTimeout(done, LOOK_MS);
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (text.length > 2048) done();
    });
    socket.once('error', done);
    socket.once('close', done);
    socket.once('connect', () => socket.write(`GET /ping HTTP/1.0\r\nHost: ${host}\r\n\r\n`));
  });
}

const UNSURE: readonly HttpFinding['condition'][] = ['connection-reset', 'not-http', 'unclear', 'silent'];
const BROKEN_TLS: readonly HttpFinding['condition'][] = [
  'no-tls-on-port',
  'connection-reset',
  'tls-refused',
  'unclear',
];
/** ClickHouse's native protocol with TLS; its port answers no HTTP at all. */
const NATIVE_TLS_PORT = 9440;

/** Asks a port once more in the other language, where what it said first has more than one meaning. */
export async function lookAgain(finding: HttpFinding, secure: boolean, place: Place): Promise<HttpFinding> {
  if (secure && BROKEN_TLS.includes(finding.condition)) {
    const text = await plainAnswer(place);
    if (/is for clickhouse-client program/.test(text)) return { ...finding, condition: 'native-port' };
    if (/^HTTP\/1/.test(text)) return { ...finding, condition: 'no-tls-on-port' };
    return finding;
  }
  if (!secure && UNSURE.includes(finding.condition)) {
    const url = new URL(`http://${net.isIPv6(place.host) ? `[${place.host}]` : place.host}:${place.port}`);
    if (!(await speaksTls(url, LOOK_MS))) return finding;
    return { ...finding, condition: place.port === NATIVE_TLS_PORT ? 'native-tls-port' : 'tls-on-port' };
  }
  return finding;
}
