import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FRAME_PARAMETERS, framed, mayDivide } from '../../src/engine/frame.ts';
import { openTarget } from '../../src/engine/http.ts';
import type { Target } from '../../src/engine/target.ts';
import { cutBatches } from '../../src/load/cut/batches.ts';
import { insideRows } from '../../src/load/cut/inside.ts';
import { createPool } from '../../src/load/cut/pool.ts';
import { cutterOf } from '../../src/load/rows.ts';
import { insertSettings } from '../../src/load/settings.ts';
import type { RowFormat } from '../../src/model/source.ts';
import { startProxy } from '../helpers/cutting-proxy.ts';
import { probeHooks } from '../helpers/target-hooks.ts';
import { mustSkipServer, startTargetServer, type TargetServer } from '../helpers/target-server.ts';

/** Of the loader's settings those that this server knows. */
const SENT = new Set([
  'max_insert_block_size',
  'min_insert_block_size_rows',
  'min_insert_block_size_bytes',
  ...Object.keys(FRAME_PARAMETERS),
]);

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

    test('is not stored when what it has to wait for fails, and is stored after it', async () => {
      await server.sql('TRUNCATE TABLE default.cut');
      const target: Target = await openTarget(server.config(), probeHooks());
      try {
        const into = { database: 'default', table: 'cut' };
        const ready = Promise.reject(new Error('the disk of the journal is full'));
        ready.catch(() => undefined);
        await expect(target.insert(into, 'JSONEachRow', rows, { ready })).rejects.toThrow('disk of the journal');
        let waited = false;
        const later = new Promise((done) => setTimeout(done, 200)).then(async () => {
          expect(await server.count('default.cut')).toBe(0);
          waited = true;
        });
        await target.insert(into, 'JSONEachRow', rows, { ready: later });
        expect(waited).toBe(true);
        expect(await server.count('default.cut')).toBe(100_000);
      } finally {
        await target.close();
      }
    });

    const numbers = Array.from({ length: 60_000 }, (_, at) => at);
    const filler = 'x'.repeat(60);
    const texts: [string, RowFormat, string][] = [
      ['objects', 'JSONEachRow', numbers.map((at) => `{"b":"${at}{${filler}","a":${at}}\n`).join('')],
      [
        'objects with empty lines between',
        'JSONEachRow',
        numbers.map((at) => `\n {"a":${at},"b":"${filler}"}\n`).join(''),
      ],
      ['numbers first', 'CSV', numbers.map((at) => `${at},"a\n${at}${filler}"\n`).join('')],
      ['numbers first', 'TabSeparated', numbers.map((at) => `${at}\t${filler}\\\n${at}\n`).join('')],
    ];

    test.each(texts)('is not stored when it ends with any of its frames: %s, %s', async (_, format, text) => {
      const chunks = (async function* () {
        yield Buffer.from(text);
      })();
      const limits = { rows: 1e6, bytes: 1e9, rowBytes: 1e9 };
      const cut = { source: 'rows', cutter: cutterOf(format, false), limits, pool: createPool(1 << 20, 1) };
      for await (const batch of cutBatches(chunks, cut)) {
        expect(batch.rows).toBe(numbers.length);
        const frames: Uint8Array[] = [];
        for await (const piece of framed(batch.bytes, insideRows(format, batch.bytes, batch.marks ?? [], 2))) {
          frames.push(piece);
        }
        // A head and its bytes.
        expect(frames.length).toBeGreaterThanOrEqual(8);
        const settings: Record<string, string> = { ...insertSettings({}, numbers.length), ...FRAME_PARAMETERS };
        const known = Object.fromEntries(Object.entries(settings).filter(([name]) => SENT.has(name)));
        const query = new URLSearchParams({ query: `INSERT INTO default.halves FORMAT ${format}`, ...known });
        const length = frames.reduce((sum, piece) => sum + piece.length, 0);
        for (let many = 2; many <= frames.length; many += 2) {
          await server.sql('DROP TABLE IF EXISTS default.halves');
          await server.sql('CREATE TABLE default.halves (a UInt32, b String) ENGINE = MergeTree ORDER BY a');
          const head = `POST /?${query} HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`;
          const socket = connect(server.port, '127.0.0.1');
          socket.end(Buffer.concat([Buffer.from(head), ...frames.slice(0, many)]));
          let answer = '';
          socket.setEncoding('latin1').on('data', (more) => {
            answer += more;
          });
          await new Promise((done) => socket.once('close', done));
          const whole = many === frames.length;
          expect([many, await server.count('default.halves'), answer.slice(9, 12)]).toEqual(
            whole ? [many, numbers.length, '200'] : [many, 0, expect.stringMatching(/400|500/)],
          );
        }
      }
    });
  },
);

test('a body is divided only where half a row spoils all rows before it', () => {
  const pinned = { max_insert_block_size: '1048576' };
  expect(mayDivide(1000, pinned)).toBe(true);
  expect(mayDivide(1_048_576, pinned)).toBe(false);
  expect(mayDivide(undefined, pinned)).toBe(false);
  expect(mayDivide(1000, {})).toBe(false);
  expect(mayDivide(1000, { ...pinned, input_format_allow_errors_num: '1' })).toBe(false);
  expect(mayDivide(1000, { ...pinned, input_format_allow_errors_ratio: 0.1 })).toBe(false);
});

test('a place inside a row leaves no whole row before it', () => {
  const bytes = (text: string) => Buffer.from(text);
  expect(insideRows('CSV', bytes('1,2\n,3\n"4",5\n'), [4, 7], 2)).toEqual([8]);
  expect(insideRows('CSV', bytes('1\n2\n'), [2], 1)).toEqual([]);
  expect(insideRows('TabSeparated', bytes('1\t2\n\\N\t3\n4\t5\n'), [4, 9], 2)).toEqual([10]);
  expect(insideRows('JSONEachRow', bytes('{"a":1}\n\n {"a":2}'), [8], 0)).toEqual([11]);
});
