import {
  BAG_DECLARATION,
  bagInfoValue,
  type Hashed,
  PAYLOAD_MANIFEST,
  parseManifest,
  payloadOxum,
  REQUIRED_TAG_FILES,
  TAG_MANIFEST,
} from './bag.ts';
import type { Problem } from './problem.ts';

/** An archive as it was read: every file's hash and size, and the texts of those that say what should be there. */
export interface Inventory {
  found: ReadonlyMap<string, Hashed>;
  texts: ReadonlyMap<string, string>;
  /** Whether reading reached the end; if not, what was not seen is not missing. */
  whole: boolean;
}

function compareManifest(
  name: string,
  hashes: ReadonlyMap<string, string>,
  expected: Iterable<string>,
  inventory: Inventory,
) {
  const problems: Problem[] = [];
  for (const [path, hash] of hashes) {
    const there = inventory.found.get(path);
    if (there === undefined) {
      if (inventory.whole)
        problems.push({ code: 'FILE_MISSING', file: path, message: `${path} is missing: ${name} lists it` });
    } else if (there.sha256 !== hash)
      problems.push({
        code: 'FILE_CHANGED',
        file: path,
        message: `${path} was changed: its sha256 is not that of ${name}`,
      });
  }
  for (const path of expected) {
    if (!hashes.has(path))
      problems.push({ code: 'FILE_ADDED', file: path, message: `${path} was added: ${name} does not list it` });
  }
  return problems;
}

/** The payload manifest's paths and hashes; empty when there is none. */
export function payloadHashes(inventory: Inventory): Map<string, string> {
  return parseManifest(inventory.texts.get(PAYLOAD_MANIFEST) ?? '').hashes;
}

/** What of the bag (RFC 8493) does not hold: hashes, missing and added files, the payload's size, the declaration. */
export function checkFixity(inventory: Inventory): Problem[] {
  const { found, texts, whole } = inventory;
  const problems: Problem[] = [];
  const isPayload = (path: string) => path.startsWith('data/');
  for (const name of [PAYLOAD_MANIFEST, TAG_MANIFEST]) {
    const text = texts.get(name);
    if (text === undefined) continue;
    const { hashes, problems: lines } = parseManifest(text);
    for (const line of lines) problems.push({ code: 'MANIFEST_INVALID', file: name, message: `${name}: ${line}` });
    const mine = [...found.keys()].filter((path) =>
      name === PAYLOAD_MANIFEST ? isPayload(path) : !isPayload(path) && path !== TAG_MANIFEST,
    );
    problems.push(...compareManifest(name, hashes, mine, inventory));
  }
  if (whole) {
    for (const path of [...REQUIRED_TAG_FILES, TAG_MANIFEST]) {
      const told = problems.some((problem) => problem.code === 'FILE_MISSING' && problem.file === path);
      if (!found.has(path) && !told)
        problems.push({
          code: 'FILE_MISSING',
          file: path,
          message: `${path} is missing: every archive of chwitness has one`,
        });
    }
    const oxum = bagInfoValue(texts.get('bag-info.txt') ?? '', 'Payload-Oxum');
    const real = payloadOxum([...found.values()].filter(({ path }) => isPayload(path)));
    if (found.has('bag-info.txt') && oxum !== real)
      problems.push({
        code: 'PAYLOAD_SIZE',
        file: 'bag-info.txt',
        message: `bag-info.txt says ${oxum ?? 'no size'} (bytes.files) of the payload, it is ${real}`,
      });
  }
  const declaration = texts.get('bagit.txt');
  if (declaration !== undefined && declaration.replaceAll('\r\n', '\n').trim() !== BAG_DECLARATION.trim())
    problems.push({ code: 'NOT_BAGIT', file: 'bagit.txt', message: 'bagit.txt does not declare BagIt 1.0 in UTF-8' });
  return problems;
}
