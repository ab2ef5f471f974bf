import type { FileEntry } from '../model/run.ts';

/** BagIt 1.0, RFC 8493: the names of its own files and how their lines read. */
export const BAG_DECLARATION = 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n';
export const PAYLOAD_MANIFEST = 'manifest-sha256.txt';
export const TAG_MANIFEST = 'tagmanifest-sha256.txt';
/** What a bag of ours cannot do without, besides its tag manifest. */
export const REQUIRED_TAG_FILES = ['bagit.txt', 'bag-info.txt', PAYLOAD_MANIFEST, 'run.json'] as const;

export type Hashed = Pick<FileEntry, 'path' | 'sha256' | 'bytes'>;

/** `Payload-Oxum`: octets and number of the payload's files. */
export function payloadOxum(files: readonly { bytes: number }[]): string {
  return `${files.reduce((sum, file) => sum + file.bytes, 0)}.${files.length}`;
}

/** A manifest as `sha256sum -c` reads it. */
export function manifestText(files: readonly Pick<Hashed, 'path' | 'sha256'>[]): string {
  return files.map((file) => `${file.sha256}  ${file.path}\n`).join('');
}

/** Paths with their hashes, and the lines that are none (RFC 8493, 2.1.3: `%`, CR and LF stand percent-encoded). */
export function parseManifest(text: string): { hashes: Map<string, string>; problems: string[] } {
  const hashes = new Map<string, string>();
  const problems: string[] = [];
  for (const [index, line] of text.split(/\r\n|\n|\r/).entries()) {
    if (line === '') continue;
    const [, hash, path] = /^([0-9a-fA-F]{64})[ \t]+\*?(?:\.\/)?(.+)$/.exec(line) ?? [];
    if (hash === undefined || path === undefined) {
      problems.push(`line ${index + 1} is not a sha256 and a path`);
      continue;
    }
    const plain = path.replace(/%(0A|0D|25)/gi, (code) => decodeURIComponent(code));
    if (hashes.has(plain)) problems.push(`line ${index + 1} lists ${plain} again`);
    hashes.set(plain, hash.toLowerCase());
  }
  return { hashes, problems };
}

/** bag-info.txt: one line a label; line breaks in values become spaces. */
export function bagInfoText(info: Record<string, string>): string {
  return Object.entries(info)
    .map(([label, value]) => `${label}: ${value.replace(/[\r\n]+/g, ' ').trim()}\n`)
    .join('');
}

/** The first value of a label in bag-info.txt; labels know no case. */
export function bagInfoValue(text: string, label: string): string | undefined {
  for (const line of text.split(/\r\n|\n|\r/)) {
    const colon = line.indexOf(':');
    if (line.slice(0, colon).trim().toLowerCase() === label.toLowerCase()) return line.slice(colon + 1).trim();
  }
  return undefined;
}
