/**
 * How much memory the sending side takes while rows go through HTTP: 2 GB of generated NDJSON through
 * `target.insert` to a sink in a process of its own. Prints the largest resident size of this process.
 *
 *     node --import tsx bench/http-memory.ts [gigabytes]
 */
import { fork } from 'node:child_process';
import http from 'node:http';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { openTarget } from '../src/engine/http.ts';
import { formatBytes, formatDuration } from '../src/kernel/format.ts';

const SETTINGS = 'log_comment\t\nmax_threads\t2\nreadonly\t0\n';

/** Takes everything, keeps nothing, and speaks as much of ClickHouse as an INSERT needs. */
function sink(): void {
  const server = http.createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => {
      if (chunk.length < 1000) text += chunk;
    });
    request.on('end', () => {
      response.setHeader('X-ClickHouse-Query-Id', 'sink');
      response.end(text.includes('system.settings') ? SETTINGS : '');
    });
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    process.send?.(typeof address === 'object' ? address?.port : undefined);
  });
  process.once('disconnect', () => process.exit());
}

async function* rows(bytes: number): AsyncGenerator<Buffer> {
  let row = 0;
  for (let sent = 0; sent < bytes; ) {
    let text = '';
    while (text.length < 256 * 1024) {
      row += 1;
      text += `{"id":"${row}","city":"Kazan","price":"${(row % 9973) / 100}","note":"row ${row} of a generated file"}\n`;
    }
    const chunk = Buffer.from(text);
    sent += chunk.length;
    yield chunk;
  }
}

async function send(gigabytes: number): Promise<void> {
  const child = fork(fileURLToPath(import.meta.url), ['--sink'], { execArgv: process.execArgv });
  const port = await new Promise<number>((resolve) => child.once('message', (said) => resolve(Number(said))));
  const target = await openTarget(
    {
      kind: 'server',
      url: `http://127.0.0.1:${port}`,
      database: 'default',
      user: 'default',
      password: '',
      connectTimeoutMs: 5000,
      requestTimeoutMs: 60_000,
      settings: {},
      origin: 'bench',
    },
    { runId: 'bench' },
  );
  const started = performance.now();
  await target.insert({ database: 'd', table: 't' }, 'JSONEachRow', Readable.from(rows(gigabytes * 1e9)));
  const elapsed = performance.now() - started;
  await target.close();
  child.disconnect();
  const resident = process.resourceUsage().maxRSS * 1024;
  process.stdout.write(
    `${gigabytes} GB in ${formatDuration(elapsed)}, ${formatBytes((gigabytes * 1e9) / (elapsed / 1000))}/s, ` +
      `largest resident size of the sender ${formatBytes(resident)}\n`,
  );
}

if (process.argv.includes('--sink')) sink();
else await send(Number(process.argv[2] ?? 2));
