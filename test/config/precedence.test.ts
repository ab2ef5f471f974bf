import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { folder } from './sandbox.ts';

describe('who goes before whom', () => {
  test('flag, named env-file, environment, configured env-file, file, default: each falls back to the next', async () => {
    const here = folder();
    here.write('named.env', 'CHWITNESS_JOB=named');
    here.write('configured.env', 'CHWITNESS_JOB=configured');
    const flags = { job: 'flag', envFile: ['named.env'] };
    const env = { CHWITNESS_JOB: 'ambient' };
    here.write('chwitness.yaml', 'job: file\nenv_file: [configured.env]\n');
    expect((await here.load(flags, env)).job).toBe('flag');
    expect((await here.load({ envFile: ['named.env'] }, env)).job).toBe('named');
    expect((await here.load({}, env)).job).toBe('ambient');
    expect((await here.load()).job).toBe('configured');
    here.write('chwitness.yaml', 'job: file\n');
    expect((await here.load()).job).toBe('file');
    here.write('chwitness.yaml', 'tables: [shop.orders]\n');
    expect((await here.load()).job).toBe('orders');
    here.write('chwitness.yaml', '');
    expect((await here.load()).job).toBe('load');
  });

  test('the last env-file wins', async () => {
    const here = folder();
    here.write('a.env', 'CLICKHOUSE_HOST=a\nCLICKHOUSE_DB=only-in-a');
    here.write('b.env', 'CLICKHOUSE_HOST=b');
    const { target, sources } = await here.load({ envFile: ['a.env', 'b.env'] });
    expect(target).toMatchObject({ url: 'http://b:8123', database: 'only-in-a' });
    expect(sources).toContainEqual({ key: 'target.url', from: 'CLICKHOUSE_HOST from b.env:1' });
  });

  test('an alias in a higher place goes before the main name in a lower one', async () => {
    const here = folder();
    here.write('.env', 'CH_HOST=from-file');
    const { target } = await here.load({ envFile: ['.env'] }, { CLICKHOUSE_HOST: 'ambient' });
    expect(target.url).toBe('http://from-file:8123');
  });

  test('a host in the named env-file goes before an ambient URL, and takes an ambient port', async () => {
    const here = folder();
    here.write('.env', 'CLICKHOUSE_HOST=ch');
    const env = { CLICKHOUSE_URL: 'http://elsewhere:1', CLICKHOUSE_PORT: '9123' };
    expect((await here.load({ envFile: ['.env'] }, env)).target.url).toBe('http://ch:9123');
  });

  test('a blank line in the named env-file hides the ambient variable, as in a container', async () => {
    const here = folder();
    here.write('.env', 'CLICKHOUSE_HOST=ch\nCLICKHOUSE_PASSWORD=');
    const { target } = await here.load({ envFile: ['.env'] }, { CLICKHOUSE_PASSWORD: 'ambient-password' });
    expect(target.password).toBe('');
  });

  test.each([
    ['CLICKHOUSE_DB', 'CLICKHOUSE_DATABASE'],
    ['CLICKHOUSE_DATABASE', 'CH_DATABASE'],
  ])('of %s and %s the first that is not blank counts', async (first, second) => {
    const here = folder();
    expect((await here.load({}, { [first]: 'one', [second]: 'two' })).target.database).toBe('one');
    expect((await here.load({}, { [first]: ' ', [second]: 'two' })).target.database).toBe('two');
  });

  test.each(['CLICKHOUSE_USER', 'CLICKHOUSE_USER_WRITE', 'CH_USER', 'CH_USER_WRITE', 'CLICKHOUSE_USERNAME'])(
    '%s names the user',
    async (name) => {
      expect((await folder().load({ url: 'http://ch:8123' }, { [name]: 'writer' })).target.user).toBe('writer');
    },
  );

  test.each(['CLICKHOUSE_PASSWORD', 'CLICKHOUSE_PASSWORD_WRITE', 'CH_PASSWORD', 'CH_PASSWORD_WRITE'])(
    '%s holds the password, spaces and all',
    async (name) => {
      const { target, secrets } = await folder().load({ url: 'http://ch:8123' }, { [name]: ' pass word ' });
      expect(target.password).toBe(' pass word ');
      expect(secrets).toContainEqual({ label: name, value: ' pass word ', user: 'default' });
    },
  );

  test('a setting of the command line counts for every statement and is laid over the file, name by name', async () => {
    const here = folder();
    const lines = [
      'target: { settings: { max_threads: 2, readonly: false } }',
      'load: { settings: { max_threads: 3, a: x=y } }',
    ];
    here.write('chwitness.yaml', lines.join('\n'));
    const file = await here.load();
    expect(file.target.settings).toEqual({ max_threads: '2', readonly: '0' });
    expect(file.load.settings).toEqual({ max_threads: '3', a: 'x=y' });
    const { target, load } = await here.load({ setting: ['max_threads=4', 'b=c=d', 'e='] });
    expect(target.settings).toEqual({ max_threads: '4', readonly: '0', b: 'c=d', e: '' });
    expect(load.settings).toEqual({ max_threads: '4', a: 'x=y', b: 'c=d', e: '' });
    expect((await here.error({ setting: ['no-value'] })).message).toBe(
      '--setting was given something else than name=value',
    );
  });

  test('lists of a flag replace those of the file; an empty list of commander does not', async () => {
    const here = folder();
    here.write('chwitness.yaml', 'only: [a, b]\n');
    expect((await here.load({ only: ['c'] })).only).toEqual(['c']);
    expect((await here.load({ only: [] })).only).toEqual(['a', 'b']);
    expect((await here.load({}, { CHWITNESS_ONLY: 'x, y' })).only).toEqual(['x', 'y']);
  });

  test('paths of the file are relative to it, all others to the working folder', async () => {
    const here = folder();
    here.write('package.json', '{}');
    here.write('chwitness.yaml', 'out: archives\n');
    here.write('deep/down/x', '');
    const cwd = join(here.path, 'deep', 'down');
    const config = await here.load({ stateDir: 'state' }, {}, cwd);
    expect(config.outDir).toBe(join(here.path, 'archives'));
    expect(config.stateDir).toBe(join(cwd, 'state'));
  });

  test('a file that was named elsewhere does not pull the default folders to itself', async () => {
    const here = folder();
    here.write('etc/my.yaml', 'job: nightly\n');
    const config = await here.load({ config: 'etc/my.yaml' });
    expect(config).toMatchObject({ job: 'nightly', outDir: join(here.path, 'evidence') });
    expect(config.sources).toContainEqual({ key: 'job', from: 'etc/my.yaml:1' });
    expect((await here.load({}, { CHWITNESS_CONFIG: 'etc/my.yaml' })).job).toBe('nightly');
  });

  test('sources name each place and leave defaults out', async () => {
    const here = folder();
    here.write('.env', '# the loader\nCLICKHOUSE_HOST=ch\nCLICKHOUSE_PORT=8124\nCLICKHOUSE_PASSWORD=do-not-show-me');
    here.write('chwitness.yaml', 'fail_on: fail\nconcurrency: 2\n');
    const { sources } = await here.load({ envFile: ['.env'], job: 'x' }, { CLICKHOUSE_DB: 'zakaz' });
    expect(sources).toEqual(
      expect.arrayContaining([
        { key: 'env_file', from: '.env, named by --env-file' },
        { key: 'target.url', from: 'CLICKHOUSE_HOST from .env:2, CLICKHOUSE_PORT from .env:3' },
        { key: 'target.database', from: 'CLICKHOUSE_DB from the environment' },
        { key: 'target.password', from: 'CLICKHOUSE_PASSWORD from .env:4' },
        { key: 'job', from: '--job' },
        { key: 'concurrency', from: 'chwitness.yaml:2' },
      ]),
    );
    expect(sources).toHaveLength(6);
  });
});
