import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openStore } from '../../src/evidence/store.ts';
import { WitnessError } from '../../src/kernel/errors.ts';
import type { Clean } from '../../src/redact/clean.ts';
import { createRedactor } from '../../src/redact/redactor.ts';

const secret = 'Gr8-canary-Secret';
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chwitness-store-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (bag = join(folder, 'bag')) =>
  openStore(bag, createRedactor({ known: [{ label: 'CLICKHOUSE_PASSWORD', value: secret }] }));
const read = (path: string) => readFileSync(join(folder, 'bag', path));
const mode = (path: string) => (statSync(join(folder, 'bag', path)).mode & 0o777).toString(8);

async function* bytes(...chunks: string[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

describe('what goes in', () => {
  test('is redacted, hashed as it lies on the disk, and readable by its owner alone', async () => {
    const store = await open();
    const paths = [
      await store.text('artifacts/before/log.txt', 'artifact', `a ${secret} b`),
      await store.json('facts/x.json', 'facts', { password: 'p', text: secret }),
      await store.stream('artifacts/rows.tsv', 'artifact', bytes('a Gr8-can', 'ary-Secret\n', 'b\n')),
    ];
    const lines = await store.lines('journal.jsonl', 'journal');
    lines.append({ n: 1, sql: `SELECT '${secret}'` });
    lines.append({ n: 2 });
    await lines.close();
    await store.close();

    expect(paths).toEqual(['data/artifacts/before/log.txt', 'data/facts/x.json', 'data/artifacts/rows.tsv']);
    expect(read('data/artifacts/before/log.txt').toString()).toBe('a ‹secret-1› b');
    expect(JSON.parse(read('data/facts/x.json').toString())).toEqual({ password: '‹secret-2›', text: '‹secret-1›' });
    expect(read('data/artifacts/rows.tsv').toString()).toBe('a ‹secret-1›\nb\n');
    expect(read('data/journal.jsonl').toString()).toBe('{"n":1,"sql":"SELECT \'‹secret-1›\'"}\n{"n":2}\n');
    expect(store.files().map((file) => [file.path, file.kind])).toEqual([
      ['data/artifacts/before/log.txt', 'artifact'],
      ['data/artifacts/rows.tsv', 'artifact'],
      ['data/facts/x.json', 'facts'],
      ['data/journal.jsonl', 'journal'],
    ]);
    for (const file of store.files()) {
      expect(file.sha256).toBe(createHash('sha256').update(read(file.path)).digest('hex'));
      expect(file.bytes).toBe(read(file.path).length);
      expect(mode(file.path)).toBe('600');
    }
    for (const path of ['.', 'data', 'data/artifacts', 'data/artifacts/before', 'data/facts'])
      expect(mode(path)).toBe('700');
    expect(store.incomplete()).toEqual([]);
    expect(store.failed()).toBeUndefined();
  });

  test('lies on the disk as soon as a line was appended', async () => {
    const store = await open();
    const lines = await store.lines('journal.jsonl', 'journal');
    lines.append({ n: 1 });
    expect(read('data/journal.jsonl').toString()).toBe('{"n":1}\n');
    await store.close();
    expect(store.files()).toHaveLength(1);
  });

  test('is refused when redaction did not make it, whatever the types say', async () => {
    const store = await open();
    const clean = createRedactor({ known: [] }).text('x', 'a');
    for (const forged of ['text', { toString: () => 'text' }, Object.create(clean)]) {
      // The cast is the forgery that the check at run time is for.
      await expect(store.write('x.txt', 'artifact', forged as unknown as Clean)).rejects.toThrow(
        'only what went through redaction',
      );
    }
    expect(readdirSync(join(folder, 'bag', 'data'))).toEqual([]);
    expect(await store.write('x.txt', 'artifact', clean)).toBe('data/x.txt');
  });

  test('is kept as far as it came when its source fails', async () => {
    const store = await open();
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('first\n');
      throw new Error(`login with ${secret} refused`);
    }
    const path = await store.stream('log.txt', 'artifact', failing());
    expect(read(path).toString()).toBe('first\n');
    expect(store.files()).toMatchObject([{ path, bytes: 6 }]);
    expect(store.incomplete()).toEqual(['data/log.txt is cut off, its source failed: login with ‹secret-1› refused']);
    expect(store.failed()).toBeUndefined();
  });
});

describe('paths', () => {
  test.each(['../x', 'a/../../x', '/etc/x', 'a\\..\\..\\x', 'C:\\x', '\\x'])('%s is refused', async (path) => {
    const store = await open();
    const error = await store.text(path, 'artifact', 'x').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(WitnessError);
    expect(error).toMatchObject({ code: 'EVIDENCE_PATH', exitCode: 3 });
    expect(readdirSync(folder)).toEqual(['bag']);
    expect(readdirSync(join(folder, 'bag', 'data'))).toEqual([]);
  });

  test.each([
    ['a/b.txt', 'data/a/b.txt'],
    ['./a//b.txt', 'data/a/b.txt'],
    ['a\u001b[31m\u202eb.txt', 'data/a_[31m_b.txt'],
    ['-rf', 'data/_rf'],
    ['con.txt', 'data/_con.txt'],
    ['a:b?c*.txt ', 'data/a_b_c_.txt_'],
    [`table ${secret}.txt`, 'data/table secret-1.txt'],
    [encodeURIComponent(`x ${secret}`), 'data/x%20secret-1'],
    ['заказ.tsv', 'data/заказ.tsv'],
    ['', 'data/unnamed'],
  ])('%j is kept as %s', async (wished, kept) => {
    const store = await open();
    expect(await store.text(wished, 'artifact', 'x')).toBe(kept);
    expect(read(kept).toString()).toBe('x');
  });

  test('a name that is too long loses its middle', async () => {
    const path = await (await open()).text(`${'ж'.repeat(300)}.tsv`, 'artifact', 'x');
    expect(Buffer.byteLength(path.slice('data/'.length))).toBeLessThanOrEqual(120);
    expect(path).toMatch(/ж~ж+\.tsv$/);
  });

  test('a name that is taken, also but for its case, gets a number', async () => {
    const store = await open();
    const paths = [];
    for (const wished of ['a/log.txt', 'a/log.txt', 'a/LOG.txt'])
      paths.push(await store.text(wished, 'artifact', wished));
    expect(paths).toEqual(['data/a/log.txt', 'data/a/log-2.txt', 'data/a/LOG-3.txt']);
  });

  test('a file or link that is not ours is neither overwritten nor followed', async () => {
    const store = await open();
    const outside = join(folder, 'outside');
    mkdirSync(outside);
    writeFileSync(join(folder, 'bag/data/there.txt'), 'not ours');
    symlinkSync(join(outside, 'file'), join(folder, 'bag/data/link.txt'));
    symlinkSync(outside, join(folder, 'bag/data/sub'));
    for (const path of ['there.txt', 'link.txt', 'sub/x.txt']) {
      await expect(store.text(path, 'artifact', 'x')).rejects.toMatchObject({ code: 'EVIDENCE_NOT_KEPT', exitCode: 3 });
    }
    expect(read('data/there.txt').toString()).toBe('not ours');
    expect(readdirSync(outside)).toEqual([]);
    expect(store.incomplete()).toHaveLength(3);
  });

  test('a link in place of the bag is refused', async () => {
    mkdirSync(join(folder, 'outside'));
    symlinkSync(join(folder, 'outside'), join(folder, 'bag'));
    await expect(open()).rejects.toMatchObject({ code: 'EVIDENCE_NOT_KEPT', exitCode: 3 });
    expect(existsSync(join(folder, 'outside/data'))).toBe(false);
  });
});

/** A file system of one MiB, where this user may mount one. */
function mountSmall(at: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', at], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const probe = mkdtempSync(join(tmpdir(), 'chwitness-mount-'));
const mayMount = mountSmall(probe);
if (mayMount) execFileSync('umount', [probe]);
rmSync(probe, { recursive: true });

describe.runIf(mayMount)('a full disk', () => {
  let small: string;
  beforeEach(() => {
    small = join(folder, 'small');
    mkdirSync(small);
    mountSmall(small);
  });
  afterEach(() => execFileSync('umount', [small]));

  test('is a sentence with exit code 3, and what fitted is kept whole and hashed', async () => {
    const store = await open(join(small, 'bag'));
    const kept = await store.text('small.txt', 'artifact', 'fits');
    const error = await store
      .stream('big.txt', 'artifact', bytes('first\n', ...Array.from({ length: 4 }, () => 'x'.repeat(1 << 20))))
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(WitnessError);
    expect(error).toMatchObject({
      exitCode: 3,
      where: 'data/big.txt',
      message: 'The disk is full: evidence could not be kept.',
    });
    expect(store.failed()).toBe(error);
    expect(store.incomplete()).toEqual([
      'data/big.txt: The disk is full: evidence could not be kept. As a result it is cut off.',
    ]);
    expect(kept).toBe('data/small.txt');
    for (const file of store.files()) {
      const lies = readFileSync(join(small, 'bag', file.path));
      expect(file).toMatchObject({ bytes: lies.length, sha256: createHash('sha256').update(lies).digest('hex') });
    }
  });

  test('surfaces when the lines are closed, never in append', async () => {
    const store = await open(join(small, 'bag'));
    const lines = await store.lines('journal.jsonl', 'journal');
    for (let n = 0; n < 40; n += 1) lines.append({ n, text: 'x '.repeat(32_768) });
    expect(store.failed()).toMatchObject({ exitCode: 3, where: 'data/journal.jsonl' });
    await expect(lines.close()).rejects.toMatchObject({ code: 'EVIDENCE_NOT_KEPT', exitCode: 3 });
    const text = readFileSync(join(small, 'bag/data/journal.jsonl'), 'utf8');
    for (const line of text.trimEnd().split('\n')) expect(JSON.parse(line)).toHaveProperty('n');
  });
});

test('a disk that refuses is a sentence with exit code 3, also where none can be mounted', async () => {
  writeFileSync(join(folder, 'bag'), 'a file where the folder should be');
  const error = await open().catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'EVIDENCE_NOT_KEPT', exitCode: 3, next: expect.stringMatching(/\.$/) });
});

describe('what goes on while it is kept', () => {
  test('lies on the disk, redacted, as soon as it is flushed', async () => {
    const store = await open();
    const file = store.live('artifacts/output.log', 'artifact');
    const shown = [...file.push(Buffer.from(`the word is ${secret}\n`)), ...file.flush()];
    expect(Buffer.concat(shown.map((piece) => piece.bytes)).toString()).toBe('the word is ‹secret-1›\n');
    expect(read('data/artifacts/output.log').toString()).toBe('the word is ‹secret-1›\n');
    await store.close();
    expect(store.files()).toMatchObject([{ path: 'data/artifacts/output.log', bytes: 27 }]);
  });

  test('is still handed out when the disk refuses, and the store says so', async () => {
    const store = await open();
    mkdirSync(join(folder, 'bag', 'data', 'artifacts'));
    writeFileSync(join(folder, 'bag', 'data', 'artifacts', 'output.log'), 'not ours');
    const file = store.live('artifacts/output.log', 'artifact');
    file.push(Buffer.from('one\n'));
    expect(Buffer.concat(file.flush().map((piece) => piece.bytes)).toString()).toBe('one\n');
    await store.close();
    expect(store.failed()).toMatchObject({ exitCode: 3 });
    expect(store.incomplete()).toHaveLength(1);
  });
});
