import { describe, expect, test } from 'vitest';
import type { Config } from '../../src/model/config.ts';
import { folder, said } from './sandbox.ts';

/** Every variable of the earlier loader with the names that it took, a value, and where it is looked for. */
const VARIABLES: [names: string[], value: string, of: (config: Config) => unknown, expected?: unknown][] = [
  [['QTICKETS_TOKEN', 'QTICKETS_API_TOKEN'], 'tok-1234-5678', ({ qtickets }) => qtickets.token],
  [['QTICKETS_BASE_URL', 'QTICKETS_API_BASE_URL'], 'http://api.test/v1', ({ qtickets }) => qtickets.baseUrl],
  [['QTICKETS_SINCE_HOURS', 'QTICKETS_LOOKBACK_HOURS'], '2', ({ qtickets }) => qtickets.sinceHours, 2],
  [['QTICKETS_INITIAL_BACKFILL_HOURS'], '48', ({ qtickets }) => qtickets.backfillHours, 48],
  [['QTICKETS_BACKFILL_GUARD_TABLE'], 'other_runs', ({ qtickets }) => qtickets.guardTable],
  [['DRY_RUN', 'QTICKETS_DRY_RUN'], 'yes', ({ qtickets }) => qtickets.dryRun, true],
  [['JOB_NAME', 'QTICKETS_JOB_NAME'], 'nightly', ({ job }) => job],
  [['CLICKHOUSE_HOST', 'CH_HOST'], 'ch-zakaz', ({ target }) => new URL(target.url).hostname],
  [['CLICKHOUSE_DB', 'CLICKHOUSE_DATABASE', 'CH_DATABASE'], 'zakaz', ({ target }) => target.database],
  [
    ['CLICKHOUSE_USER', 'CLICKHOUSE_USER_WRITE', 'CH_USER', 'CH_USER_WRITE', 'CLICKHOUSE_USERNAME'],
    'loader',
    ({ target }) => target.user,
  ],
  [
    ['CLICKHOUSE_PASSWORD', 'CLICKHOUSE_PASSWORD_WRITE', 'CH_PASSWORD', 'CH_PASSWORD_WRITE'],
    'pw-1234-5678',
    ({ target }) => target.password,
  ],
  [
    ['QTICKETS_PARTNERS_BASE_URL', 'QTICKETS_PARTNERS_API_BASE_URL'],
    'http://partners.test/v1',
    ({ qtickets }) => qtickets.partners.baseUrl,
  ],
  [
    ['QTICKETS_PARTNERS_TOKEN', 'QTICKETS_PARTNERS_API_TOKEN'],
    'par-1234-5678',
    ({ qtickets }) => qtickets.partners.token,
  ],
  [
    ['QTICKETS_PARTNERS_FIND_REQUESTS', 'QTICKETS_PARTNERS_FIND_REQUESTS_JSON'],
    '[{"filter": {"id": 1}}]',
    ({ qtickets }) => qtickets.partners.findRequests,
  ],
];
const SKIPS = [
  'clients',
  'price_shades',
  'discounts',
  'promo_codes',
  'barcodes',
  'partner_tickets',
  'inventory',
] as const;
/** What the earlier loader needed and this one takes from elsewhere: it must not be in the way. */
const OTHERS = 'ORG_NAME=org\nTZ=Europe/Moscow\nREPORT_TZ=Europe/Moscow\nLOG_LEVEL=INFO\n';

describe('the environment file of the earlier loader', () => {
  const each = VARIABLES.flatMap(([names, value, of, expected = value]) =>
    names.map((name) => ({ name, value, of, expected })),
  );
  test.each(each)('$name', async ({ name, value, of, expected }) => {
    const here = folder();
    const host = /_HOST$/.test(name) ? '' : 'CLICKHOUSE_HOST=h\n';
    here.write('.env.qtickets_api', `${OTHERS}${host}${name}=${value}\n`);
    expect(of(await here.load({ envFile: ['.env.qtickets_api'] }))).toEqual(expected);
  });

  test.each(['CLICKHOUSE_PORT', 'CH_PORT', 'CLICKHOUSE_HTTP_PORT'])('%s', async (name) => {
    const here = folder();
    here.write('.env.q', `CLICKHOUSE_HOST=h\n${name}=18123\n`);
    expect((await here.load({ envFile: ['.env.q'] })).target.url).toBe('http://h:18123');
  });

  test('the first name that is not blank wins, and a flag wins over the file', async () => {
    const here = folder();
    here.write('.env.q', 'QTICKETS_SINCE_HOURS=\nQTICKETS_LOOKBACK_HOURS=6\n');
    expect((await here.load({ envFile: ['.env.q'] })).qtickets.sinceHours).toBe(6);
    expect((await here.load({ envFile: ['.env.q'], sinceHours: '3' })).qtickets.sinceHours).toBe(3);
  });

  test.each(SKIPS)('QTICKETS_SKIP_ for %s, and for nothing else', async (name) => {
    const here = folder();
    here.write('.env.q', `QTICKETS_SKIP_${name.toUpperCase()}=on\n`);
    const { skip } = (await here.load({ envFile: ['.env.q'] })).qtickets;
    expect(Object.entries(skip).filter(([, on]) => on)).toEqual([[name, true]]);
  });

  test.each([
    ['QTICKETS_SINCE_HOURS', 'soon'],
    ['QTICKETS_SINCE_HOURS', '-1'],
    ['QTICKETS_SKIP_CLIENTS', 'maybe'],
    ['QTICKETS_BASE_URL', 'qtickets.ru'],
    ['QTICKETS_BASE_URL', 'https://user:pw@qtickets.test/'],
    ['CLICKHOUSE_PORT', 'http'],
  ])('%s=%s is a usage error that names it', async (name, value) => {
    const here = folder();
    here.write('.env.q', `CLICKHOUSE_HOST=h\n${name}=${value}\n`);
    const error = await here.error({ envFile: ['.env.q'] });
    expect(error.exitCode).toBe(2);
    expect(said(error)).toContain(name);
  });
});
