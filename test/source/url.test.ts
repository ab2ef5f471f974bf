import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, expect, test } from 'vitest';
import { openSources } from '../../src/source/open.ts';

const servers: Server[] = [];
const never = new AbortController().signal;

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return `127.0.0.1:${port}`;
}

const open = (url: string) => openSources([url], { stdin: Readable.from([]), cwd: '/', signal: never });

async function read(url: string): Promise<string> {
  const [source] = await open(url);
  const chunks: Uint8Array[] = [];
  for await (const chunk of source?.open(never) ?? []) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

test('user and password go to their own server alone, and no name shows them or the query string', async () => {
  const seen: (string | undefined)[] = [];
  const other = await serve((request, response) => {
    seen.push(request.headers.authorization);
    response.end('{"a":1}\n');
  });
  const first = await serve((request, response) => {
    seen.push(request.headers.authorization);
    response.writeHead(302, { location: `http://${other}/rows.json` }).end();
  });
  const address = `http://ann:s3cret%40@${first}/there?signature=abc`;
  const [source] = await open(address);
  expect(source).toMatchObject({ name: `http://${first}/there`, format: 'JSONEachRow' });
  expect(seen).toEqual([`Basic ${Buffer.from('ann:s3cret@').toString('base64')}`, undefined]);
  expect(await read(address)).toBe('{"a":1}\n');
});

test('redirects without end, to other schemes, and answers other than 200 are refused without the secret', async () => {
  const host = await serve((request, response) => {
    if (request.url === '/round') response.writeHead(302, { location: '/round' }).end();
    else if (request.url === '/file') response.writeHead(302, { location: 'file:///etc/passwd' }).end();
    else response.writeHead(404).end('no');
  });
  for (const [path, words] of [
    ['round', 'more than 5 times'],
    ['file', 'file://'],
    ['gone', '404'],
  ] as const) {
    const error = await open(`http://ann:s3cret@${host}/${path}`).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'INPUT_HTTP', message: expect.stringContaining(words) });
    expect(JSON.stringify(error) + String(error)).not.toContain('s3cret');
  }
});

test('an answer that breaks off is an error with its byte, never a shorter file', async () => {
  let requests = 0;
  const host = await serve((_, response) => {
    requests += 1;
    response.writeHead(200, { 'content-length': '1000' });
    response.write('{"a":1}\n'.repeat(50));
    if (requests > 1) setTimeout(() => response.destroy(), 20);
    else response.end('{"a":1}\n'.repeat(75));
  });
  await expect(read(`http://${host}/rows.json`)).rejects.toMatchObject({
    facts: { code: 'INPUT_HTTP_BROKEN', offset: 400, message: expect.stringContaining('400 of 1000 bytes') },
  });
});

test('a server that is not there says so', async () => {
  const error = await open('http://127.0.0.1:1/x.csv').catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'INPUT_HTTP', where: 'http://127.0.0.1:1/x.csv' });
});
