import { existsSync, statSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeFolder } from '../../src/kernel/make-folder.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chwitness-folder-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('makes a folder and those above it, closed to others', async () => {
  await makeFolder(join(folder, 'a', 'b', 'c'));
  expect(statSync(join(folder, 'a', 'b', 'c')).mode & 0o777).toBe(0o700);
});

test('a folder that is there is fine', async () => {
  await makeFolder(folder);
});

test('a file in its place, or above it, is an error', async () => {
  await writeFile(join(folder, 'file'), '');
  await expect(makeFolder(join(folder, 'file'))).rejects.toThrow(/EEXIST/);
  await expect(makeFolder(join(folder, 'file', 'x'))).rejects.toThrow(/ENOTDIR/);
});

test.runIf(existsSync('/proc/self'))('a parent that takes no folders ends with an error instead of never', async () => {
  await expect(makeFolder('/proc/chwitness-nowhere')).rejects.toThrow(/ENOENT/);
});
