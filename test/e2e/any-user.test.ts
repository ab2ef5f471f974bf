import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EngineError } from '../../src/engine/errors.ts';
import { refusalOf } from '../../src/evidence/refusals.ts';
import type { CheckResult, RunJson } from '../../src/model/run.ts';
import { openPlace, type Place } from '../helpers/cli.ts';
import { type OldServer, oldServerMissing, startOldServer } from '../helpers/old-server.ts';

const CRASHED = ['error', 'timeout', 'canceled'];
const crashed = (run: RunJson) => run.checks.filter((one) => CRASHED.includes(one.status));
const skips = (run: RunJson) => run.checks.filter((one) => one.status === 'skip');

function of(run: RunJson, id: string): CheckResult {
  const found = run.checks.filter((one) => one.id === id).at(-1);
  if (!found) throw new Error(`no result of ${id}`);
  return found;
}

test('a refusal that has to do with who asks is a reason to skip, with the GRANT that is missing', () => {
  const refused = (code: number, message: string) =>
    refusalOf(new EngineError({ failure: 'server', code, message }), 'watcher');
  expect(
    refused(
      497,
      "watcher: Not enough privileges. To execute this query, it's necessary to have the grant SELECT(n, s) ON shop.orders.",
    ),
  ).toMatchObject({ remedies: ['GRANT SELECT(n, s) ON shop.orders TO `watcher`'] });
  expect(
    refused(
      497,
      "watcher: Not enough privileges. To execute this query it's necessary to have grant SHOW COLUMNS ON shop.orders",
    ),
  ).toMatchObject({ remedies: ['GRANT SHOW COLUMNS ON shop.orders TO `watcher`'] });
  expect(refused(201, 'Quota has been exceeded')?.reason).toMatch(/^the quota of this user is used up/);
  expect(refused(60, 'no such table')).toBeUndefined();
});

const missing = oldServerMissing();
if (missing !== undefined) {
  test.runIf(process.env.CI !== undefined)('the old server is there', () => expect.fail(missing));
} else {
  describe('on 18.16', () => {
    let place: Place;
    let server: OldServer;
    beforeAll(async () => {
      const networks = '<networks><ip>127.0.0.1</ip></networks>';
      const user = (name: string, rest: string) =>
        `<${name}><password></password>${networks}<profile>default</profile>${rest}</${name}>`;
      const quota = (name: string, queries: number) =>
        `<${name}><interval><duration>3600</duration><queries>${queries}</queries><errors>0</errors><result_rows>0</result_rows><read_rows>0</read_rows><execution_time>0</execution_time></interval></${name}>`;
      const started = await startOldServer({
        users: [
          user('few', '<quota>few</quota>'),
          user('none', '<quota>none</quota>'),
          user('shopper', '<quota>default</quota><allow_databases><database>shop</database></allow_databases>'),
        ].join(''),
        quotas: quota('few', 25) + quota('none', 1),
      });
      if (!started.server) throw new Error(started.reason);
      server = started.server;
      place = await openPlace();
      for (const body of [
        'CREATE DATABASE shop',
        'CREATE DATABASE hidden',
        'CREATE TABLE shop.orders (id UInt64, day Date, name String) ENGINE = MergeTree PARTITION BY day ORDER BY id',
        'CREATE TABLE hidden.secrets (id UInt64) ENGINE = MergeTree ORDER BY id',
        "INSERT INTO shop.orders SELECT number, toDate('2026-01-01'), 'x' FROM (SELECT number FROM system.numbers LIMIT 3)",
      ]) {
        const answer = await fetch(server.url, { method: 'POST', body });
        if (!answer.ok) throw new Error(await answer.text());
      }
    });
    afterAll(async () => {
      await place?.close();
      await server?.stop();
    });

    async function as(user: string, args: readonly string[], env: Record<string, string> = {}): Promise<RunJson> {
      const ran = await place.run([...args, '--url', server.url, '--user', user], { env });
      expect([0, 1]).toContain(ran.code);
      expect(ran.stderr).not.toContain('bug of chwitness');
      if (!ran.run) throw new Error(ran.stdout + ran.stderr);
      expect(crashed(ran.run)).toEqual([]);
      return ran.run;
    }
    const orders = ['--table', 'shop.orders'];

    test('readonly = 1: what can be read is read, and it says that this user may not insert', async () => {
      const run = await as('reader', ['preflight', ...orders]);
      expect(of(run, 'row-counts')).toMatchObject({ status: 'pass', message: 'shop.orders: 3 rows' });
      expect(of(run, 'insert-privileges')).toMatchObject({
        status: 'fail',
        message: expect.stringContaining('user reader is read-only'),
      });
      const later = await as('reader', ['collect', '--since', '1h', ...orders]);
      // Its profile logs nothing, and it may not flush: no word about what did not arrive.
      expect(of(later, 'query-log').message).not.toMatch(/reached the server/);
    });

    test('a wrong password fails one check with what to do, and skips the others with that reason', async () => {
      const run = await as('guarded', ['preflight', ...orders], { CLICKHOUSE_PASSWORD: 'wrong-canary-77' });
      expect(of(run, 'target-reachable')).toMatchObject({
        status: 'fail',
        message: expect.stringMatching(/Wrong password/),
      });
      expect(of(run, 'target-reachable').remedies.join()).toContain('user name (guarded) and the password');
      expect(skips(run).length).toBeGreaterThan(5);
      expect(JSON.stringify(run)).not.toContain('wrong-canary-77');
    });

    test('a quota that is used up on the way: what was seen before it stays, the rest says so', async () => {
      const run = await as('few', ['preflight', ...orders]);
      const late = run.checks.filter((one) => /quota|Quota/.test(one.message));
      expect(late.length).toBeGreaterThan(0);
      expect(late.filter((one) => one.status === 'pass')).toEqual([]);
      expect(run.checks.filter((one) => one.status === 'pass').length).toBeGreaterThan(0);
    });

    test('a quota without a single statement left is told apart from a server that is not there', async () => {
      const run = await as('none', ['preflight', ...orders]);
      expect(of(run, 'target-reachable')).toMatchObject({ status: 'fail', message: expect.stringMatching(/[Qq]uota/) });
    });

    test.each(['witness', 'load'])(
      'the user that is printed for a server without GRANT, to %s: nothing is skipped for want of a privilege',
      async (purpose) => {
        const user = `printed_${purpose}`;
        const password = 'printed-canary-31';
        const { stdout } = await place.run([
          'grants',
          '--server-version',
          '18.16',
          '--for',
          purpose,
          '--user',
          user,
          ...orders,
        ]);
        const hash = createHash('sha256').update(password).digest('hex');
        mkdirSync(join(server.folder, 'users.d'), { recursive: true });
        const file = join(server.folder, 'users.d', `${user}.xml`);
        writeFileSync(file, stdout.replace('<password_sha256_hex></', `<password_sha256_hex>${hash}</`));
        const headers = { 'X-ClickHouse-User': user, 'X-ClickHouse-Key': password };
        // The server reads its users again by itself.
        await expect
          .poll(async () => (await fetch(`${server.url}/?query=SELECT%201`, { headers })).status, { timeout: 15_000 })
          .toBe(200);
        const env = { CLICKHOUSE_PASSWORD: password };
        // What a server of that age does not have, no privilege would give.
        const lacking = (run: RunJson) =>
          skips(run)
            .filter(({ message }) => !/does not have |does not exist|has no system\./.test(message))
            .filter((one) =>
              /not granted|not visible|privileges|read-only|denied/i.test([one.message, ...one.remedies].join()),
            )
            .map(({ id, message }) => [id, message]);
        // The table of the log is made by the first flush, which is an administrator's.
        await fetch(server.url, { method: 'POST', body: 'SYSTEM FLUSH LOGS' });
        const seen = await as(user, ['collect', '--since', '1h', ...orders], env);
        // It cannot flush the logs where it is read-only: their own interval is waited out.
        expect(of(seen, 'query-log').message).not.toMatch(/cannot be relied on/);
        expect(of(seen, 'row-counts')).toMatchObject({
          status: expect.stringMatching(/pass|warn/),
          message: expect.stringContaining('shop.orders: '),
        });
        expect(lacking(seen)).toEqual([]);
        if (purpose === 'witness') return;
        const rows = place.file('more.ndjson', '{"id":9,"day":"2026-01-02","name":"y"}\n');
        const loaded = await as(user, ['load', rows, ...orders], env);
        expect(loaded.checks.filter((one) => one.status === 'fail').map((one) => [one.id, one.message])).toEqual([]);
        expect(loaded.ingestion).toMatchObject({ status: 'ok', rows_written: 1 });
        expect(lacking(loaded)).toEqual([]);
      },
      60_000,
    );

    test('a user who sees one database gets the same answers there, and another database is not there for it', async () => {
      const run = await as('shopper', ['preflight', '--database', 'shop', ...orders, '--table', 'hidden.secrets']);
      // One row more where the printed user loaded one.
      expect(of(run, 'row-counts').message).toMatch(/shop\.orders: [34] rows/);
      expect(of(run, 'row-counts').message).toContain('hidden.secrets: not there');
    });
  });
}
