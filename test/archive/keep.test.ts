import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keepNewest } from '../../src/archive/keep.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chwitness-keep-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('the newest archives of the job stay, and everything that is not its', async () => {
  const own = [
    'orders-20260101T000000Z-aaaaaaaa.tar.gz',
    'orders-20260102T000000Z-bbbbbbbb.zip',
    'orders-20260103T000000Z-cccccccc.tar.gz',
  ];
  const others = ['orders-eu-20260101T000000Z-dddddddd.tar.gz', 'orders-notes.txt', 'orders.tar.gz'];
  for (const name of [...own, ...others]) await writeFile(join(folder, name), '');
  expect(await keepNewest(folder, 'orders', 2)).toEqual([join(folder, own[0] ?? '')]);
  expect((await readdir(folder)).sort()).toEqual([...own.slice(1), ...others].sort());
});
