import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cutAt } from '../../src/evidence/cut.ts';
import { readCapped } from '../../src/evidence/file.ts';

async function through(chunks: string[], maxBytes: number) {
  const state = { bytes: 0, cut: false };
  const out: Uint8Array[] = [];
  async function* source() {
    for (const chunk of chunks) yield Buffer.from(chunk);
  }
  for await (const chunk of cutAt(source(), maxBytes, state)) out.push(chunk);
  return { text: Buffer.concat(out).toString(), ...state };
}

test('a result within the budget passes whole', async () => {
  expect(await through(['ab\n', 'cd\n'], 6)).toEqual({ text: 'ab\ncd\n', bytes: 6, cut: false });
});

test('a longer one ends at the last whole line of the chunk, and says so', async () => {
  expect(await through(['ab\n', 'cd\nef\n'], 7)).toEqual({ text: 'ab\ncd\n', bytes: 6, cut: true });
  expect(await through(['abcdef'], 3)).toEqual({ text: '', bytes: 0, cut: true });
});

test('a file over the limit is refused, one at the limit is read', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'chwitness-file-'));
  try {
    const path = join(folder, 'a.sql');
    writeFileSync(path, 'SELECT 1;');
    expect(await readCapped(path, 9)).toBe('SELECT 1;');
    await expect(readCapped(path, 8)).rejects.toThrow('The file is larger than 8 B');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
