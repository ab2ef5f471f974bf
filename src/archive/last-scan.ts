import { PassThrough, Readable } from 'node:stream';
import { constants, createGunzip } from 'node:zlib';
import { WitnessError } from '../kernel/errors.ts';
import { formatBytes } from '../kernel/format.ts';
import { readArchive } from './open.ts';

/** Tells the label of the first known secret in a stream, in any of its forms; undefined when there is none. */
export type Scan = (source: AsyncIterable<Uint8Array>) => Promise<string | undefined>;

/** How far compression inside the archive's files is followed; `bytes` unpacked of one file. */
const NESTING = { depth: 5, bytes: 4 * 1024 ** 3 };

function withheld(what: string): WitnessError {
  return new WitnessError({
    code: 'WITHHELD',
    what: `the archive is withheld: ${what}`,
    next: 'nothing was kept; report this as a fault of redaction, without the file',
    exitCode: 3,
  });
}

function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b && head[2] === 8;
}

/** What a gzip unpacks to. A cut or corrupt one gives what it holds up to there: its bytes were scanned as they are too. */
async function* gunzipped(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const feed = Readable.from(source);
  const gunzip = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH });
  // Destroyed streams drop what they hold; the one that is read from here ends instead.
  const unpacked = new PassThrough();
  feed.on('error', (error) => unpacked.destroy(error));
  gunzip.on('error', () => unpacked.end());
  feed.pipe(gunzip).pipe(unpacked);
  try {
    yield* unpacked;
  } finally {
    feed.destroy();
    gunzip.destroy();
    unpacked.destroy();
  }
}

async function* limited(path: string, source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.byteLength;
    if (bytes > NESTING.bytes)
      throw withheld(`${path} unpacks to more than ${formatBytes(NESTING.bytes)}, too much to look for secrets in`);
    yield chunk;
  }
}

/** Scans a stream and tells its first three bytes as well. */
async function scanAndSniff(source: AsyncIterable<Uint8Array>, scan: Scan) {
  let head = Buffer.alloc(0);
  async function* sniffed(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      if (head.byteLength < 3) head = Buffer.concat([head, chunk.subarray(0, 3)]);
      yield chunk;
    }
  }
  return { label: await scan(sniffed()), gzip: () => isGzip(head) };
}

/** Scans what `layers` unpackings leave of the given files (undefined: of all); returns those that are gzip still. */
async function scanLayer(archive: string, layers: number, only: Set<string> | undefined, scan: Scan) {
  const names: string[] = [];
  const deeper = new Set<string>();
  let found: { label: string; path: string } | undefined;
  for await (const entry of readArchive(archive)) {
    names.push(entry.path);
    // Once something is found only the names are left to read.
    if (found !== undefined || (only !== undefined && !only.has(entry.path))) continue;
    let content = entry.content;
    for (let layer = 0; layer < layers; layer += 1) content = limited(entry.path, gunzipped(content));
    const { label, gzip } = await scanAndSniff(content, scan);
    if (label !== undefined) found = { label, path: entry.path };
    else if (gzip()) deeper.add(entry.path);
  }
  return { names, deeper, found };
}

/**
 * Looks through a finished archive, names and contents, gzip inside gzip included: one pass over it for each depth found.
 * @throws WitnessError `WITHHELD`, exit code 3, naming the secret's label and the file, never the secret
 */
export async function lastScan(archive: string, name: string, scan: Scan): Promise<void> {
  let only: Set<string> | undefined;
  for (let layers = 0; only === undefined || only.size > 0; layers += 1) {
    if (layers > NESTING.depth)
      throw withheld(
        `${[...(only ?? [])][0]} is compressed more than ${NESTING.depth} times over, too deep to look into`,
      );
    const { names, deeper, found } = await scanLayer(archive, layers, only, scan);
    // Names first: one that holds a secret stands in the manifests too, and must not be named below.
    const inNames = await scan(Readable.from([Buffer.from([name, ...names].join('\n'))]));
    if (inNames !== undefined) throw withheld(`the known secret ${inNames} stands in the name of a file`);
    if (found !== undefined) {
      const where = layers === 0 ? found.path : `${found.path}, unpacked ${layers === 1 ? 'once' : `${layers} times`}`;
      throw withheld(`the known secret ${found.label} stands in ${where}`);
    }
    only = deeper;
  }
}
