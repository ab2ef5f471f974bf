import type { Buffer } from 'node:buffer';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { constants, gunzipSync } from 'node:zlib';

/** All files below a folder, names relative to it. */
export function filesBelow(folder: string): { path: string; bytes: Buffer }[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path: relative(folder, path), bytes: readFileSync(path) }));
}

/** The bytes, and what they unpack to as often as they are gzip. */
export function layersOf(bytes: Buffer): Buffer[] {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return [bytes];
  return [bytes, ...layersOf(gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }))];
}

/** Everything an archive holds: itself, the tar in it, each file, gzip in them unpacked. Unpacked by `tar`, not by us. */
export function everythingIn(archive: string): { path: string; bytes: Buffer }[] {
  const folder = mkdtempSync(join(tmpdir(), 'chwitness-unpacked-'));
  try {
    const { status, stderr } = spawnSync('tar', ['-xzf', archive, '-C', folder], { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    const packed = layersOf(readFileSync(archive)).map((bytes) => ({ path: '(archive)', bytes }));
    const files = filesBelow(folder).flatMap(({ path, bytes }) =>
      layersOf(bytes).map((layer) => ({ path, bytes: layer })),
    );
    return [...packed, ...files];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
