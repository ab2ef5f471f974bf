import type { Guarantee, LoadFacts, TableLoad } from '../model/load.ts';
import type { LoadPlan } from './load.ts';
import type { Ready } from './prepare.ts';
import { emptyTally, type Tally } from './tally.ts';

/** How far one table of the plan came. */
export interface Part {
  /** Undefined until what must be known before its first row is known. */
  ready: Ready | undefined;
  tally: Tally;
  /** Undefined until its table was asked. */
  guarantee?: Guarantee | undefined;
  status: TableLoad['status'];
  /** After a failure: whether what was staged is kept for going on. */
  kept?: boolean | undefined;
}

/** A load of nothing at all was surely not meant. */
export function nothingRead(plan: LoadPlan, parts: readonly Part[]): LoadFacts['error'] {
  if (parts.some(({ tally }) => tally.rowsRead !== 0)) return undefined;
  const sources = plan.tables.flatMap((table) => table.sources);
  const names = sources.map(({ name }) => name).join(', ');
  const what = sources.every(({ bytesTotal }) => bytesTotal === 0) ? 'empty: 0 bytes' : 'without rows';
  return { code: 'INPUT_EMPTY', message: `${names}: ${what}, so there was nothing to load`, source: names };
}

/** One table's line of the facts. */
export function tableFacts({ table, sources }: LoadPlan['tables'][number], part: Part | undefined): TableLoad {
  const { ready, tally, status } = part ?? { ready: undefined, tally: emptyTally(), status: 'canceled' as const };
  const formats = ready?.sources.map(({ source, settled }) => settled?.format ?? source.format);
  const notes = [
    ...sources.flatMap(({ name, note }) => (note === undefined ? [] : [`${name}: ${note}`])),
    ...(ready?.sources ?? []).flatMap(({ source, settled }) =>
      settled?.note === undefined ? [] : [`${source.name}: ${settled.note}`],
    ),
    ...tally.notes,
  ];
  return {
    table,
    sources: sources.map(({ name }) => name),
    format: [...new Set(formats ?? sources.map(({ format }) => format))].join(', '),
    created: ready?.created ?? false,
    ...(tally.rowsRead === undefined ? {} : { rows_read: tally.rowsRead }),
    rows_sent: tally.rowsSent,
    rows_written: tally.rowsWritten,
    rows_written_from: tally.uncounted === 0 && tally.counted > 0 ? 'summary' : 'acknowledged batches',
    ...(tally.rowsRejected === 0 ? {} : { rows_rejected: tally.rowsRejected }),
    ...(tally.rowsBefore === 0 ? {} : { rows_before: tally.rowsBefore }),
    ...(tally.rowsRepeated === 0 ? {} : { rows_repeated: tally.rowsRepeated }),
    ...(tally.rowsUnknown === 0 ? {} : { rows_unknown: tally.rowsUnknown }),
    ...(tally.retries === 0 ? {} : { retries: tally.retries }),
    ...(part?.guarantee === undefined ? {} : { guarantee: part.guarantee }),
    bytes: tally.bytes,
    batches: tally.batches,
    status,
    ...(notes.length === 0 ? {} : { notes }),
  };
}
