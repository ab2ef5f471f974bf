import { type Entry, openPromise, type ZipFile } from 'yauzl';
import type { ArchiveEntry } from './entry.ts';
import type { Gate } from './gate.ts';

const FILE_TYPE = 0o170000;
const REGULAR = 0o100000;
const MADE_BY_UNIX = 3;

/** Type of an entry, with its article, by its Unix mode, where the packer wrote one; undefined for a plain file. */
function specialType(entry: Entry): string | undefined {
  if (entry.versionMadeBy >>> 8 !== MADE_BY_UNIX) return undefined;
  const type = (entry.externalFileAttributes >>> 16) & FILE_TYPE;
  if (type === 0 || type === REGULAR) return undefined;
  return type === 0o120000 ? 'a symlink' : 'a special entry';
}

async function* content(zip: ZipFile, entry: Entry, gate: Gate): AsyncGenerator<Uint8Array> {
  for await (const chunk of await zip.openReadStreamPromise(entry)) {
    gate.bytes(chunk.byteLength);
    yield chunk;
  }
}

/** Files of a zip in the order of its directory; bytes are read only for entries whose content is asked for. */
export async function* readZip(path: string, gate: Gate): AsyncGenerator<ArchiveEntry> {
  // Names come undecoded, so that ours is the one rule for them.
  const zip = await openPromise(path, { lazyEntries: true, autoClose: false, decodeStrings: false });
  // Errors reach us through the calls below; an event without a listener would end the process.
  zip.on('error', () => undefined);
  try {
    for await (const entry of zip.eachEntry()) {
      gate.entry();
      // UTF-8 whatever the flag says: Info-ZIP leaves it out, and the old code page would turn control characters into signs.
      const name = entry.fileNameRaw.toString('utf8');
      if (name.endsWith('/') && entry.uncompressedSize === 0) continue;
      const special = specialType(entry);
      if (special !== undefined) gate.notFile(name, special);
      if (entry.isEncrypted()) gate.notFile(name, 'an encrypted entry');
      yield { path: gate.packed(name), bytes: entry.uncompressedSize, content: content(zip, entry, gate) };
    }
  } finally {
    zip.close();
  }
}
