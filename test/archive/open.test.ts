import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Header, pack as tarPack } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { entryText } from '../../src/archive/entry.ts';
import { DEFAULT_LIMITS, type Limits } from '../../src/archive/limits.ts';
import { archiveJson, readArchive } from '../../src/archive/open.ts';
import { pack } from '../../src/archive/pack.ts';
import { NAME, sampleBag } from './sample-bag.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chwitness-open-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

type Hostile = Partial<Header> & { name: string; content?: string };

/** A tar.gz of whatever is asked for. */
async function tarOf(entries: Hostile[]): Promise<string> {
  const tar = tarPack();
  for (const { content, ...header } of entries) tar.entry(header, content ?? '');
  tar.finalize();
  const chunks: Uint8Array[] = [];
  tar.on('data', (chunk) => {
    if (chunk instanceof Uint8Array) chunks.push(chunk);
  });
  await new Promise<void>((resolve) => tar.on('end', () => resolve()));
  const path = join(folder, 'hostile.tar.gz');
  writeFileSync(path, gzipSync(Buffer.concat(chunks)));
  return path;
}

async function readAll(path: string, limits?: Partial<Limits>): Promise<Record<string, number>> {
  const sizes: Record<string, number> = {};
  for await (const entry of readArchive(path, { ...DEFAULT_LIMITS, ...limits })) {
    sizes[entry.path] = Buffer.byteLength(await entryText(entry));
  }
  return sizes;
}

describe.each(['tar.gz', 'zip', 'folder'] as const)('a %s', (form) => {
  async function sample(): Promise<string> {
    const { path } = await pack({ ...sampleBag(folder), format: form === 'zip' ? 'zip' : 'tar.gz' });
    if (form !== 'folder') return path;
    execFileSync('tar', ['-xzf', path, '-C', folder]);
    return join(folder, NAME);
  }

  test('gives every file with its size, without its top folder', async () => {
    const sizes = await readAll(await sample());
    expect(sizes).toMatchObject({ 'data/artifacts/before/query log.txt': 9000, 'data/artifacts/before/empty.txt': 0 });
    expect(sizes).toHaveProperty('data/artifacts/after/таблица.txt', 7);
    expect(Object.keys(sizes)).toHaveLength(14);
  });

  test('may be left before its end and read again', async () => {
    const path = await sample();
    for (let round = 0; round < 3; round += 1) expect((await archiveJson(path)).run.job).toBe('orders');
  });

  test('goes on past contents nobody asked for', async () => {
    const names: string[] = [];
    for await (const entry of readArchive(await sample())) names.push(entry.path);
    expect(names).toHaveLength(14);
  });
});

test('an archive that tar itself packed again, with its folders, is read as well', async () => {
  const { path } = await pack(sampleBag(folder));
  execFileSync('tar', ['-xzf', path, '-C', folder]);
  execFileSync('tar', ['-czf', 'again.tgz', `./${NAME}`], { cwd: folder });
  expect(Object.keys(await readAll(join(folder, 'again.tgz')))).toHaveLength(14);
  execFileSync('zip', ['-qr', 'again.zip', NAME], { cwd: folder });
  expect(Object.keys(await readAll(join(folder, 'again.zip')))).toHaveLength(14);
});

describe('a hostile tar.gz is refused by name', () => {
  const cases: [string, Hostile[], string][] = [
    ['an absolute path', [{ name: '/etc/passwd' }], 'the name "/etc/passwd" is absolute'],
    ['a drive', [{ name: 'C:/x' }], 'the name "C:/x" is absolute'],
    ['a path that climbs', [{ name: 'top/../../x' }], `the name "top/../../x" climbs out with '..'`],
    ['a backslash', [{ name: 'top/..\\x' }], 'holds a backslash'],
    ['a control character', [{ name: 'top/\u001b[2Jx' }], 'the name "top/\\u001b[2Jx" holds a control character'],
    ['an empty folder name', [{ name: 'top//x' }], 'holds an empty or dot folder'],
    ['a deep path', [{ name: `top/${'d/'.repeat(30)}x` }], 'is deeper than 16 folders'],
    ['a long path', [{ name: `top/${'d'.repeat(2000)}` }], 'is longer than 1024 bytes'],
    ['a long name', [{ name: `top/${'d'.repeat(300)}` }], 'holds a name longer than 255 bytes'],
    [
      'a symlink',
      [{ name: 'top/x', type: 'symlink', linkname: '/etc/passwd' }],
      '"top/x" is a symlink, not a plain file',
    ],
    ['a hard link', [{ name: 'top/x', type: 'link', linkname: 'top/y' }], '"top/x" is a link, not a plain file'],
    ['a device', [{ name: 'top/x', type: 'character-device' }], '"top/x" is a character-device, not a plain file'],
    ['a pipe', [{ name: 'top/x', type: 'fifo' }], '"top/x" is a fifo, not a plain file'],
    ['a name twice', [{ name: 'top/x' }, { name: 'top/x' }], '"top/x" stands in it twice'],
    ['two top folders', [{ name: 'a/x' }, { name: 'b/x' }], 'two top folders, "a" and "b"'],
    ['no top folder', [{ name: 'x' }], '"x" lies outside a top folder'],
  ];

  test.each(cases)('%s', async (_, entries, sentence) => {
    const path = await tarOf(entries);
    const error = await readAll(path).catch((thrown) => thrown);
    expect(error).toMatchObject({ name: 'WitnessError', code: 'ARCHIVE_REFUSED', where: path });
    expect(error.message).toContain(sentence);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none may reach a terminal.
    expect(error.message).not.toMatch(/[\u0000-\u001f]/);
  });

  test('too many entries, empty folders counted', async () => {
    const path = await tarOf(Array.from({ length: 12 }, (_, i) => ({ name: `top/${i}`, type: 'directory' as const })));
    await expect(readAll(path, { entries: 10 })).rejects.toThrow('holds more than 10 entries');
  });

  test('too much in all', async () => {
    const path = await tarOf([
      { name: 'top/a', content: 'x'.repeat(5000) },
      { name: 'top/b', content: 'y'.repeat(5000) },
    ]);
    await expect(readAll(path, { totalBytes: 8000 })).rejects.toThrow('unpacks to more than 7.8 KiB');
  });

  test('a bomb: 300 MiB of zeros in 300 KiB', async () => {
    const path = join(folder, 'bomb.tar.gz');
    const size = 300 * 1024 ** 2;
    const tar = tarPack();
    tar.entry({ name: 'top/zeros', size }, () => undefined);
    const header = await new Promise<Uint8Array>((resolve) =>
      tar.once('data', (chunk) => {
        if (chunk instanceof Uint8Array) resolve(chunk);
      }),
    );
    tar.destroy();
    // Members of a gzip may simply be strung together.
    writeFileSync(path, Buffer.concat([gzipSync(header), ...Array(300).fill(gzipSync(Buffer.alloc(1024 ** 2)))]));
    const error = await (async () => {
      for await (const entry of readArchive(path)) for await (const _ of entry.content);
    })().catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'ARCHIVE_REFUSED' });
    expect(error.message).toContain('unpacks to over 256.0 MiB, as archives made to fill disks do');
  });
});

describe('a hostile zip is refused by name', () => {
  /** Names are changed in the packed bytes, since zip itself would not write these. */
  function zipOf(from: string, to: string): string {
    mkdirSync(join(folder, 'top'));
    writeFileSync(join(folder, 'top', from), 'content');
    execFileSync('zip', ['-qr', 'hostile.zip', 'top'], { cwd: folder });
    const path = join(folder, 'hostile.zip');
    const packed = execFileSync('cat', [path]).toString('latin1').replaceAll(`top/${from}`, to);
    writeFileSync(path, packed, 'latin1');
    return path;
  }

  test.each([
    ['abcdefg', '/etc/passwd', 'is absolute'],
    ['abcdefg', 'top/../../y', "climbs out with '..'"],
    ['abcdefg', 'top/..\\..\\y', 'holds a backslash'],
    ['abcdefg', 'top/\u001b[2Jabc', 'holds a control character'],
    ['abcdefg', 'two/abcdefg', undefined],
  ])('%s as %j', async (from, to, sentence) => {
    const path = zipOf(from, to);
    if (sentence === undefined) expect(await readAll(path)).toEqual({ abcdefg: 7 });
    else await expect(readAll(path)).rejects.toThrow(sentence);
  });

  test('a symlink', async () => {
    mkdirSync(join(folder, 'top'));
    symlinkSync('/etc/passwd', join(folder, 'top', 'x'));
    execFileSync('zip', ['-qry', 'hostile.zip', 'top'], { cwd: folder });
    await expect(readAll(join(folder, 'hostile.zip'))).rejects.toThrow('"top/x" is a symlink, not a plain file');
  });

  test('a name twice', async () => {
    mkdirSync(join(folder, 'top'));
    for (const name of ['x1', 'x2']) writeFileSync(join(folder, 'top', name), name);
    execFileSync('zip', ['-qr', 'hostile.zip', 'top'], { cwd: folder });
    const path = join(folder, 'hostile.zip');
    writeFileSync(path, execFileSync('cat', [path]).toString('latin1').replaceAll('top/x2', 'top/x1'), 'latin1');
    await expect(readAll(path)).rejects.toThrow('"top/x1" stands in it twice');
  });

  test('an encrypted entry', async () => {
    mkdirSync(join(folder, 'top'));
    writeFileSync(join(folder, 'top', 'x'), 'content');
    execFileSync('zip', ['-qr', '-P', 'test', 'hostile.zip', 'top'], { cwd: folder });
    await expect(readAll(join(folder, 'hostile.zip'))).rejects.toThrow(
      '"top/x" is an encrypted entry, not a plain file',
    );
  });

  test('a bomb: 300 MiB of zeros', async () => {
    mkdirSync(join(folder, 'top'));
    writeFileSync(join(folder, 'top', 'zeros'), '');
    truncateSync(join(folder, 'top', 'zeros'), 300 * 1024 ** 2);
    execFileSync('zip', ['-qr', 'bomb.zip', 'top'], { cwd: folder });
    const error = await (async () => {
      for await (const entry of readArchive(join(folder, 'bomb.zip'))) for await (const _ of entry.content);
    })().catch((thrown) => thrown);
    expect(error.message).toContain('as archives made to fill disks do');
  });
});

describe('a folder', () => {
  test('with a link in it is refused', async () => {
    mkdirSync(join(folder, 'bag/data'), { recursive: true });
    writeFileSync(join(folder, 'bag/run.json'), '{}');
    symlinkSync('/etc/passwd', join(folder, 'bag/data/x'));
    await expect(readAll(join(folder, 'bag'))).rejects.toThrow('"data/x" is a symlink, not a plain file');
  });

  test('with a pipe in it is refused, not waited for', async () => {
    mkdirSync(join(folder, 'bag'));
    writeFileSync(join(folder, 'bag/run.json'), '{}');
    execFileSync('mkfifo', [join(folder, 'bag/x')]);
    await expect(readAll(join(folder, 'bag'))).rejects.toThrow('"x" is a special entry, not a plain file');
  });
});

describe('what is no archive', () => {
  test.each<[string, (path: string) => unknown, string, string]>([
    ['nothing there', () => undefined, 'ARCHIVE_NOT_FOUND', 'there is no such archive'],
    ['an empty file', (path) => writeFileSync(path, ''), 'ARCHIVE_NOT_ONE', 'x.tar.gz is empty'],
    ['a text', (path) => writeFileSync(path, 'hello'), 'ARCHIVE_NOT_ONE', 'neither a tar.gz nor a zip'],
    ['a pipe', (path) => execFileSync('mkfifo', [path]), 'ARCHIVE_NOT_ONE', 'neither a tar.gz nor a zip'],
    [
      'a gzip of text',
      (path) => writeFileSync(path, gzipSync('x'.repeat(2000))),
      'ARCHIVE_DAMAGED',
      'at its beginning',
    ],
    ['the start of a zip', (path) => writeFileSync(path, 'PK\u0003\u0004'), 'ARCHIVE_DAMAGED', 'at its beginning'],
  ])('%s gets a sentence', async (_, make, code, sentence) => {
    const path = join(folder, 'x.tar.gz');
    make(path);
    const error = await archiveJson(path).catch((thrown) => thrown);
    expect(error).toMatchObject({ name: 'WitnessError', code });
    expect(error.message).toContain(sentence);
  });

  test.each(['tar.gz', 'zip'] as const)('a %s cut anywhere is damaged, and said to be', async (format) => {
    const input = sampleBag(folder, {
      files: {
        'data/artifacts/noise.bin': Buffer.from(
          Array(50_000)
            .fill(0)
            .map((_, i) => (i * 2654435761) >>> 13),
        ),
      },
    });
    const { path, bytes } = await pack({ ...input, format });
    for (const keep of [0.95, 0.5, 0.1]) {
      truncateSync(path, Math.floor(bytes * keep));
      await expect(readAll(path)).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
    }
  });

  test('a newer schema asks for a newer chwitness', async () => {
    const path = await tarOf([{ name: 'top/run.json', content: '{"schema":99,"novelty":1}' }]);
    await expect(archiveJson(path)).rejects.toMatchObject({ code: 'RUN_NEWER', next: 'update chwitness' });
  });

  test('a run.json that is not ours says where', async () => {
    const path = await tarOf([{ name: 'top/run.json', content: '{"schema":1}' }]);
    await expect(archiveJson(path)).rejects.toThrow('run.json is not as chwitness writes it: run:');
    await expect(archiveJson(await tarOf([{ name: 'top/run.json', content: '{' }]))).rejects.toThrow(
      'run.json is not JSON',
    );
    await expect(archiveJson(await tarOf([{ name: 'top/else' }]))).rejects.toThrow('holds no run.json');
  });
});
