import http from 'node:http';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTarget } from '../../src/engine/http.ts';
import type { Target } from '../../src/engine/target.ts';
import { listen, SETTINGS, targetConfig } from '../helpers/http-stub.ts';
import { type OldServer, oldServerMissing, startOldServer } from '../helpers/old-server.ts';
import { failureOf, type HooksProbe, probeHooks } from '../helpers/target-hooks.ts';

const MIB = 1024 * 1024;
const PAYLOAD = 200 * MIB;

/** How far memory rises above its beginning while `work` runs, in bytes. */
async function risen(work: () => Promise<void>): Promise<number> {
  const before = process.memoryUsage().rss;
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss);
  }, 5);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return most - before;
}

describe.runIf(oldServerMissing() === undefined)('a payload of 200 MiB passes through and is never held whole', () => {
  let server: OldServer;
  let target: Target;
  let hooks: HooksProbe;

  beforeAll(async () => {
    const started = await startOldServer();
    if (!started.server) throw new Error(started.reason);
    server = started.server;
    hooks = probeHooks();
    target = await openTarget(server.config(), hooks);
    await target.command('CREATE TABLE sink (line String) ENGINE = Null');
  });
  afterAll(async () => {
    await target?.close();
    await server?.stop();
  });

  const chunk = Buffer.from(`${'x'.repeat(1023)}\n`.repeat(1024));

  test('inwards', async () => {
    async function* rows() {
      for (let sent = 0; sent < PAYLOAD; sent += chunk.length) yield chunk;
    }
    const rise = await risen(async () => {
      await target.insert({ database: 'default', table: 'sink' }, 'TSV', Readable.from(rows()));
    });
    expect(hooks.records.at(-1)).toMatchObject({ kind: 'insert', outcome: 'ok', bytes: PAYLOAD });
    expect(rise).toBeLessThan(100 * MIB);
  });

  test('outwards', async () => {
    let bytes = 0;
    const rise = await risen(async () => {
      const sql = `SELECT '${'x'.repeat(1023)}' FROM system.numbers LIMIT ${PAYLOAD / 1024} FORMAT TSV`;
      for await (const part of await target.bytes(sql)) bytes += part.length;
    });
    expect(bytes).toBe(PAYLOAD);
    expect(hooks.records.at(-1)).toMatchObject({ kind: 'select', outcome: 'ok', bytes: PAYLOAD });
    expect(rise).toBeLessThan(100 * MIB);
  });
});

test('an INSERT that is refused before all of it was sent stops its source', async () => {
  let sent = 0;
  let closed = false;
  async function* rows() {
    try {
      for (; sent < PAYLOAD; sent += MIB) yield Buffer.alloc(MIB, 'x');
    } finally {
      closed = true;
    }
  }
  const server = await listen(
    http.createServer((request, response) => {
      response.setHeader('X-ClickHouse-Query-Id', 'stub');
      if ((request.url ?? '').includes('INSERT')) {
        response.writeHead(404).end('Code: 60. DB::Exception: Table d.nope does not exist. (UNKNOWN_TABLE)');
      } else {
        request.resume();
        response.end(SETTINGS);
      }
    }),
  );
  const target = await openTarget(targetConfig(server.url), probeHooks());
  try {
    const error = await failureOf(target.insert({ database: 'd', table: 'nope' }, 'TSV', Readable.from(rows())));
    expect(error).toMatchObject({ failure: 'server', code: 60, codeName: 'UNKNOWN_TABLE' });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(closed).toBe(true);
    expect(sent).toBeLessThan(50 * MIB);
  } finally {
    await target.close();
    await server.close();
  }
});
