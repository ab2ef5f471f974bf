import { basename } from 'node:path';
import { WitnessError } from '../kernel/errors.ts';
import { formatBytes, formatCount } from '../kernel/format.ts';
import { type Limits, pathProblem, quoted } from './limits.ts';

/** Holds one archive to its limits while it is read; each of its functions throws WitnessError `ARCHIVE_REFUSED`. */
export interface Gate {
  /** Counts one entry of any type. */
  entry(): void;
  /** Admits the name of a file: safe, and not there before. */
  file(name: string): void;
  /** Admits a packed file and takes off its top folder, which all entries must share. */
  packed(name: string): string;
  /** Refuses what is not a plain file; `type` with its article. */
  notFile(name: string, type: string): never;
  /** Counts decompressed bytes. */
  bytes(count: number): void;
}

/**
 * A gate for `archive`; `packedBytes` is the size of its file, undefined for a folder, which has no ratio. `anyTop`: entries
 * need not share a top folder, as in archives that somebody else packed; names are then left whole.
 */
export function openGate(archive: string, limits: Limits, packedBytes: number | undefined, anyTop = false): Gate {
  const byRatio = packedBytes === undefined ? Infinity : Math.max(limits.ratioFromBytes, limits.ratio * packedBytes);
  const seen = new Set<string>();
  let top: string | undefined;
  let entries = 0;
  let total = 0;

  function refuse(what: string): never {
    throw new WitnessError({
      code: 'ARCHIVE_REFUSED',
      what: `${basename(archive)} is refused: ${what}`,
      where: archive,
      next: 'do not unpack it; ask for it again from where it was made',
    });
  }

  function file(name: string): void {
    const problem = pathProblem(name, limits);
    if (problem !== undefined) refuse(`the name ${quoted(name)} ${problem}`);
    if (seen.has(name)) refuse(`${quoted(name)} stands in it twice`);
    seen.add(name);
  }

  return {
    file,
    entry() {
      entries += 1;
      if (entries > limits.entries) refuse(`it holds more than ${formatCount(limits.entries)} entries`);
    },
    packed(name) {
      file(name);
      if (anyTop) return name;
      const slash = name.indexOf('/');
      if (slash === -1) refuse(`${quoted(name)} lies outside a top folder`);
      const folder = name.slice(0, slash);
      top ??= folder;
      if (folder !== top) refuse(`it has two top folders, ${quoted(top)} and ${quoted(folder)}`);
      return name.slice(slash + 1);
    },
    notFile(name, type) {
      refuse(`${quoted(name)} is ${type}, not a plain file`);
    },
    bytes(count) {
      total += count;
      if (total > limits.totalBytes) refuse(`it unpacks to more than ${formatBytes(limits.totalBytes)}`);
      if (total > byRatio) refuse(`it unpacks to over ${formatBytes(byRatio)}, as archives made to fill disks do`);
    },
  };
}
