import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, expect, test } from 'vitest';

const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'chwitness-sandbox-test-'));
const started: ChildProcess[] = [];

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Starts `chwitness sandbox` and waits for the lines that say where it listens. */
async function sandbox(...flags: string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', cli, 'sandbox', ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  let printed = '';
  const ended = new Promise<number | null>((done) => child.once('exit', done));
  await new Promise<void>((done, fail) => {
    child.stderr?.on('data', (data: Buffer) => {
      printed += data.toString();
    });
    child.stdout?.on('data', (data: Buffer) => {
      printed += data.toString();
      if (/password\s+in \S+[\s\S]*curl\s+.*\n/.test(printed)) done();
    });
    void ended.then((code) => fail(new Error(`ended with ${code}: ${printed}`)));
  });
  const find = (pattern: RegExp) => pattern.exec(printed)?.[1] ?? '';
  return {
    child,
    ended,
    text: () => printed,
    url: find(/(http:\/\/127\.0\.0\.1:\d+)/),
    passwordFile: find(/password\s+in (\S+)/),
    curl: find(/curl {2,}(curl .*)/),
  };
}

test('the printed curl line works as it is, and neither it nor the screen holds the password', async () => {
  const { child, ended, text, passwordFile, curl } = await sandbox();
  expect(statSync(passwordFile).mode & 0o077).toBe(0);
  const password = readFileSync(passwordFile, 'utf8').trim();
  expect(password.length).toBeGreaterThan(20);
  const { stdout } = await promisify(execFile)('sh', ['-c', curl]);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\.\d+\n$/);
  expect(curl + text()).not.toContain(password);
  child.kill('SIGINT');
  expect(await ended).toBe(0);
  expect(existsSync(passwordFile)).toBe(false);
});

test('user, password file and folder are the user’s to choose, and the folder keeps its tables', async () => {
  const chosen = join(folder, 'password');
  writeFileSync(chosen, 'a "quoted" \\ password\n', { mode: 0o600 });
  const flags = ['--user', 'keeper', '--password-file', chosen, '--data-dir', join(folder, 'data')];
  const ask = async (curl: string, statement: string) => {
    const line = curl.replace(/--data-binary '[^']*'/, `--data-binary '${statement}'`);
    return (await promisify(execFile)('sh', ['-c', line])).stdout;
  };
  const first = await sandbox(...flags);
  await ask(first.curl, 'CREATE TABLE t (a Int32) ENGINE = MergeTree ORDER BY a');
  await ask(first.curl, 'INSERT INTO t VALUES (7)');
  first.child.kill('SIGTERM');
  await first.ended;
  const second = await sandbox(...flags);
  expect(await ask(second.curl, 'SELECT a FROM t')).toBe('7\n');
});
