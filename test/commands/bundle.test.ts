import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pack } from '../../src/archive/pack.ts';
import { bundleFile, listBundles, resolveBundle, showBundle, verifyBundle } from '../../src/commands/bundle.ts';
import { NAME, sampleBag } from '../archive/sample-bag.ts';

let folder: string;
let out: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chwitness-bundle-'));
  out = join(folder, 'out');
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** An archive whose run began on that day of March. */
async function archive(day: string, format: 'tar.gz' | 'zip' = 'tar.gz'): Promise<string> {
  const input = sampleBag(folder, {
    run: (run) => ({
      ...run,
      run: { ...run.run, started_at: `2026-03-${day}T00:00:00.000Z`, finished_at: `2026-03-${day}T00:00:05.000Z` },
    }),
  });
  return (await pack({ ...input, name: `orders-202603${day}T000000Z-0a1b2c3d`, format })).path;
}

test('lists archives newest first, whatever their names and forms, with the unreadable ones and why', async () => {
  const older = await archive('02');
  const newer = await archive('04', 'zip');
  const broken = join(out, 'a-broken.tar.gz');
  writeFileSync(broken, 'hello');
  utimesSync(broken, new Date('2026-03-03'), new Date('2026-03-03'));
  writeFileSync(join(out, '.orders.tar.gz.partial'), '');
  writeFileSync(join(out, 'notes.txt'), '');
  const list = await listBundles(out);
  expect(list.map(({ path }) => path)).toEqual([newer, broken, older]);
  expect(list[0]).toMatchObject({
    state: 'readable',
    job: 'orders',
    started_at: '2026-03-04T00:00:00.000Z',
    exit_code: 0,
    checks: { pass: 1, warn: 1 },
    complete: true,
  });
  expect(list[1]).toMatchObject({
    state: 'unreadable',
    bytes: 5,
    reason: 'a-broken.tar.gz is neither a tar.gz nor a zip, so it is no archive of chwitness',
  });
});

test('no folder is no archives', async () => {
  expect(await listBundles(join(folder, 'absent'))).toEqual([]);
  await expect(resolveBundle('last', join(folder, 'absent'))).rejects.toMatchObject({ code: 'BUNDLE_NONE' });
});

test('finds an archive by last, name, name without ending and path', async () => {
  const older = await archive('02', 'zip');
  const newer = await archive('04');
  expect(await resolveBundle('last', out)).toBe(newer);
  expect(await resolveBundle('orders-20260302T000000Z-0a1b2c3d', out)).toBe(older);
  expect(await resolveBundle('orders-20260304T000000Z-0a1b2c3d.tar.gz', out)).toBe(newer);
  expect(await resolveBundle(older, 'elsewhere')).toBe(older);
  await expect(resolveBundle('nothing', out)).rejects.toMatchObject({ code: 'BUNDLE_NOT_FOUND' });
});

test('shows the summary and every file with its size', async () => {
  const { run, files } = await showBundle(await archive('02'));
  expect(run.run.job).toBe('orders');
  expect(files).toHaveLength(14);
  expect(files).toContainEqual({ path: 'data/artifacts/before/query log.txt', bytes: 9000 });
});

test('gives the bytes of one file, or says that it is not there', async () => {
  const path = await archive('02');
  const text = async (file: string) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of bundleFile(path, file)) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  };
  expect(await text('report.md')).toBe('# orders\n');
  expect(await text('data/artifacts/after/таблица.txt')).toBe('имя\n');
  await expect(text('data/nothing.txt')).rejects.toThrow('there is no data/nothing.txt in orders-');
});

test('verifies an archive by its path', async () => {
  expect(await verifyBundle(await archive('02'))).toMatchObject({ ok: true });
});

test('an archive named like a folder it lies in is still looked for in the folder of archives', async () => {
  const path = (await pack(sampleBag(folder))).path;
  mkdirSync(join(folder, NAME));
  expect(await resolveBundle(NAME, out)).toBe(path);
});
