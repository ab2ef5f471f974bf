import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sampledTwice, wholeTwice } from '../../src/load/twice.ts';
import type { Source } from '../../src/model/source.ts';
import { openSources } from '../../src/source/open.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'chwitness-twice-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ROWS = Array.from({ length: 5000 }, (_, id) => `{"id":${id},"text":"${'x'.repeat(20)}"}\n`).join('');

async function streamed(content: string): Promise<Source> {
  const signal = new AbortController().signal;
  const stdin = Readable.from([Buffer.from(content)]);
  const [source] = await openSources(['-'], { stdin, cwd: folder, signal, format: 'JSONEachRow' });
  if (!source) throw new Error('no source');
  return source;
}

async function read(source: Source): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source.open(new AbortController().signal)) chunks.push(Uint8Array.from(chunk));
  return Buffer.concat(chunks).toString();
}

test('a stream that opens once is read by the rehearsal and by the load, from a private copy', async () => {
  const { first, second } = wholeTwice(await streamed(ROWS), folder, 1);
  await expect(read(second)).rejects.toThrow('did not reach the end');
  expect(await read(first)).toBe(ROWS);
  expect(await read(second)).toBe(ROWS);
  const [copy] = readdirSync(folder);
  expect(statSync(join(folder, copy ?? '')).mode & 0o777).toBe(0o600);
});

test('a sample is whole rows from the beginning, and takes nothing away from the load', async () => {
  const { first, second } = sampledTwice(await streamed(ROWS), folder, 2);
  const sampled = await read(first);
  expect(ROWS.startsWith(sampled)).toBe(true);
  expect(sampled.endsWith('\n')).toBe(true);
  expect(await read(second)).toBe(ROWS);
});
