import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Target } from '../../../src/engine/target.ts';
import { load } from '../../../src/load/load.ts';
import { openRejectFile, type RejectFile } from '../../../src/load/reject/reject-file.ts';
import { createRejects, type OnError, type RejectTools } from '../../../src/load/reject/rejects.ts';
import type { LoadFacts } from '../../../src/model/load.ts';
import { openSources } from '../../../src/source/open.ts';

export interface LoadWith {
  folder: string;
  target: Target;
  engine: Target;
  onError: OnError;
  table: string;
  input: string;
  batchRows?: number;
  format?: string;
  rejectFile?: string;
  settings?: Record<string, string>;
  keepSamples?: boolean;
  askTarget?: RejectTools['askTarget'];
}

/** A load as the command line starts it, with bad rows looked for. */
export async function loadWith(how: LoadWith): Promise<LoadFacts> {
  const { folder, target, onError, table } = how;
  const signal = new AbortController().signal;
  const opened = { stdin: Readable.from([]), cwd: folder, signal };
  const sources = await openSources([how.input], how.format === undefined ? opened : { ...opened, format: how.format });
  const settings = how.settings ?? {};
  let file: RejectFile | undefined;
  if (how.rejectFile !== undefined) file = await openRejectFile(join(folder, how.rejectFile));
  const rejects = createRejects({
    onError,
    target,
    engine: async () => how.engine,
    file,
    sample: false,
    keepSamples: how.keepSamples ?? false,
    settings,
    askTarget: how.askTarget,
    signal,
  });
  try {
    return await load(
      {
        tables: [{ table: { database: 'default', table }, sources }],
        create: false,
        batchRows: how.batchRows ?? 100_000,
        batchBytes: 1 << 24,
        connections: 2,
        settings,
      },
      {
        target,
        infer: async () => [],
        workDir: folder,
        signal,
        progress: () => undefined,
        keep: async () => undefined,
        append: () => undefined,
        rejects,
      },
    );
  } finally {
    await file?.close();
  }
}
