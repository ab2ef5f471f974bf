import { createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One statement on its way to a server. */
export interface Passing {
  /** Its beginning on one line, blanks as single spaces. */
  text: string;
  /** 0-based, since the last `watch`. */
  number: number;
  /** `sent`: the server has all of it and has not answered. `answered`: the answer is there and the client has none of it yet. */
  moment: 'sent' | 'answered';
}

export interface StatementProxy {
  url: string;
  /** Tells each statement from now on, twice; counts them from 0 again. */
  watch(see: (passing: Passing) => void): void;
  close(): Promise<void>;
}

const SHOWN = 160;

/** An HTTP proxy in front of a server that tells what passes: so a test can choose its moment in the middle of a statement. */
export async function startStatementProxy(upstream: string): Promise<StatementProxy> {
  let see: ((passing: Passing) => void) | undefined;
  let count = 0;
  const server = createServer((asked, answer) => {
    const url = new URL(asked.url ?? '/', upstream);
    let text = url.searchParams.get('query') ?? '';
    const isStatement = asked.method === 'POST' || text !== '';
    const out = forward(url, { method: asked.method, headers: { ...asked.headers, host: url.host } });
    const passing = (moment: Passing['moment'], number: number) =>
      see?.({ text: text.replace(/\s+/g, ' ').trim().slice(0, SHOWN), number, moment });
    let number = -1;
    asked.on('data', (chunk: Buffer) => {
      if (text.length < SHOWN && url.searchParams.get('query') === null) text += chunk.toString().slice(0, 1000);
      out.write(chunk);
    });
    asked.once('end', () => {
      out.end(() => {
        if (!isStatement) return;
        number = count;
        count += 1;
        passing('sent', number);
      });
    });
    out.once('response', (reply) => {
      if (isStatement) passing('answered', number);
      answer.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(answer);
    });
    // Who was killed closes its half; what the server makes of it is the server's.
    for (const stream of [asked, answer, out]) stream.on('error', () => undefined);
    out.once('error', () => answer.destroy());
    answer.once('close', () => answer.writableFinished || out.destroy());
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    watch(next) {
      see = next;
      count = 0;
    },
    async close() {
      server.closeAllConnections();
      await new Promise<void>((done) => server.close(() => done()));
    },
  };
}
