import { describe, expect, test } from 'vitest';
import { folder, said } from './sandbox.ts';

async function refusal(yaml: string): Promise<string> {
  const here = folder();
  here.write('chwitness.yaml', yaml);
  return said(await here.error());
}

describe('mistakes of the file', () => {
  test.each([
    ['tabels: [a]', 'CONFIG_UNKNOWN_KEY\ntabels is not a key of the configuration; did you mean tables?', ':1'],
    ['failOn: warn', 'did you mean fail_on?', ':1'],
    ['target:\n  databse: x', 'target.databse is not a key of the configuration; did you mean target.database?', ':2'],
    ['bundles:\n  mine:\n    blokcing: [a]', 'did you mean bundles.mine.blocking?', ':3'],
    ['checks:\n  freshness:\n    severty: warn', 'did you mean checks.freshness.severity?', ':3'],
    ['zzzzzzz: 1', 'known here: env_file, secrets, target', ':1'],
    ['fail_on: warning', 'fail_on is "warning", expected fail or warn', ':1'],
    ['concurrency: 0', 'concurrency is 0, expected a whole number from 1', ':1'],
    ['concurrency: many', 'concurrency is "many", expected a whole number from 1', ':1'],
    ['concurrency: 1.5', 'concurrency is 1.5, expected a whole number from 1', ':1'],
    ['job: 2025', 'job is 2025, expected text\nchwitness.yaml:1\nwrite "2025"', ':1'],
    ['tables: orders', 'tables is "orders", expected a list such as [one, two]', ':1'],
    ['tables: ["a.b.c"]', '"a.b.c" is not the name of a table', ':1'],
    ['target: localhost', 'target is "localhost", expected a map of url, embedded', ':1'],
    ['limits:\n  check_ms: 30 parsecs', 'limits.check_ms is "30 parsecs", expected a time such as', ':2'],
    ['load:\n  batch_bytes: huge', 'load.batch_bytes is "huge", expected a size', ':2'],
    [
      'load:\n  settings: { "bad name": 1 }',
      'load.settings.bad name is not a key that fits here, expected the name of a server',
      ':2',
    ],
    ['job_runs: { job: x }', 'job_runs.table is nothing, expected text', ':1'],
    ['- a\n- b', 'the file is a list, expected a map of', ':1'],
    ['a: 1\na: 2', 'CONFIG_SYNTAX\na key stands here a second time', ':2'],
    ['job: [', 'a bracket is not closed', ':1'],
    ['a:\n\tb: 1', 'a tab is used as indentation', ':2'],
    ['schema: ./nowhere', 'nowhere does not exist', ':1'],
  ])('%j', async (yaml, sentence, where) => {
    const text = await refusal(yaml);
    expect(text).toContain(sentence);
    expect(text).toContain(`chwitness.yaml${where}`);
  });

  test('all mistakes are named at once, of the file, an env-file and the flags', async () => {
    const here = folder();
    here.write('chwitness.yaml', 'tabels: []\nfail_on: never\n');
    here.write('.env', 'ok=1\nnot ok=2');
    const error = await here.error({ envFile: ['.env'], batchRows: 'lots' });
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.exitCode).toBe(2);
    expect(error.message).toMatch(/^4 mistakes/);
    for (const where of ['chwitness.yaml:1', 'chwitness.yaml:2', '.env:2', '--batch-rows'])
      expect(error.message).toContain(where);
  });

  test.each(['password: hunter2hunter2', 'target:\n  password: hunter2hunter2', 'target:\n  token: hunter2hunter2'])(
    '%j is refused with the place where it belongs',
    async (yaml) => {
      const text = await refusal(yaml);
      expect(text).toContain('CONFIG_SECRET_IN_FILE');
      expect(text).toContain('CLICKHOUSE_PASSWORD');
      expect(text).not.toContain('hunter2');
    },
  );

  test('a file that cannot be read as YAML is described without its text', async () => {
    for (const yaml of [
      'password: "hunter2hunter2',
      'x: "a" hunter2hunter2: "b"',
      '"hunter2hunter2" "x"',
      '@hunter2hunter2',
    ])
      expect(await refusal(yaml)).not.toContain('hunter2');
  });

  test('aliases that unfold without measure are refused', async () => {
    const levels = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(',')}]`);
    expect(await refusal(['l0: &l0 [x]', ...levels].join('\n'))).toMatch(/unfold without measure/);
  });
});

describe('what the file may say', () => {
  test('keys without a value say nothing', async () => {
    const here = folder();
    here.write('chwitness.yaml', 'job:\ntarget:\n  url:\n  tls:\n');
    expect((await here.load()).job).toBe('load');
  });

  test('sizes and times with units, bundles, checks and job runs', async () => {
    const here = folder();
    here.write(
      'chwitness.yaml',
      [
        'target: { database: shop, request_timeout_ms: 2m, settings: { max_threads: 4 } }',
        'tables: [orders, "`odd.name`", other.t]',
        'job_runs: { table: meta_job_runs }',
        'job: nightly',
        'limits: { artifact_bytes: 1.5MiB, check_ms: 500 }',
        'archive: { format: zip, keep: 3 }',
        'bundles: { mine: { extends: preflight, blocking: [a], budget: 90s } }',
        'checks: { freshness: { severity: warn, options: { column: at }, timeout_ms: 5s } }',
      ].join('\n'),
    );
    expect(await here.load()).toMatchObject({
      target: { database: 'shop', requestTimeoutMs: 120_000, settings: { max_threads: '4' } },
      tables: [
        { database: 'shop', table: 'orders' },
        { database: 'shop', table: 'odd.name' },
        { database: 'other', table: 't' },
      ],
      jobRuns: { table: { database: 'shop', table: 'meta_job_runs' }, job: 'nightly' },
      limits: { artifact_bytes: 1_572_864, check_ms: 500 },
      archive: { format: 'zip', keep: 3 },
      bundles: { mine: { extends: 'preflight', blocking: ['a'], budget: 90_000 } },
      checks: { freshness: { severity: 'warn', options: { column: 'at' }, timeout_ms: 5000 } },
    });
  });

  test('plug-ins: packages stay names, paths and globs become absolute, own checks are found', async () => {
    const here = folder();
    here.write('chwitness.yaml', 'plugins: [chwitness-plugin-x, "@team/checks", ./smoke/*.sql, more/one.mjs]\n');
    here.write('chwitness/checks/a.sql', 'SELECT 1');
    expect((await here.load()).checkFiles).toEqual([
      `${here.path}/chwitness/checks/*.{sql,js,mjs}`,
      'chwitness-plugin-x',
      '@team/checks',
      `${here.path}/smoke/*.sql`,
      `${here.path}/more/one.mjs`,
    ]);
  });

  test('the folder of DDL is ./sql/schema where it exists', async () => {
    const here = folder();
    expect((await here.load()).schemaDir).toBeUndefined();
    here.write('sql/schema/a.sql', '');
    expect((await here.load()).schemaDir).toBe(`${here.path}/sql/schema`);
  });

  test('a time on the command line needs its unit', async () => {
    const here = folder();
    expect((await here.load({ timeout: '45s' })).target.requestTimeoutMs).toBe(45_000);
    expect(said(await here.error({ timeout: '45' }))).toContain('--timeout is "45", expected a time such as');
  });

  test('all of it is frozen, down to the leaves', async () => {
    const here = folder();
    here.write('chwitness.yaml', 'checks: { a: { options: { deep: [{ x: 1 }] } } }\n');
    const config = await here.load({ url: 'http://ch:8123', table: ['t'] }, { CLICKHOUSE_PASSWORD: 'p-a-s-s' });
    const open: string[] = [];
    const walk = (value: unknown, path: string) => {
      if (typeof value !== 'object' || value === null) return;
      if (!Object.isFrozen(value)) open.push(path);
      for (const [key, inner] of Object.entries(value)) walk(inner, `${path}.${key}`);
    };
    walk(config, 'config');
    expect(open).toEqual([]);
    expect(() => Reflect.set(config.target, 'password', 'x')).not.toThrow();
    expect(config.target.password).toBe('p-a-s-s');
  });
});
