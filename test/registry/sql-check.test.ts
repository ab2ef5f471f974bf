import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTarget } from '../../src/engine/http.ts';
import type { Target } from '../../src/engine/target.ts';
import { sqlCheck } from '../../src/registry/sql-check.ts';
import { sqlLibrary } from '../../src/registry/sql-file.ts';
import { collectWith } from '../checks/collect-with.ts';
import { type OldServer, oldServerMissing, startOldServer } from '../helpers/old-server.ts';
import { probeHooks } from '../helpers/target-hooks.ts';

test('a header gives title, failure, why, phases, needs and severity', () => {
  const { check } = sqlCheck(
    'own/late',
    `-- title: No order is late
-- failure: Some orders are late
-- why: Late orders cost money.
-- phases: before, after
-- needs: system.parts
-- severity: warn
-- expect: empty
SELECT 1 WHERE 0`,
    'own/late.sql',
  );
  expect(check).toMatchObject({
    id: 'own/late',
    title: 'No order is late',
    failureTitle: 'Some orders are late',
    why: 'Late orders cost money.',
    phases: ['before', 'after'],
    needs: ['http', 'system.parts'],
    severity: 'warn',
  });
});

test('without a header the file’s name and its statements are the title', () => {
  const { check, statements } = sqlCheck('smoke/basic-smoke', 'SELECT 1;\nSELECT 2;', 'smoke/basic-smoke.sql');
  expect(check).toMatchObject({ title: 'basic smoke: 2 statements run without an error', phases: ['after'] });
  expect(statements.map((file) => file.name)).toEqual(['smoke/basic-smoke#1', 'smoke/basic-smoke#2']);
});

test('an empty file and an unknown phase are refused', () => {
  expect(() => sqlCheck('a', '-- title: nothing', 'a.sql')).toThrow('There is no statement in this check');
  expect(() => sqlCheck('a', '-- phases: during\nSELECT 1', 'a.sql')).toThrow('"during" is no phase');
});

const missing = oldServerMissing();
if (missing !== undefined) {
  test.runIf(process.env.CI !== undefined)('the old server is there', () => expect.fail(missing));
} else {
  let server: OldServer | undefined;
  let target: Target;
  beforeAll(async () => {
    const started = await startOldServer();
    if (!started.server) throw new Error(started.reason);
    server = started.server;
    target = await openTarget(server.config(), probeHooks());
    await target.command('CREATE TABLE default.t (n UInt64) ENGINE = Memory');
    await target.command('CREATE TABLE default.u (n UInt64) ENGINE = Memory');
    await target.command('INSERT INTO default.t SELECT number FROM system.numbers LIMIT 3');
  });
  afterAll(async () => {
    await target?.close();
    await server?.stop();
  });

  const ask = async (source: string, as: Target = target) => {
    const { check, statements } = sqlCheck('own/asked', source, 'asked.sql');
    const tables = ['t', 'u'].map((table) => ({ database: 'default', table }));
    const { results } = await collectWith(as, [check], { phase: 'after', tables, statements: sqlLibrary(statements) });
    const [result] = results;
    if (!result) throw new Error('no result');
    return result;
  };

  test('an expectation that holds passes, one that does not fails with what was found', async () => {
    expect(await ask('-- expect: value = 3\nSELECT count() FROM default.t')).toMatchObject({ status: 'pass' });
    expect(await ask('-- expect: empty\nSELECT n FROM default.t ORDER BY n FORMAT Pretty')).toMatchObject({
      status: 'fail',
      message: 'found 3 rows, expected no rows',
      because: [{ text: expect.stringMatching(/"n":"?0"?/) }, expect.anything(), expect.anything()],
    });
  });

  test('a statement with a table in it runs once for each table', async () => {
    const source = '-- expect: value > 0\nSELECT count() FROM {database:Identifier}.{table:Identifier}';
    expect(await ask(source)).toMatchObject({ status: 'fail', message: 'default.u: found 0, expected value > 0' });
  });

  test('a file of several statements counts those that fail, and goes on after each', async () => {
    const result = await ask(
      'SELECT 1;\nSELECT * FROM default.nowhere;\nINSERT INTO default.t VALUES (9);\n-- expect: rows = 3\nSELECT n FROM default.t;',
    );
    expect(result).toMatchObject({ status: 'fail', message: '2 of 4 statements did not answer as expected' });
    expect(result.because.map((line) => line.text).join('\n')).toMatch(
      /nowhere.*\(line 2\)[\s\S]*not sent: only statements that read are \(line 3\)/,
    );
  });

  test('the server itself refuses to write for such a check', async () => {
    // A table function that writes hides in no SELECT; the setting is the second lock on that door.
    const found = await ask("-- expect: value = '2'\nSELECT value FROM system.settings WHERE name = 'readonly'");
    expect(found).toMatchObject({ status: 'pass' });
  });

  test('a user who is read-only already gets an answer as well', async () => {
    if (!server) throw new Error('no server');
    for (const user of ['reader', 'viewer']) {
      const reader = await openTarget(server.config({ user }), probeHooks());
      try {
        expect([user, (await ask('-- expect: value = 3\nSELECT count() FROM default.t', reader)).status]).toEqual([
          user,
          'pass',
        ]);
      } finally {
        await reader.close();
      }
    }
  });
}
