import { constants } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArchiveEntry } from './entry.ts';
import type { Gate } from './gate.ts';

const ROOT_FILES = ['bagit.txt', 'manifest-sha256.txt', 'run.json'];

/** The folder itself, or the one folder inside it when that is what was unpacked. */
async function bagRoot(path: string): Promise<string> {
  const inside = await readdir(path, { withFileTypes: true });
  const only = inside[0];
  if (inside.some((item) => ROOT_FILES.includes(item.name)) || inside.length !== 1 || !only?.isDirectory()) return path;
  return join(path, only.name);
}

async function* content(path: string, gate: Gate): AsyncGenerator<Uint8Array> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    for await (const chunk of handle.createReadStream({ autoClose: false })) {
      gate.bytes(chunk.byteLength);
      yield chunk;
    }
  } finally {
    await handle.close();
  }
}

async function* walk(root: string, folder: string, gate: Gate): AsyncGenerator<ArchiveEntry> {
  const items = await readdir(join(root, folder), { withFileTypes: true });
  for (const item of items.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = folder === '' ? item.name : `${folder}/${item.name}`;
    gate.entry();
    if (item.isDirectory()) {
      yield* walk(root, path, gate);
      continue;
    }
    if (!item.isFile()) gate.notFile(path, item.isSymbolicLink() ? 'a symlink' : 'a special entry');
    gate.file(path);
    const handle = await open(join(root, path), constants.O_RDONLY | constants.O_NOFOLLOW);
    const { size } = await handle.stat().finally(() => handle.close());
    yield { path, bytes: size, content: content(join(root, path), gate) };
  }
}

/** Files of an archive that was unpacked already, sorted by name. */
export async function* readFolder(path: string, gate: Gate): AsyncGenerator<ArchiveEntry> {
  yield* walk(await bagRoot(path), '', gate);
}
