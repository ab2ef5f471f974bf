import http from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { openTarget } from '../../src/engine/http.ts';
import { type Listening, listen, SETTINGS, targetConfig } from '../helpers/http-stub.ts';
import { failureOf, probeHooks } from '../helpers/target-hooks.ts';

const RESERVED = new Set(['database', 'query', 'query_id']);
const REFUSAL =
  "Code: 164. DB::Exception: Cannot modify 'max_block_size' setting in readonly mode. (READONLY) (version 25.8.2.29)";

let server: Listening | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** A 25.8 as a user under readonly = 1 meets it: every setting in the URL is refused; integers are not quoted. */
async function readonlyServer(settings: (sql: string) => string | undefined): Promise<Listening> {
  server = await listen(
    http.createServer(async (request, response) => {
      let sql = '';
      for await (const chunk of request) sql += chunk;
      const asked = [...new URL(request.url ?? '/', 'http://stub.invalid').searchParams.keys()];
      response.setHeader('X-ClickHouse-Query-Id', 'stub');
      const refused = asked.filter((name) => !RESERVED.has(name) && !name.startsWith('param_'));
      const text = sql.includes('system.settings') ? settings(sql) : undefined;
      if (refused.length > 0) response.writeHead(500, { 'X-ClickHouse-Exception-Code': '164' }).end(REFUSAL);
      else if (sql.includes('system.settings') && text === undefined) {
        response.writeHead(403).end('Code: 497. DB::Exception: Not enough privileges. (ACCESS_DENIED) (version 25.8)');
      } else if (text !== undefined) response.end(text);
      else if (sql.includes('WithNamesAndTypes')) response.end('["n","k"]\n["UInt64","UInt8"]\n[9007199254740993,1]\n');
      else response.end('{"n":9007199254740993,"k":1}\n');
    }),
  );
  return server;
}

test('under readonly = 1 no setting is sent, 64-bit integers stay whole, and a note says so', async () => {
  const { url } = await readonlyServer(() => SETTINGS.replace('readonly\t0', 'readonly\t1'));
  const target = await openTarget(targetConfig(url, { settings: { max_threads: '1' } }), probeHooks());
  expect(await target.all('SELECT n, k', { settings: { max_result_rows: 5 } })).toEqual([
    { n: '9007199254740993', k: 1 },
  ]);
  const found = await target.capabilities();
  expect(found.accepts_settings).toBe(false);
  expect(found.notes.join('\n')).toMatch(/readonly = 1[\s\S]*max_result_rows was not sent/);
  await target.close();
});

test('where even system.settings may not be read, statements go out bare', async () => {
  const { url } = await readonlyServer(() => undefined);
  const target = await openTarget(targetConfig(url), probeHooks());
  expect(await target.all('SELECT n, k')).toEqual([{ n: '9007199254740993', k: 1 }]);
  expect((await target.capabilities()).notes[0]).toContain('system.settings could not be read');
  await target.close();
});

test('a first contact that fails is not remembered: the next one tries again', async () => {
  let up = false;
  const { url } = await readonlyServer(() => (up ? SETTINGS.replace('readonly\t0', 'readonly\t1') : 'starting'));
  const target = await openTarget(targetConfig(url), probeHooks());
  expect(await failureOf(target.capabilities())).toMatchObject({ failure: 'not-clickhouse' });
  up = true;
  expect(await target.all('SELECT n, k')).toHaveLength(1);
  await target.close();
});
