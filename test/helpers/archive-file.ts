import { readArchive } from '../../src/archive/open.ts';

/** One file of an archive, whole; fails when it is not in it. */
export async function archiveFile(archive: string, path: string): Promise<Buffer> {
  for await (const entry of readArchive(archive)) {
    if (entry.path !== path) continue;
    const chunks: Uint8Array[] = [];
    for await (const chunk of entry.content) chunks.push(chunk);
    return Buffer.concat(chunks);
  }
  throw new Error(`${path} is not in ${archive}`);
}

/** Every file of an archive, with its path before it, one after another. */
export async function archiveBytes(archive: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const entry of readArchive(archive)) {
    chunks.push(Buffer.from(`\n${entry.path}\n`));
    for await (const chunk of entry.content) chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
