import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { folder, said } from './sandbox.ts';

describe('where the target lies', () => {
  test('nothing configured: the embedded engine in the state folder, and it says so', async () => {
    const here = folder();
    const { target } = await here.load();
    expect(target).toMatchObject({
      kind: 'embedded',
      url: '',
      database: 'default',
      dataDir: join(here.path, '.chwitness', 'embedded'),
      origin: 'nothing configured',
    });
  });

  test.each([
    ['http://ch:8123', 'http://ch:8123'],
    ['https://ch.example:8443/', 'https://ch.example:8443'],
    ['http://proxy/clickhouse/', 'http://proxy/clickhouse'],
    ['http://[::1]:8123', 'http://[::1]:8123'],
    [' http://ch_zakaz:8123 ', 'http://ch_zakaz:8123'],
  ])('--url %s', async (url, expected) => {
    const { target } = await folder().load({ url });
    expect(target).toMatchObject({ kind: 'server', url: expected, user: 'default', password: '', origin: '--url' });
  });

  test.each([
    [{ CLICKHOUSE_HOST: 'ch' }, 'http://ch:8123'],
    [{ CH_HOST: 'ch', CH_PORT: '18123' }, 'http://ch:18123'],
    [{ CLICKHOUSE_HOST: 'ch', CLICKHOUSE_SECURE: 'Yes' }, 'https://ch:8443'],
    [{ CLICKHOUSE_HOST: 'ch', CLICKHOUSE_PORT: '8443' }, 'https://ch:8443'],
    [{ CLICKHOUSE_HOST: 'ch', CLICKHOUSE_PORT: '8443', CLICKHOUSE_SECURE: 'off' }, 'http://ch:8443'],
    [{ CLICKHOUSE_HOST: 'https://ch' }, 'https://ch:8443'],
    [{ CLICKHOUSE_HOST: 'http://ch:9123', CLICKHOUSE_PORT: '9123' }, 'http://ch:9123'],
    [{ CLICKHOUSE_HOST: 'ch:9123' }, 'http://ch:9123'],
    [{ CLICKHOUSE_HOST: '::1' }, 'http://[::1]:8123'],
    [{ CLICKHOUSE_HOST: '  ', CH_HOST: 'second' }, 'http://second:8123'],
    [{ CLICKHOUSE_URL: '', CLICKHOUSE_HOST: 'ch' }, 'http://ch:8123'],
    [{ CLICKHOUSE_URL: 'http://one:1', CLICKHOUSE_HOST: 'two' }, 'http://one:1'],
    [{ CHWITNESS_URL: 'http://mine:1', CLICKHOUSE_URL: 'http://one:1' }, 'http://mine:1'],
  ])('%o is %s', async (env, url) => {
    expect((await folder().load({}, env)).target.url).toBe(url);
  });

  test.each([
    [{ CLICKHOUSE_HOST: 'ch', CLICKHOUSE_PORT: '70000' }, /CLICKHOUSE_PORT is 70000, expected a port/],
    [{ CLICKHOUSE_HOST: 'ch', CLICKHOUSE_PORT: '"8123"' }, /CLICKHOUSE_PORT is "\\"8123\\"", expected a whole number/],
    [{ CLICKHOUSE_HOST: 'ch', CLICKHOUSE_SECURE: 'maybe' }, /"maybe", expected true, 1, yes or on/],
    [{ CLICKHOUSE_HOST: 'https://ch', CLICKHOUSE_SECURE: '0' }, /begins with https:.*CLICKHOUSE_SECURE says false/],
    [{ CLICKHOUSE_HOST: 'http://ch:1', CLICKHOUSE_PORT: '2' }, /names port 1, and CLICKHOUSE_PORT says 2/],
    [{ CLICKHOUSE_HOST: 'two words' }, /neither a host name nor/],
    [{ CLICKHOUSE_URL: 'tcp://ch:9000' }, /begins with tcp:\/\/, expected the HTTP interface/],
    [{ CLICKHOUSE_URL: 'ch:8123' }, /does not begin with http/],
    [{ CLICKHOUSE_URL: 'http://ch:8123/?max_threads=4' }, /server settings belong under target.settings/],
    [{ CLICKHOUSE_URL: 'http://ch:8123', CHWITNESS_EMBEDDED: 'true' }, /name two targets/],
  ])('%o is refused', async (env, sentence) => {
    expect(said(await folder().error({}, env))).toMatch(sentence);
  });

  test('--embedded with a folder, without one, and together with --url', async () => {
    const here = folder();
    expect((await here.load({ embedded: 'data' })).target).toMatchObject({
      kind: 'embedded',
      dataDir: join(here.path, 'data'),
      origin: '--embedded',
    });
    expect((await here.load({ embedded: true }, { CLICKHOUSE_HOST: 'ch' })).target).toMatchObject({
      kind: 'embedded',
      dataDir: join(here.path, '.chwitness', 'embedded'),
    });
    expect(said(await here.error({ embedded: true, url: 'http://ch:8123' }))).toMatch(/name two targets/);
  });

  test('a flag for a server beside the embedded engine is a mistake', async () => {
    expect(said(await folder().error({ user: 'writer' }))).toMatch(/--user was given, and the target is the embedded/);
  });

  test('a password without a server is worth a note', async () => {
    const { target, notes } = await folder().load({}, { CLICKHOUSE_PASSWORD: 'long-enough' });
    expect(target.kind).toBe('embedded');
    expect(notes.join()).toMatch(/CLICKHOUSE_PASSWORD from the environment is set, but neither/);
  });

  test('a URL without a port keeps the meaning of a URL, with a note', async () => {
    const { target, notes } = await folder().load({ url: 'http://ch' });
    expect(target.url).toBe('http://ch');
    expect(notes.join()).toMatch(/names no port, so 80 is used/);
    expect((await folder().load({ url: 'http://ch:80' })).notes).toEqual([]);
  });

  test('user, database and password stand in CLICKHOUSE_URL; flags go before them', async () => {
    const env = { CLICKHOUSE_URL: 'http://wri%40ter:p%20ss:word@ch:8123/?database=shop', CLICKHOUSE_USER: 'unused' };
    const here = folder();
    expect((await here.load({}, env)).target).toMatchObject({
      url: 'http://ch:8123',
      user: 'wri@ter',
      password: 'p ss:word',
      database: 'shop',
    });
    expect((await here.load({ user: 'root', database: 'other' }, env)).target).toMatchObject({
      user: 'root',
      database: 'other',
    });
  });

  test("credentials of a URL never go to another URL's server", async () => {
    const env = { CLICKHOUSE_URL: 'http://writer:its-own-password@one:8123' };
    const { target } = await folder().load({ url: 'http://two:8123' }, env);
    expect(target).toMatchObject({ url: 'http://two:8123', user: 'default', password: '' });
  });

  test('credentials in --url and in the file are refused without being repeated', async () => {
    const here = folder();
    const argv = await here.error({ url: 'http://u:hunter2hunter2@ch:8123' });
    expect(argv.code).toBe('CONFIG_SECRET_IN_ARGV');
    expect(said(argv)).not.toContain('hunter2');
    expect((await here.error({ url: 'http://ch:8123/?password=hunter2hunter2' })).code).toBe('CONFIG_SECRET_IN_ARGV');
    here.write('chwitness.yaml', 'target:\n  url: http://u:hunter2hunter2@ch:8123\n');
    const file = await here.error();
    expect(file.code).toBe('CONFIG_SECRET_IN_FILE');
    expect(file.where).toBe('chwitness.yaml:2');
    expect(said(file)).not.toContain('hunter2');
  });
});

describe('TLS and the proxy', () => {
  test('certificates become absolute paths; verification is on unless someone turned it off', async () => {
    const here = folder();
    for (const name of ['ca.pem', 'c.pem', 'c.key']) here.write(name, 'x');
    const flags = { url: 'https://ch:8443', ca: 'ca.pem', cert: 'c.pem', key: 'c.key' };
    expect((await here.load(flags)).target.tls).toEqual({
      ca: join(here.path, 'ca.pem'),
      cert: join(here.path, 'c.pem'),
      key: join(here.path, 'c.key'),
      verify: true,
    });
    const open = await here.load({ url: 'https://ch:8443', dangerouslyAcceptInvalidCerts: true });
    expect(open.target.tls).toEqual({ verify: false });
    expect(open.notes.join()).toMatch(/anyone in between can read/);
    const loose = await here.load({}, { CLICKHOUSE_HOST: 'ch', CLICKHOUSE_SECURE: '1', CH_VERIFY_SSL: 'no' });
    expect(loose.target.tls).toEqual({ verify: false });
  });

  test('a certificate without its key, a missing file, and TLS flags on plain HTTP', async () => {
    const here = folder();
    here.write('c.pem', 'x');
    expect(said(await here.error({ url: 'https://ch:8443', cert: 'c.pem' }))).toMatch(/belong together/);
    expect(said(await here.error({ url: 'https://ch:8443', ca: 'no.pem' }))).toMatch(/no\.pem cannot be read/);
    expect(said(await here.error({ url: 'http://ch:8123', ca: 'c.pem' }))).toMatch(/without TLS/);
  });

  test("the proxy's credentials come by variable alone and are secrets", async () => {
    const proxy = 'http://me:proxy-pass-1@proxy:3128';
    const config = await folder().load({ url: 'http://ch:8123' }, { CHWITNESS_PROXY: proxy });
    expect(config.target.proxy).toBe(proxy);
    expect(config.secrets).toContainEqual({ label: 'CHWITNESS_PROXY', value: 'proxy-pass-1', user: 'me' });
    const refused = await folder().error({ url: 'http://ch:8123', proxy });
    expect(refused.code).toBe('CONFIG_SECRET_IN_ARGV');
    expect(said(refused)).not.toContain('proxy-pass');
  });

  test('the usual proxy variables are not used, and a note says so', async () => {
    const env = { HTTP_PROXY: 'http://proxy:3128' };
    expect((await folder().load({ url: 'http://ch:8123' }, env)).notes.join()).toMatch(
      /HTTP_PROXY is set and not used/,
    );
    expect((await folder().load({ url: 'http://127.0.0.1:8123' }, env)).notes).toEqual([]);
  });
});
