import { execFileSync } from 'node:child_process';
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
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type PackInput, pack } from '../../src/archive/pack.ts';
import { verify } from '../../src/archive/verify.ts';
import { NAME, sampleBag, scanFor, sha256 } from './sample-bag.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chwitness-pack-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function unpack(archive: string): string {
  const into = join(folder, 'unpacked');
  mkdirSync(into);
  if (archive.endsWith('.zip')) execFileSync('unzip', ['-q', archive, '-d', into]);
  else execFileSync('tar', ['-xzf', archive, '-C', into]);
  return into;
}

describe.each(['tar.gz', 'zip'] as const)('a packed %s', (format) => {
  test('is accepted by sha256sum in both manifests once unpacked by the usual tools', async () => {
    const { path } = await pack({ ...sampleBag(folder), format });
    const into = unpack(path);
    expect(readdirSync(into)).toEqual([NAME]);
    for (const manifest of ['manifest-sha256.txt', 'tagmanifest-sha256.txt'])
      execFileSync('sha256sum', ['-c', '--strict', manifest], { cwd: join(into, NAME), stdio: 'pipe' });
    const listed = readFileSync(join(into, NAME, 'tagmanifest-sha256.txt'), 'utf8');
    for (const tag of [
      'bagit.txt',
      'bag-info.txt',
      'manifest-sha256.txt',
      'run.json',
      'report.md',
      'report.html',
      'redactions.json',
    ])
      expect(listed).toContain(`  ${tag}\n`);
    expect(listed).not.toContain('tagmanifest');
  });

  test('says its payload in bag-info.txt', async () => {
    const input = sampleBag(folder);
    const { path } = await pack({ ...input, format });
    const info = readFileSync(join(unpack(path), NAME, 'bag-info.txt'), 'utf8');
    const bytes = input.files.reduce((sum, file) => sum + file.bytes, 0);
    expect(info).toContain(`Payload-Oxum: ${bytes}.${input.files.length}\n`);
    expect(info).toContain('Bagging-Date: 2026-03-01\n');
    expect(info).toContain('External-Description: two lines\n');
    expect(info).toMatch(/^Bag-Software-Agent: chwitness \d/m);
  });

  test('is verified, and its size and hash are those of the file', async () => {
    const { path, bytes, sha256: hash } = await pack({ ...sampleBag(folder), format });
    expect(path).toBe(join(folder, 'out', `${NAME}.${format}`));
    expect(statSync(path).size).toBe(bytes);
    expect(sha256(readFileSync(path))).toBe(hash);
    expect(await verify(path)).toMatchObject({ ok: true, problems: [], checked: { files: 14 } });
  });

  test('is the same to the byte when packed again', async () => {
    const input = { ...sampleBag(folder), format };
    const first = await pack(input);
    const second = await pack({ ...input, outDir: join(folder, 'again'), files: [...input.files].reverse() });
    expect(second.sha256).toBe(first.sha256);
  });

  test('is withheld when a file changed after it was kept', async () => {
    const input = { ...sampleBag(folder), format };
    writeFileSync(join(input.bagRoot, 'data/facts/after/row-counts.json'), '{"rows":"11"}');
    await expect(pack(input)).rejects.toMatchObject({ code: 'EVIDENCE_CHANGED', exitCode: 3 });
    await expect(pack(input)).rejects.toThrow('data/facts/after/row-counts.json was changed');
    expect(readdirSync(input.outDir)).toEqual([]);
  });

  test('takes large files and long paths without holding them', async () => {
    const long = `data/artifacts/${'deep/'.repeat(8)}${'x'.repeat(200)}.txt`;
    const input = sampleBag(folder, { files: { [long]: Buffer.alloc(9 * 1024 * 1024, 'row\n') } });
    const { path } = await pack({ ...input, format });
    expect(await verify(path)).toMatchObject({ ok: true, problems: [] });
    execFileSync('sha256sum', ['-c', 'manifest-sha256.txt'], { cwd: join(unpack(path), NAME), stdio: 'pipe' });
  });
});

test('the folder is for its owner alone, and so is the archive', async () => {
  const { path } = await pack(sampleBag(folder));
  expect(statSync(join(folder, 'out')).mode & 0o777).toBe(0o700);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const listing = execFileSync('tar', ['--numeric-owner', '-tvzf', path], {
    encoding: 'utf8',
    env: { ...process.env, TZ: 'UTC' },
  });
  for (const line of listing.trim().split('\n')) expect(line).toMatch(/^-rw------- 0\/0 +\d+ 2026-03-01 12:00 /);
});

test('a file that grew or became a link is refused', async () => {
  const input = sampleBag(folder);
  const artifact = join(input.bagRoot, 'data/artifacts/before/query log.txt');
  writeFileSync(artifact, 'more\n', { flag: 'a' });
  await expect(pack(input)).rejects.toThrow('query log.txt went from 9000 to 9005 bytes');
  rmSync(artifact);
  symlinkSync('/etc/hostname', artifact);
  await expect(pack(input)).rejects.toMatchObject({ code: 'ARCHIVE_NOT_WRITTEN', exitCode: 3 });
  expect(readdirSync(input.outDir)).toEqual([]);
});

test('an archive of the same name is not replaced', async () => {
  const input = sampleBag(folder);
  const { path } = await pack(input);
  const before = readFileSync(path);
  await expect(pack(input)).rejects.toMatchObject({ code: 'ARCHIVE_EXISTS', exitCode: 3 });
  expect(readFileSync(path).equals(before)).toBe(true);
  expect(readdirSync(input.outDir)).toHaveLength(1);
});

test('a link under its name is neither followed nor replaced', async () => {
  const input = sampleBag(folder);
  mkdirSync(input.outDir);
  const elsewhere = join(folder, 'elsewhere');
  symlinkSync(elsewhere, join(input.outDir, `${NAME}.tar.gz`));
  await expect(pack(input)).rejects.toMatchObject({ code: 'ARCHIVE_EXISTS' });
  expect(existsSync(elsewhere)).toBe(false);
});

test.each(['data/artifacts/a%b.txt', 'data/artifacts/a\nb.txt', 'data/../../b.txt'])(
  'the name %j is refused',
  async (path) => {
    const input = sampleBag(folder);
    const files: PackInput['files'] = [...input.files, { path, sha256: sha256(''), bytes: 0, kind: 'artifact' }];
    await expect(pack({ ...input, files })).rejects.toMatchObject({ code: 'ARCHIVE_NAME', exitCode: 3 });
  },
);

describe('the last scan', () => {
  const secret = 'correct-horse-battery-staple';
  const scan = scanFor(secret, 'CLICKHOUSE_PASSWORD');
  const noise = Buffer.from('a line of a log\n'.repeat(20_000));
  const leak = Buffer.concat([noise, Buffer.from(secret), noise]);
  const artifact = 'data/artifacts/after/server.log';

  const cases: [string, Record<string, Buffer>, string][] = [
    ['plain', { [artifact]: leak }, `stands in ${artifact}`],
    ['gzip', { [`${artifact}.gz`]: gzipSync(leak) }, `stands in ${artifact}.gz, unpacked once`],
    ['gzip without its ending', { [artifact]: gzipSync(leak) }, `stands in ${artifact}, unpacked once`],
    ['gzip in gzip', { [artifact]: gzipSync(gzipSync(leak)) }, 'unpacked 2 times'],
    ['second member of a gzip', { [artifact]: Buffer.concat([gzipSync(noise), gzipSync(leak)]) }, 'unpacked once'],
    ['truncated gzip', { [artifact]: gzipSync(leak).subarray(0, -12) }, 'unpacked once'],
    ['gzip with a wrong checksum', { [artifact]: corrupted(gzipSync(leak)) }, 'unpacked once'],
    ['text after a gzip', { [artifact]: Buffer.concat([gzipSync(noise), leak]) }, `stands in ${artifact}`],
  ];

  function corrupted(gzip: Buffer): Buffer {
    gzip.writeUInt32LE(0xdeadbeef, gzip.length - 8);
    return gzip;
  }

  test.each(['tar.gz', 'zip'] as const)('finds nothing where nothing is, in a %s with gzip inside', async (format) => {
    const files = {
      [artifact]: gzipSync(gzipSync(noise)),
      'data/artifacts/after/cut.gz': gzipSync(noise).subarray(0, 20),
    };
    expect(existsSync((await pack({ ...sampleBag(folder, { files }), format, scan })).path)).toBe(true);
  });

  describe.each(['tar.gz', 'zip'] as const)('of a %s', (format) => {
    test.each(cases)('withholds an archive with a secret: %s', async (_, files, sentence) => {
      const input = { ...sampleBag(folder, { files }), format, scan };
      const error = await pack(input).catch((thrown) => thrown);
      expect(error).toMatchObject({ code: 'WITHHELD', exitCode: 3 });
      expect(error.message).toContain('the known secret CLICKHOUSE_PASSWORD');
      expect(error.message).toContain(sentence);
      expect(JSON.stringify({ ...error, message: error.message })).not.toContain(secret);
      expect(readdirSync(input.outDir)).toEqual([]);
    });
  });

  test('withholds an archive with a secret in the name of a file, and does not say the name', async () => {
    const input = sampleBag(folder, { files: { [`data/artifacts/after/${secret}.txt`]: leak } });
    const error = await pack({ ...input, scan }).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'WITHHELD', exitCode: 3 });
    expect(error.message).toContain('in the name of a file');
    expect(`${error.message} ${error.where} ${error.next}`).not.toContain(secret);
  });

  test('withholds an archive with a secret in a tag file', async () => {
    const input = sampleBag(folder);
    input.tagFiles.push({ path: 'note.md', content: secret });
    await expect(pack({ ...input, scan })).rejects.toThrow('stands in note.md');
  });

  test('withholds what is compressed too deep to look into', async () => {
    let deep = gzipSync(leak);
    for (let layer = 0; layer < 7; layer += 1) deep = gzipSync(deep);
    const input = sampleBag(folder, { files: { [artifact]: deep } });
    await expect(pack({ ...input, scan })).rejects.toThrow(`${artifact} is compressed more than 5 times over`);
  });
});

/** Why a small tmpfs cannot be had here, as the end of a test's name; undefined where it can. */
function mountMissing(): string | undefined {
  const point = mkdtempSync(join(tmpdir(), 'chwitness-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', point], { stdio: 'pipe' });
    execFileSync('umount', [point]);
    return undefined;
  } catch {
    return ' (skipped: a tmpfs cannot be mounted here, which needs root)';
  } finally {
    rmSync(point, { recursive: true, force: true });
  }
}

describe('a disk that cannot take it', () => {
  const missing = mountMissing();
  let mounted: string | undefined;

  afterEach(() => {
    if (mounted !== undefined) execFileSync('umount', [mounted]);
    mounted = undefined;
  });

  function mountSmall(): string {
    const point = join(folder, 'small');
    mkdirSync(point);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', point], { stdio: 'pipe' });
    mounted = point;
    return point;
  }

  test.skipIf(missing !== undefined).each(['tar.gz', 'zip'] as const)(
    `full while a %s is written: a sentence, exit code 3, nothing left${missing ?? ''}`,
    async (format) => {
      const random = Buffer.from(Array.from({ length: 2_000_000 }, (_, i) => (i * i * 2654435761) >>> (i % 23)));
      const input = sampleBag(folder, { files: { 'data/artifacts/after/big.bin': random } });
      const outDir = join(mountSmall(), 'out');
      const error = await pack({ ...input, format, outDir }).catch((thrown) => thrown);
      expect(error).toMatchObject({ code: 'ARCHIVE_DISK_FULL', exitCode: 3, where: join(outDir, `${NAME}.${format}`) });
      expect(error.message).toBe('the archive could not be written: the disk is full');
      expect(readdirSync(outDir)).toEqual([]);
    },
  );

  test.skipIf(missing !== undefined)(
    `full while the tag files are written beside the payload${missing ?? ''}`,
    async () => {
      const point = mountSmall();
      const input = sampleBag(point);
      writeFileSync(join(point, 'filler'), '');
      input.tagFiles.push({ path: 'large.md', content: 'x'.repeat(400_000) });
      await expect(pack({ ...input, outDir: join(folder, 'out') })).rejects.toMatchObject({
        code: 'ARCHIVE_DISK_FULL',
        exitCode: 3,
      });
      expect(existsSync(join(folder, 'out'))).toBe(false);
    },
  );

  test('a file where the folder should be', async () => {
    const outDir = join(folder, 'taken');
    writeFileSync(outDir, '');
    await expect(pack({ ...sampleBag(folder), outDir })).rejects.toMatchObject({
      code: 'ARCHIVE_NOT_WRITTEN',
      exitCode: 3,
    });
    expect(statSync(outDir).size).toBe(0);
  });
});
