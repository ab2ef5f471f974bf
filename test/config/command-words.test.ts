import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { commandWords, shellWords } from '../../src/config/command-words.ts';
import { loadConfig } from '../../src/config/load.ts';

const secretsOf = (line: string) => commandWords(shellWords(line)).secrets.map(({ value }) => value);

describe('the words of a command', () => {
  test('name env-files', () => {
    expect(commandWords(['docker', 'run', '--env-file', '.env', '--env-file=b.env', 'image']).envFiles).toEqual([
      '.env',
      'b.env',
    ]);
  });

  test('set variables', () => {
    const { variables } = commandWords(shellWords("CH_USER=loader docker run -e CH_PASSWORD='a b' --env X=1 image"));
    expect([...variables].map(([name, { value }]) => `${name}=${value}`)).toEqual([
      'CH_USER=loader',
      'CH_PASSWORD=a b',
      'X=1',
    ]);
  });

  test.each([
    ['clickhouse-client --password hunter2-hunter2', ['hunter2-hunter2']],
    ['load --api-token=abc.def.ghi', ['abc.def.ghi']],
    ['curl -u loader:secret-of-curl http://h:8123/', ['secret-of-curl']],
    ['load http://u:p4ss-w0rd@h:8123/', ['p4ss-w0rd']],
    ['docker run --user 1000:1000 image', []],
    ['load --password --verbose', []],
    ['load --sort-key id', []],
  ])('hold secrets: %s', (line, secrets) => expect(secretsOf(line)).toEqual(secrets));

  test('of a shell’s line are found inside its quotes', () => {
    expect(shellWords(`a 'b c' "d \\"e" f'g'h | i;j`)).toEqual(['a', 'b c', 'd "e', 'fgh', 'i', 'j']);
  });
});

describe('an env-file that the command names', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'chwitness-words-'));
    writeFileSync(
      join(folder, '.env.api'),
      'CLICKHOUSE_HOST=ch-zakaz\nCLICKHOUSE_USER=loader\nCLICKHOUSE_PASSWORD=of-the-file\nQTICKETS_TOKEN=tok-1234\n',
    );
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const load = (flags: object, command = ['docker', 'run', '--env-file', '.env.api', 'api:prod']) =>
    loadConfig({ flags, env: { HOME: folder }, cwd: folder, command });

  test('settles what nothing else does, and its secrets are known', async () => {
    const { target, secrets } = await load({ url: 'http://127.0.0.1:8123' });
    expect(target).toMatchObject({ url: 'http://127.0.0.1:8123', user: 'loader', password: 'of-the-file' });
    expect(secrets.map(({ label }) => label)).toEqual(
      expect.arrayContaining(['CLICKHOUSE_PASSWORD', 'QTICKETS_TOKEN']),
    );
    expect((await load({})).target.url).toBe('http://ch-zakaz:8123');
  });

  test('that is not there is the command’s affair', async () => {
    const { notes } = await load({ url: 'http://127.0.0.1:8123' }, ['docker', 'run', '--env-file', 'no.env', 'x']);
    expect(notes).toEqual(['no.env: the env-file cannot be read: there is no such file']);
  });
});
