import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shown } from '../../src/config/problems.ts';
import { isSecretName } from '../../src/config/secret-names.ts';
import type { WitnessError } from '../../src/kernel/errors.ts';
import { folder, said } from './sandbox.ts';

describe('a secret is what its name says', () => {
  test.each([
    'CLICKHOUSE_PASSWORD',
    'CH_PASSWORD_WRITE',
    'DB_PASS',
    'MYSQL_PWD',
    'QTICKETS_TOKEN',
    'QTICKETS_API_TOKEN2',
    'apiKey',
    'AWS_SECRET_ACCESS_KEY',
    'AWS_ACCESS_KEY_ID',
    'PRIVATE_KEY',
    'CLICKHOUSE_KEY',
    'client_secret',
    'npm_config__authToken',
    'SLACK_WEBHOOK',
    'GOOGLE_CREDENTIALS',
    'CLICKHOUSE_PASWORD',
  ])('%s', (name) => {
    expect(isSecretName(name)).toBe(true);
  });

  test.each([
    'PWD',
    'OLDPWD',
    'CLICKHOUSE_USER',
    'CLICKHOUSE_DB',
    'CLICKHOUSE_PORT',
    'SORT_KEY',
    'partition_key',
    'PUBLIC_KEY',
    'MAX_TOKENS',
    'TOKEN_TTL',
    'PASSWORD_FILE',
    'KEYBOARD',
    'MONKEY',
    'COMPASS',
    'PASS_COUNT',
    'ORG_NAME',
    'SSH_KEY_PATH',
  ])('%s is none', (name) => {
    expect(isSecretName(name)).toBe(false);
  });
});

describe('every secret in reach is known', () => {
  const values = (secrets: readonly { value: string }[]) => secrets.map(({ value }) => value);

  test('by name from all env-files and the environment; a year, a database and a port stay readable', async () => {
    const here = folder();
    here.write('.env', 'QTICKETS_TOKEN=qt-abc-1\nREPORT_YEAR=2025\nCLICKHOUSE_DB=zakaz\nCLICKHOUSE_PORT=8123\n');
    here.write('b.env', 'OTHER_SECRET=in-b\nSECRET_ENABLED=true\nTLS_KEY=/etc/client.key\nX_TOKEN=false\n');
    here.write('chwitness.yaml', 'env_file: [b.env]\n');
    const { secrets } = await here.load({ envFile: ['.env'] }, { AMBIENT_API_KEY: 'in-env', PWD: here.path });
    expect(secrets).toEqual([
      { label: 'QTICKETS_TOKEN', value: 'qt-abc-1' },
      { label: 'AMBIENT_API_KEY', value: 'in-env' },
      { label: 'OTHER_SECRET', value: 'in-b' },
    ]);
  });

  test('declared ones, misspelt ones and those that an earlier file set', async () => {
    const here = folder();
    here.write('chwitness.yaml', 'secrets: [ORG_NAME]\n');
    here.write('.env', 'ORG_NAME=acme-quiet\nCLICKHOUSE_PASWORD=slipped-in\nCLICKHOSE_PASSWORD=elsewhere-1\n');
    const { secrets, notes } = await here.load({ envFile: ['.env'] });
    expect(values(secrets).sort()).toEqual(['acme-quiet', 'elsewhere-1', 'slipped-in']);
    expect(notes).toContain('CLICKHOUSE_PASWORD from .env:2 is not read; did you mean CLICKHOUSE_PASSWORD?');
  });

  test('credentials in URLs and connection strings, as written and decoded', async () => {
    const env = {
      DATABASE_DSN: 'postgresql://me:p%40ss-word@db/x',
      ODBC: 'Driver=CH;Server=ch;Password=odbc-pass;Database=zakaz',
      HOOK: 'https://api.example/x?token=url-token-1&year=2025',
    };
    const { secrets } = await folder().load({}, env);
    expect(secrets).toEqual(
      expect.arrayContaining([
        { label: 'DATABASE_DSN', value: 'p%40ss-word', user: 'me' },
        { label: 'DATABASE_DSN', value: 'p@ss-word', user: 'me' },
        { label: 'ODBC', value: 'odbc-pass' },
        { label: 'HOOK', value: 'url-token-1' },
      ]),
    );
    expect(secrets).toHaveLength(4);
  });

  test('a quoted value is known with its quotes and without; once each', async () => {
    const here = folder();
    here.write('.env', 'A_TOKEN="quoted-1"\nB_TOKEN=same-2\nC_TOKEN=same-2\n');
    expect(values((await here.load({ envFile: ['.env'] })).secrets)).toEqual(['"quoted-1"', 'quoted-1', 'same-2']);
  });

  test('in the options of a check and in server settings', async () => {
    const here = folder();
    here.write(
      'chwitness.yaml',
      'checks: { x: { options: { api_token: opt-1, column: at, list: { secrets: [s-2] } } } }\n',
    );
    const { secrets } = await here.load({ setting: ['s3_secret_access_key=set-3', 'max_threads=4'] });
    expect(values(secrets).sort()).toEqual(['opt-1', 's-2', 'set-3']);
  });

  test('credentials of a URL that lost to another are known all the same', async () => {
    const { secrets } = await folder().load({ url: 'http://two:1' }, { CLICKHOUSE_URL: 'http://u:lost-pass@one:1' });
    expect(secrets).toEqual([{ label: 'CLICKHOUSE_URL', value: 'lost-pass', user: 'u' }]);
  });
});

describe('no sentence shows a secret', () => {
  test('not even where it strayed into a key that is none', async () => {
    const here = folder();
    here.write('chwitness.yaml', 'fail_on: stray-secret-1\n');
    const text = said(await here.error({}, { X_TOKEN: 'stray-secret-1' }));
    expect(text).toContain('fail_on is "‹hidden›", expected fail or warn');
  });

  test('nor a short one under a key that says so, where taking it out of all text would tear up words', () => {
    expect(shown('abc', ['options', 'api_token'])).toBe('a value that is not shown');
    expect(shown('abc', ['options', 'column'])).toBe('"abc"');
    expect(shown('http://u:abc@h', ['options', 'column'])).toBe('a text that may hold credentials');
  });

  const secret = fc
    .string({ unit: fc.constantFrom(...'aZ09-_.!#$%&*()+=[]{}:;,?/@~^|\'" \\'), minLength: 4, maxLength: 24 })
    .map((tail) => `S3cr${tail}t!`);
  const places = fc.constantFrom('env', 'envFile', 'bad-env-line', 'url', 'argv', 'key', 'nested', 'scalar', 'setting');

  test('neither an error nor sources nor notes, wherever it stands', async () => {
    const here = folder();
    await fc.assert(
      fc.asyncProperty(secret, places, fc.boolean(), async (value, place, broken) => {
        const quoted = JSON.stringify(value);
        const lines: Record<string, string> = {
          key: `password: ${quoted}`,
          nested: `target:\n  api_token: ${quoted}`,
          scalar: `checks: { a: { options: { password: ${quoted} }, severity: 3 } }`,
        };
        here.write('chwitness.yaml', `${lines[place] ?? 'job: x'}\n${broken ? 'concurrency: none\n' : ''}`);
        const kept = place === 'envFile' ? `CLICKHOUSE_PASSWORD=${value}\n` : '';
        here.write('.env', `CLICKHOUSE_HOST=ch\n${kept}${place === 'bad-env-line' ? `export TOKEN=${value}\n` : ''}`);
        const url = place === 'url' ? `http://u:${value}@ch:8123` : '';
        const env = {
          CLICKHOUSE_URL: url,
          ...(place === 'env' ? { CLICKHOUSE_PASWORD: value, CH_PASSWORD: value } : {}),
        };
        const flags = {
          envFile: ['.env'],
          ...(place === 'argv' ? { url: `http://u:${value}@ch:8123` } : {}),
          ...(place === 'setting' ? { setting: [`s3 secret=${value}`] } : {}),
        };
        const seen = await here.load(flags, env).then(
          ({ sources, notes }) => JSON.stringify({ sources, notes }),
          (error: WitnessError) => said(error),
        );
        expect(seen).not.toContain(value);
        expect(seen).not.toContain(value.slice(0, 8));
      }),
      { numRuns: 400, seed: 20251029 },
    );
  });
});
