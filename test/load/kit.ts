import { Readable } from 'node:stream';
import type { Target } from '../../src/engine/target.ts';
import type { BatchRecord } from '../../src/load/batch.ts';
import { type LoadPlan, type LoadTools, load } from '../../src/load/load.ts';
import { type LoadFacts, loadFacts } from '../../src/model/load.ts';
import type { TableName } from '../../src/model/table.ts';
import { openSources } from '../../src/source/open.ts';

export interface Way
  extends Partial<Omit<LoadPlan, 'tables'>>,
    Partial<Pick<LoadTools, 'past' | 'checkStaged' | 'runId' | 'signal' | 'journal'>> {
  format?: string;
  /** Told each state of each batch. */
  onRecord?: (record: BatchRecord) => void;
}

/** Loads a file into a table as the command line would, without the checks. */
export async function loadFile(target: Target, path: string, table: TableName, way: Way = {}): Promise<LoadFacts> {
  const {
    format,
    onRecord,
    past,
    checkStaged,
    runId = 'run1',
    journal,
    signal = new AbortController().signal,
    ...plan
  } = way;
  const sources = await openSources([path], {
    ...(format === undefined ? {} : { format }),
    stdin: Readable.from([]),
    cwd: '/',
    signal,
  });
  const facts = await load(
    {
      tables: [{ table, sources }],
      create: false,
      batchRows: 100_000,
      batchBytes: 1 << 24,
      connections: 2,
      settings: {},
      retryForMs: 3000,
      ...plan,
    },
    {
      target,
      infer: async () => [],
      workDir: '/nowhere',
      signal,
      progress: () => undefined,
      keep: async () => undefined,
      append: (record) => onRecord?.(record),
      runId,
      past,
      journal,
      checkStaged,
    },
  );
  return loadFacts.parse(facts);
}
