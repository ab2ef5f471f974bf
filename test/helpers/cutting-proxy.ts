import { connect, createServer, type Socket } from 'node:net';

/** What becomes of the next connection's next request with a body. */
export type Cut =
  /** The connection ends before a byte of the request reaches the server. */
  | { cut: 'before' }
  /** The server sees so many bytes of the body, then the end of the connection. */
  | { cut: 'body'; after: number }
  /** The server gets and answers all; the client never sees the answer. */
  | { cut: 'answer' };

export interface CuttingProxy {
  url: string;
  /** Arms one cut: the next INSERT that passes meets it. `undefined` lets one pass. */
  next(cut: Cut | undefined): void;
  /** Forgets what is armed. */
  calm(): void;
  /** Cuts that happened. */
  readonly done: readonly Cut[];
  close(): Promise<void>;
}

const INSERT = /^POST [^\r\n]*query=INSERT/i;

/** A proxy of bytes in front of a server's HTTP port, which ends connections where a test wants it. */
export async function startProxy(port: number): Promise<CuttingProxy> {
  const armed: (Cut | undefined)[] = [];
  const done: Cut[] = [];
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', () => undefined).once('close', () => open.delete(socket));
    }
    let cut: Cut | undefined;
    let passed = 0;
    client.on('data', (chunk: Buffer) => {
      if (!cut && INSERT.test(chunk.subarray(0, 4096).toString('latin1'))) {
        cut = armed.shift();
        if (cut) done.push(cut);
        passed = -(chunk.indexOf('\r\n\r\n') + 4);
      }
      if (cut?.cut === 'before') return void client.destroy();
      if (cut?.cut === 'body' && passed + chunk.length > cut.after) {
        upstream.end(chunk.subarray(0, Math.max(0, cut.after - passed)));
        return void client.destroy();
      }
      passed += chunk.length;
      if (!upstream.write(chunk)) {
        client.pause();
        upstream.once('drain', () => client.resume());
      }
    });
    client.once('end', () => upstream.end());
    client.once('close', () => (cut ? undefined : upstream.end()));
    upstream.on('data', (chunk: Buffer) => {
      // The first byte of the answer tells that the server is done with the request.
      if (cut?.cut === 'answer') return void client.destroy();
      client.write(chunk);
    });
    upstream.once('end', () => client.end());
    upstream.once('close', () => client.end());
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    next: (cut) => void armed.push(cut),
    calm: () => void armed.splice(0),
    done,
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((closed) => server.close(closed));
    },
  };
}
