import { connect } from 'node:tls';

/** Whether a port answers a TLS handshake, trusted or not. Asked only after plain HTTP got no answer there. */
export function speaksTls(url: URL, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: Number(url.port || 80),
      rejectUnauthorized: false,
    });
    const done = (answer: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => done(false), ms);
    socket.once('secureConnect', () => done(true));
    // An alert is TLS too: a server that wants a client certificate, or another version.
    socket.once('error', (error) => done(/alert/i.test(error.message)));
  });
}
