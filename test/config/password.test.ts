import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { folder, said } from './sandbox.ts';

const url = 'http://ch:8123';

describe('where the password comes from', () => {
  test.each([
    ['from-a-file', 'from-a-file'],
    ['from-a-file\n', 'from-a-file'],
    ['from-a-file\r\n', 'from-a-file'],
    [' two\n\n', ' two\n'],
  ])('a file holding %j', async (text, password) => {
    const here = folder();
    here.write('pw', text);
    const config = await here.load({ url, passwordFile: 'pw', user: 'writer' }, { CLICKHOUSE_PASSWORD: 'ambient-1' });
    expect(config.target.password).toBe(password);
    expect(config.secrets[0]).toEqual({ label: 'password_file', value: password, user: 'writer' });
    expect(config.notes).toEqual([]);
  });

  test('one that others may read is used, with a note', async () => {
    const here = folder();
    here.write('pw', 'x-y-z', 0o644);
    const { target, notes } = await here.load({ url, passwordFile: 'pw' });
    expect(target.password).toBe('x-y-z');
    expect(notes).toEqual(['--password-file: other users may read the password file; chmod 600 pw']);
  });

  test('an empty one and a missing one are mistakes', async () => {
    const here = folder();
    here.write('empty', '\n');
    expect(said(await here.error({ url, passwordFile: 'empty' }))).toMatch(/the password file empty is empty/);
    expect(said(await here.error({ url, passwordFile: 'none' }))).toMatch(/the password file none cannot be read/);
  });

  test('a variable goes before the file that the configuration names', async () => {
    const here = folder();
    here.write('pw', 'from-a-file');
    here.write('chwitness.yaml', `target: { url: "${url}", password_file: pw }\n`);
    expect((await here.load()).target.password).toBe('from-a-file');
    expect((await here.load({}, { CLICKHOUSE_PASSWORD: 'ambient-1' })).target.password).toBe('ambient-1');
    expect((await here.load({}, { CLICKHOUSE_PASSWORD_FILE: 'pw' })).target.password).toBe('from-a-file');
  });

  test('a named env-file goes before the credentials of an ambient URL', async () => {
    const here = folder();
    here.write('.env', 'CH_PASSWORD=from-env-file');
    const env = { CLICKHOUSE_URL: 'http://u:in-the-url@ch:8123', CLICKHOUSE_PASSWORD: 'ambient-1' };
    expect((await here.load({ envFile: ['.env'] }, env)).target.password).toBe('from-env-file');
    expect((await here.load({}, env)).target.password).toBe('in-the-url');
  });

  test('a prompt is asked once, and only when nothing else is wrong', async () => {
    const here = folder();
    const asked: string[] = [];
    const prompt = async (question: string) => {
      asked.push(question);
      return 'typed-in';
    };
    const start = (flags: object) =>
      loadConfig({ flags: { url, passwordPrompt: true, user: 'writer', ...flags }, env: {}, cwd: here.path, prompt });
    const config = await start({});
    expect(config.target.password).toBe('typed-in');
    expect(config.secrets).toEqual([{ label: '--password-prompt', value: 'typed-in', user: 'writer' }]);
    await expect(start({ concurrency: 'none' })).rejects.toThrow(/--concurrency/);
    expect(asked).toEqual(['Password of writer at http://ch:8123:']);
  });

  test.runIf(!process.stdin.isTTY)('without a terminal the prompt says what to do instead', async () => {
    const error = await folder().error({ url, passwordPrompt: true });
    expect(error.code).toBe('CONFIG_NO_TERMINAL');
    expect(error.next).toMatch(/--password-file/);
  });

  test('prompt and file together are a mistake', async () => {
    const here = folder();
    here.write('pw', 'x');
    expect(said(await here.error({ url, passwordPrompt: true, passwordFile: 'pw' }))).toMatch(/both given/);
  });
});

describe('misspelt variables', () => {
  test.each([
    ['CLICKHOUSE_PASWORD', 'CLICKHOUSE_PASSWORD'],
    ['CLICKHOUSE_HSOT', 'CLICKHOUSE_HOST'],
    ['CH_PROT', 'CH_PORT'],
    ['CHWITNESS_OTU', 'CHWITNESS_OUT'],
  ])('%s: did you mean %s?', async (name, meant) => {
    expect((await folder().load({}, { [name]: 'x' })).notes).toEqual([
      `${name} from the environment is not read; did you mean ${meant}?`,
    ]);
  });

  test('an unknown variable of our own prefix is named even without a guess; those of others are left alone', async () => {
    const env = {
      CHWITNESS_SOMETHING_ELSE: '1',
      CHWITNESS_TEST_SERVER: 'x',
      CLICKHOUSE_DEFAULT_ACCESS_MANAGEMENT: '1',
      HOST: 'h',
    };
    expect((await folder().load({}, env)).notes).toEqual(['CHWITNESS_SOMETHING_ELSE from the environment is not read']);
  });
});
