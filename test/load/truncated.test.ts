import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTarget } from '../../src/engine/http.ts';
import type { Target } from '../../src/engine/target.ts';
import { startProxy } from '../helpers/cutting-proxy.ts';
import { probeHooks } from '../helpers/target-hooks.ts';
import { mustSkipServer, startTargetServer, type TargetServer } from '../helpers/target-server.ts';

describe.skipIf(mustSkipServer())(
  'a body that breaks off between two rows, on a server that takes the end of a connection for the end of rows',
  () => {
    let server: TargetServer;
    beforeAll(async () => {
      server = await startTargetServer();
      await server.sql('CREATE TABLE default.cut (a UInt32) ENGINE = MergeTree ORDER BY a');
    });
    afterAll(() => server?.stop());

    const rows = Buffer.from(Array.from({ length: 100_000 }, (_, a) => `{"a":${a}}\n`).join(''));

    test('is stored in part when it is sent bare', async () => {
      const part = rows.subarray(0, rows.indexOf('{"a":50000}'));
      const socket = connect(server.port, '127.0.0.1');
      socket.end(
        `POST /?query=INSERT+INTO+default.cut+FORMAT+JSONEachRow HTTP/1.1\r\nHost: x\r\nContent-Length: ${rows.length}\r\n\r\n${part}`,
      );
      await new Promise((done) => socket.once('close', done).resume());
      expect(await server.count('default.cut')).toBe(50_000);
      await server.sql('TRUNCATE TABLE default.cut');
    });

    test('is not stored at all as we send it', async () => {
      const proxy = await startProxy(server.port);
      const target: Target = await openTarget(server.config({ url: proxy.url }), probeHooks());
      try {
        await target.capabilities();
        // Let through as many bytes as end with a row, then end as a killed client does.
        proxy.next({ cut: 'body', after: rows.indexOf('{"a":50000}') });
        const sent = target.insert({ database: 'default', table: 'cut' }, 'JSONEachRow', rows);
        await expect(sent).rejects.toMatchObject({ failure: expect.stringMatching(/reset|server/) });
        await new Promise((done) => setTimeout(done, 300));
        expect(await server.count('default.cut')).toBe(0);
        await target.insert({ database: 'default', table: 'cut' }, 'JSONEachRow', rows);
        expect(await server.count('default.cut')).toBe(100_000);
      } finally {
        await target.close();
        await proxy.close();
      }
    });
  },
);
