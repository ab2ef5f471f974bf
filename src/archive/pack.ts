import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { WitnessError } from '../kernel/errors.ts';
import { version } from '../kernel/package.ts';
import type { FileEntry } from '../model/run.ts';
import {
  BAG_DECLARATION,
  bagInfoText,
  type Hashed,
  manifestText,
  PAYLOAD_MANIFEST,
  payloadOxum,
  TAG_MANIFEST,
} from './bag.ts';
import { lastScan, type Scan } from './last-scan.ts';
import { pathProblem, quoted } from './limits.ts';
import { notKept, publish, writeNew } from './publish.ts';
import { type Written, writeArchive } from './write.ts';

export interface PackInput {
  /** Folder whose `data/` is written already; the tag files are written beside it. */
  bagRoot: string;
  /** run.json, report.md, …: text that is redacted already. */
  tagFiles: { path: string; content: string }[];
  /** What the store hashed; hashed again while packing. */
  files: FileEntry[];
  /** `<job>-<UTC time>-<short id>`: the archive's top folder and its file name without ending. */
  name: string;
  outDir: string;
  format: 'tar.gz' | 'zip';
  /** bag-info.txt; `Payload-Oxum` is computed, `Bagging-Date` and `Bag-Software-Agent` where not given. */
  info: Record<string, string>;
  scan: Scan;
}

/** The run's own time out of the archive's name, so that packing again gives the same bytes; else now. */
function dateOf(name: string): Date {
  const [, year, month, day, hour, minute, second] = /(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/.exec(name) ?? [];
  return year === undefined ? new Date() : new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

function byPath(a: Hashed, b: Hashed): number {
  return Buffer.compare(Buffer.from(a.path), Buffer.from(b.path));
}

/** Names that `sha256sum -c`, tar and every reader take as they are. */
function refuseBadNames(input: PackInput): void {
  if (pathProblem(input.name) !== undefined || input.name.includes('/'))
    throw new WitnessError({ code: 'ARCHIVE_NAME', what: `${quoted(input.name)} cannot name an archive`, exitCode: 3 });
  for (const { path } of [...input.files, ...input.tagFiles]) {
    const problem = path.includes('%') ? "holds '%'" : pathProblem(path);
    if (problem !== undefined)
      throw new WitnessError({
        code: 'ARCHIVE_NAME',
        what: `a file named ${quoted(path)} cannot be packed: its name ${problem}`,
        exitCode: 3,
      });
  }
}

/** Writes bagit.txt, bag-info.txt, both manifests and the given tag files; all of them, hashed. */
async function writeTags(input: PackInput, payload: readonly Hashed[], date: Date): Promise<Hashed[]> {
  const hashed: Hashed[] = [];
  const write = async (path: string, content: string) => {
    await writeNew(join(input.bagRoot, path), content);
    const sha256 = createHash('sha256').update(content).digest('hex');
    hashed.push({ path, sha256, bytes: Buffer.byteLength(content) });
  };
  await write('bagit.txt', BAG_DECLARATION);
  await write(
    'bag-info.txt',
    bagInfoText({
      'Bagging-Date': date.toISOString().slice(0, 10),
      'Bag-Software-Agent': `chwitness ${version}`,
      ...input.info,
      'Payload-Oxum': payloadOxum(payload),
    }),
  );
  await write(PAYLOAD_MANIFEST, manifestText(payload));
  for (const { path, content } of input.tagFiles) await write(path, content);
  await write(TAG_MANIFEST, manifestText(hashed));
  return hashed;
}

/**
 * Packs a run's evidence as a BagIt 1.0 bag (RFC 8493) and scans the finished archive once more for known secrets before
 * it gets its name. The same evidence under the same name gives the same bytes.
 * @returns the archive's path, size in bytes and sha256
 * @throws WitnessError exit code 3 when it is withheld, could not be written, or a file changed since it was kept
 */
export async function pack(input: PackInput): Promise<Written & { path: string }> {
  refuseBadNames(input);
  const payload = [...input.files].sort(byPath);
  const date = dateOf(input.name);
  const tags = await writeTags(input, payload, date).catch((error) => {
    throw notKept(error, input.bagRoot);
  });
  let written: Written | undefined;
  const path = await publish(
    input.outDir,
    `${input.name}.${input.format}`,
    async (handle) => {
      written = await writeArchive(handle, input.format, input.bagRoot, input.name, [...tags, ...payload], date);
    },
    (temporary) => lastScan(temporary, input.name, input.scan),
  );
  if (written === undefined) throw new Error('published an archive that was never written');
  return { path, ...written };
}
