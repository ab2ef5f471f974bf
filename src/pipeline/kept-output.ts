import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import type { ReadInput } from '../diagnose/read/input.ts';
import { readStream } from '../diagnose/read/texts.ts';
import type { LoadFacts } from '../model/load.ts';
import type { Run } from './run.ts';

/** What the wrapped command printed, as it was kept: read back from the evidence, redacted, so that the archive says the same. */
export async function keptOutput(run: Pick<Run, 'folder'>, { command }: LoadFacts): Promise<ReadInput[]> {
  const read: ReadInput[] = [];
  for (const { path } of command?.output ?? []) {
    // A file that cannot be read back costs its lines, not the run.
    const input = await readStream(path, createReadStream(join(run.folder, 'bag', path))).catch(() => undefined);
    if (input) read.push(input);
  }
  return read;
}
