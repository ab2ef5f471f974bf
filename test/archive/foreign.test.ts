import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip, gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readForeign } from '../../src/archive/foreign.ts';
import { DEFAULT_LIMITS, type Limits } from '../../src/archive/limits.ts';
import { readStream } from '../../src/diagnose/read/texts.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chwitness-foreign-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function read(path: string, limits: Limits = DEFAULT_LIMITS): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const { path: name, content } of readForeign(path, limits)) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of content) chunks.push(chunk);
    found[name.replace(`${folder}/`, '')] = Buffer.concat(chunks).toString();
  }
  return found;
}

type Entry = {
  name: string;
  type?: 'file' | 'symlink' | 'link' | 'character-device';
  linkname?: string;
  content?: string;
};

async function tarball(entries: Iterable<Entry>): Promise<string> {
  const tar = pack();
  const chunks: Buffer[] = [];
  const done = (async () => {
    for await (const chunk of tar as unknown as AsyncIterable<Buffer>) chunks.push(chunk);
  })();
  for (const { name, type = 'file', linkname, content = '' } of entries)
    tar.entry({ name, type, ...(linkname === undefined ? {} : { linkname }) }, content);
  tar.finalize();
  await done;
  const path = join(folder, 'given.tgz');
  writeFileSync(path, gzipSync(Buffer.concat(chunks)));
  return path;
}

/** Header of an empty file, as POSIX has it. */
function tarHeader(name: string): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000644\x000000000\x000000000\x0000000000000\x0000000000000\0        0', 100, 'latin1');
  header.write('ustar\u000000', 257, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\u0000 `, 148, 'latin1');
  return header;
}

describe('anybody’s archives and folders', () => {
  test('a tar with several top folders, files beside them and ./ before names is read without unpacking', async () => {
    const path = await tarball([
      { name: './run.log', content: 'a' },
      { name: './one/x.txt', content: 'b' },
      { name: './two/y.txt', content: 'c' },
    ]);
    expect(await read(path)).toEqual({ 'run.log': 'a', 'one/x.txt': 'b', 'two/y.txt': 'c' });
  });

  test('zip, plain tar, one gzipped log, a folder with an archive in it', async () => {
    mkdirSync(join(folder, 'logs'));
    writeFileSync(join(folder, 'logs', 'run.log'), 'hello');
    execFileSync('tar', ['-cf', join(folder, 'plain.tar'), '-C', folder, 'logs']);
    expect(await read(join(folder, 'plain.tar'))).toEqual({ 'logs/run.log': 'hello' });
    writeFileSync(join(folder, 'logs', 'old.log.gz'), gzipSync('older'));
    execFileSync('tar', ['-czf', join(folder, 'logs', 'in.tgz'), '-C', folder, 'plain.tar']);
    const found = await read(join(folder, 'logs'));
    expect(found['logs/run.log']).toBe('hello');
    expect(found['logs/old.log.gz']).toBe('older');
    expect(Object.keys(found)).toContain('plain.tar');
  });

  test('links in a folder are passed over', async () => {
    symlinkSync('/etc/passwd', join(folder, 'passwd.log'));
    writeFileSync(join(folder, 'run.log'), 'x');
    expect(await read(folder)).toEqual({ 'run.log': 'x' });
  });

  test.each<[string, Entry, RegExp]>([
    ['a way out', { name: '../../etc/cron.d/x', content: 'x' }, /"\.\.\/\.\.\/etc\/cron\.d\/x" climbs out/],
    ['an absolute name', { name: '/etc/passwd', content: 'x' }, /"\/etc\/passwd" is absolute/],
    [
      'a symbolic link',
      { name: 'logs/passwd', type: 'symlink', linkname: '/etc/passwd' },
      /"logs\/passwd" is a symlink/,
    ],
    ['a hard link', { name: 'logs/passwd', type: 'link', linkname: '/etc/passwd' }, /"logs\/passwd" is a link/],
    ['a device', { name: 'logs/null', type: 'character-device' }, /"logs\/null" is a character-device/],
    ['a control character', { name: 'a\u001b[2Jb', content: 'x' }, /control character/],
  ])('%s is refused by name', async (_, entry, says) => {
    await expect(read(await tarball([{ name: 'run.log', content: 'x' }, entry]))).rejects.toMatchObject({
      code: 'ARCHIVE_REFUSED',
      message: expect.stringMatching(says),
    });
  });

  test('a bomb is refused, packed as tar or as a single gzip', async () => {
    const limits = { ...DEFAULT_LIMITS, ratioFromBytes: 1024 ** 2 };
    const zeros = '\0'.repeat(32 * 1024 ** 2);
    await expect(read(await tarball([{ name: 'x.log', content: zeros }]), limits)).rejects.toMatchObject({
      code: 'ARCHIVE_REFUSED',
    });
    writeFileSync(join(folder, 'x.log.gz'), gzipSync(zeros));
    await expect(read(join(folder, 'x.log.gz'), limits)).rejects.toMatchObject({ code: 'ARCHIVE_REFUSED' });
  });

  test('too many entries are refused', async () => {
    function* many(): Generator<Entry> {
      for (let at = 0; at < 300; at += 1) yield { name: `e${at}`, content: '' };
    }
    await expect(read(await tarball(many()), { ...DEFAULT_LIMITS, entries: 200 })).rejects.toMatchObject({
      code: 'ARCHIVE_REFUSED',
      message: expect.stringMatching(/more than 200 entries/),
    });
  });

  test('an archive of a hundred thousand and one entries is refused before its end', async () => {
    const tar = createGzip({ level: 1 });
    const path = join(folder, 'many.tgz');
    const written = pipeline(tar, createWriteStream(path));
    for (let at = 0; at <= DEFAULT_LIMITS.entries; at += 1) {
      if (!tar.write(tarHeader(`e${at}`))) await once(tar, 'drain');
    }
    tar.end(Buffer.alloc(1024));
    await written;
    await expect(read(path)).rejects.toMatchObject({
      code: 'ARCHIVE_REFUSED',
      message: expect.stringContaining('many.tgz is refused: it holds more than 100 000 entries'),
    });
  });

  test('what is packed in what is packed is not unpacked, and said to be', async () => {
    const twice = gzipSync(gzipSync('ERROR Code: 60. DB::Exception: Table a.b does not exist'));
    writeFileSync(join(folder, 'twice.log.gz'), twice);
    const inner = readFileSync(await tarball([{ name: 'run.log', content: 'x' }]));
    mkdirSync(join(folder, 'top'));
    writeFileSync(join(folder, 'top', 'inner.tgz'), inner);
    execFileSync('zip', ['-q', '-r', 'top/inner.zip', 'top'], { cwd: folder });
    execFileSync('tar', ['-czf', join(folder, 'outer.tgz'), '-C', folder, 'top', 'twice.log.gz']);
    const kinds: Record<string, string> = {};
    for await (const { name, content } of readForeign(join(folder, 'outer.tgz'))) {
      const { facts, events } = await readStream(name, content);
      expect([events, facts.note]).toEqual([[], expect.stringContaining('not read: it is packed inside')]);
      kinds[name.split('!')[1] ?? ''] = /\((\w+)\)/.exec(facts.note ?? '')?.[1] ?? '';
    }
    expect(kinds).toEqual({ 'top/inner.tgz': 'gzip', 'top/inner.zip': 'zip', 'twice.log.gz': 'gzip' });
    for await (const { content } of readForeign(join(folder, 'twice.log.gz')))
      expect((await readStream('twice', content)).facts).toMatchObject({ kind: 'packed' });
  });

  test.each([1, 5_000_000])('a zip whose entry lies about its size (%i) is refused by name', async (size) => {
    writeFileSync(join(folder, 'run.log'), 'x'.repeat(100_000));
    execFileSync('zip', ['-q', 'lies.zip', 'run.log'], { cwd: folder });
    const bytes = readFileSync(join(folder, 'lies.zip'));
    bytes.writeUInt32LE(size, bytes.indexOf('PK\u0001\u0002') + 24);
    writeFileSync(join(folder, 'lies.zip'), bytes);
    await expect(read(join(folder, 'lies.zip'))).rejects.toMatchObject({
      code: 'INPUT_UNREADABLE',
      message: expect.stringMatching(size === 1 ? /too many bytes/ : /not enough bytes/),
      where: expect.stringContaining('lies.zip'),
    });
  });

  test('what is not there, and what ends too early, is said', async () => {
    await expect(read(join(folder, 'nothing'))).rejects.toMatchObject({ code: 'INPUT_NOT_FOUND' });
    const path = await tarball([{ name: 'run.log', content: 'x'.repeat(5000) + Math.random() }]);
    execFileSync('truncate', ['-s', '40', path]);
    await expect(read(path)).rejects.toMatchObject({ code: expect.stringMatching(/INPUT_UNREADABLE|ARCHIVE/) });
  });
});
