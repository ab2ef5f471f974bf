import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import insertPrivileges from '../../checks/insert-privileges.ts';
import { openTarget } from '../../src/engine/http.ts';
import { emptyInsert } from '../../src/evidence/empty-insert.ts';
import { startEngine } from '../helpers/engine.ts';
import { type OldServer, oldServerMissing, startOldServer } from '../helpers/old-server.ts';
import { collectWith, noTools, resultOf } from './collect-with.ts';
import { say } from './say.ts';

type Facts = Parameters<typeof insertPrivileges.judge>[0];

const facts = (change: Partial<Facts['tables'][number]> = {}, other: Partial<Facts> = {}): Facts => ({
  user: 'loader',
  roles: [],
  tables: [
    {
      table: 'shop.orders',
      insert: 'yes',
      insert_missing: [],
      select: 'yes',
      tried: 'ok',
      insert_grant: 'GRANT INSERT ON `shop`.`orders` TO `loader`',
      select_grant: 'GRANT SELECT ON `shop`.`orders` TO `loader`',
      ...change,
    },
  ],
  absent: [],
  scratch: 'yes',
  scratch_grant: 'GRANT CREATE TEMPORARY TABLE ON *.* TO `loader`',
  hidden: [],
  ...other,
});

const refused = (code: number, message: string) => ({
  tried: 'refused' as const,
  error: { failure: 'server' as const, code, message },
});

describe('insert-privileges judges', () => {
  test('the server’s answer decides, whatever the grants seem to say', () => {
    expect(say(insertPrivileges, facts({ insert: 'unknown' })).status).toBe('pass');
    expect(say(insertPrivileges, facts({ insert: 'yes', ...refused(497, 'Not enough privileges') }))).toMatchObject({
      status: 'fail',
      remedies: ['GRANT INSERT ON `shop`.`orders` TO `loader`'],
    });
  });

  test('a read-only user is told so: no grant would help', () => {
    const verdict = say(insertPrivileges, facts(refused(164, 'Cannot execute query in readonly mode')));
    expect(verdict.status).toBe('fail');
    expect(verdict.remedies.join(' ')).not.toContain('GRANT');
  });

  test('what the checks would want besides is a warning with its grant', () => {
    expect(say(insertPrivileges, facts({ select: 'no' }, { scratch: 'no', hidden: ['parts'] }))).toMatchObject({
      status: 'warn',
      remedies: [
        'GRANT SELECT ON `shop`.`orders` TO `loader`',
        'GRANT CREATE TEMPORARY TABLE ON *.* TO `loader`',
        'GRANT SELECT ON `system`.`parts` TO `loader`',
      ],
    });
  });

  test('an insert that failed for another reason is no question of privileges', () => {
    const other = {
      tried: 'failed otherwise' as const,
      error: { failure: 'server' as const, code: 252, message: 'Too many parts' },
    };
    expect(say(insertPrivileges, facts(other)).status).toBe('warn');
  });

  test('a table that is not visible is a skip', () => {
    expect(say(insertPrivileges, facts({}, { tables: [], absent: ['shop.orders'] })).status).toBe('skip');
  });
});

const asked = { tables: [{ database: 'shop', table: 'orders' }], tools: { ...noTools, emptyInsert } };
const create = 'CREATE TABLE shop.orders (id UInt64, day Date) ENGINE = MergeTree PARTITION BY day ORDER BY id';

test('insert-privileges on the embedded engine: its user may', async () => {
  const engine = await startEngine();
  try {
    await engine.target.command('CREATE DATABASE shop');
    await engine.target.command(create);
    const { results, facts: kept } = await collectWith(engine.target, [insertPrivileges], asked);
    expect(resultOf(results, 'insert-privileges').status).toMatch(/^(?:pass|warn)$/);
    expect(kept.get('insert-privileges')).toMatchObject({ tables: [{ insert: 'yes', tried: 'ok' }] });
  } finally {
    await engine.close();
  }
});

describe.runIf(oldServerMissing() === undefined)('insert-privileges on a server without SHOW GRANTS', () => {
  let server: OldServer;
  beforeAll(async () => {
    const started = await startOldServer();
    if (!started.server) throw new Error(started.reason);
    server = started.server;
    const target = await openTarget(server.config(), { runId: 'test' });
    await target.command('CREATE DATABASE shop');
    await target.command(create);
    await target.close();
  });
  afterAll(() => server?.stop());

  test.each([
    ['default', 'pass', /^user default may insert into 1 table$/],
    ['reader', 'fail', /^user reader is read-only/],
    ['viewer', 'fail', /^user viewer is read-only/],
  ])('user %s: %s', async (user, status, message) => {
    const target = await openTarget(server.config({ user }), { runId: 'test' });
    try {
      const { results } = await collectWith(target, [insertPrivileges], asked);
      expect(resultOf(results, 'insert-privileges')).toMatchObject({ status, message: expect.stringMatching(message) });
    } finally {
      await target.close();
    }
  });
});
