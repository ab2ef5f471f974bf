import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openRejectFile } from '../../../src/load/reject/reject-file.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'chwitness-rejects-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const row = (number: number, text: string) => ({
  bytes: Buffer.from(text),
  about: { source: 'a.csv', row: number, reason: 'row_truncated' as const, shape: 'row of 5 bytes' },
});
const csv = (header: string) => ({ format: 'CSVWithNames', header: Buffer.from(header) });

test('rows of batches that end at the same moment go into one file, one after another', async () => {
  const file = await openRejectFile(join(folder, 'at-once.ndjson'));
  const kind = { format: 'JSONEachRow', header: undefined };
  await Promise.all(Array.from({ length: 20 }, (_, at) => file.write(kind, [row(at, `{"a":${at}`)])));
  await file.close();
  const lines = readFileSync(join(folder, 'at-once.ndjson'), 'utf8').trimEnd().split('\n');
  expect(lines).toEqual(Array.from({ length: 20 }, (_, at) => `{"a":${at}`));
  expect(file.files).toHaveLength(2);
});

test('rows below another header go into a file of their own', async () => {
  const file = await openRejectFile(join(folder, 'two.csv'));
  await file.write(csv('a,b\n'), [row(1, '1')]);
  await file.write(csv('c\n'), [row(2, '2,3\n')]);
  await file.write(csv('a,b\n'), [row(3, '4\n')]);
  await file.close();
  expect(readFileSync(join(folder, 'two.csv'), 'utf8')).toBe('a,b\n1\n4\n');
  expect(readFileSync(join(folder, 'two.2.csv'), 'utf8')).toBe('c\n2,3\n');
  expect(statSync(join(folder, 'two.2.csv.reasons.jsonl')).mode & 0o777).toBe(0o600);
});

test('nothing that is there is written over, and a folder that is not there is said before the load', async () => {
  writeFileSync(join(folder, 'old.csv'), 'mine');
  await expect(openRejectFile(join(folder, 'old.csv'))).rejects.toMatchObject({ code: 'REJECT_FILE' });
  await expect(openRejectFile(join(folder, 'none', 'x.csv'))).rejects.toMatchObject({ code: 'REJECT_FILE' });
  expect(readFileSync(join(folder, 'old.csv'), 'utf8')).toBe('mine');
});
