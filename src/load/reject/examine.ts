import type { Target } from '../../engine/target.ts';
import type { Reason } from '../../model/reject.ts';
import { type BenchTable, type Expected, openBench } from './bench-table.ts';
import type { Sent } from './fields.ts';
import { isIsoTime, reasonOf } from './reasons.ts';
import type { RowRange } from './rows.ts';
import type { Suspect } from './screen.ts';

/** A row that is not stored as it was sent, and why. */
export interface BadRow {
  range: RowRange;
  column: string | undefined;
  reason: Reason;
  code: number | undefined;
  /** Name of the constraint that it breaks, or of the view that fails on it. */
  detail?: string | undefined;
  /** The value in question; undefined when it is the row itself. Never kept but in the reject file. */
  value: Sent;
}

export interface Findings {
  bad: BadRow[];
  /** False when so many were bad that not each was looked at. */
  complete: boolean;
  notes: string[];
}

export interface Examiner {
  /** Which of these rows of a batch are bad, in the order of the source; looks for no more once there are `limit`. */
  examine(bytes: Uint8Array, suspects: readonly Suspect[], limit: number): Promise<Findings>;
  close(): Promise<void>;
}

/** Reasons that say no more than that the value cannot be read. */
const UNREAD: ReadonlySet<Reason> = new Set(['value_not_parsable_for_type', 'date_not_parsable']);
/** Fewer rows than this are tried one by one at once. */
const FEW = 64;
/** Rows on their way to the engine at the same time. */
const AT_ONCE = 4;

/**
 * Tries rows in a throwaway engine: those it refuses alone, those it stores otherwise than they were sent, those that break a constraint.
 * Several batches may be looked at side by side: their rows are told apart by their numbers.
 */
export function createExaminer(start: () => Promise<Target>, expected: Expected, signal: AbortSignal): Examiner {
  let opened: Promise<BenchTable> | undefined;
  const open = async () => openBench(await start(), expected, signal);
  return {
    async examine(bytes, suspects, limit) {
      if (suspects.length <= FEW) {
        opened ??= open();
        return examineIn(await opened, bytes, suspects, limit);
      }
      // Many rows are not kept until the end.
      const own = await open();
      try {
        return await examineIn(own, bytes, suspects, limit);
      } finally {
        await own.drop();
      }
    },
    async close() {
      await (await opened?.catch(() => undefined))?.drop().catch(() => undefined);
    },
  };
}

async function examineIn(
  bench: BenchTable,
  bytes: Uint8Array,
  suspects: readonly Suspect[],
  limit: number,
): Promise<Findings> {
  const bad = new Map<number, BadRow>();
  const stored = new Map<number, Suspect>();
  const rowBytes = ({ range }: Suspect) => bytes.subarray(range.from, range.to);
  const numbered = (suspect: Suspect) => bench.prefix(rowBytes(suspect), suspect.range.row);
  let alone: readonly Suspect[] = suspects;
  if (suspects.length > FEW) {
    const whole = suspects.filter(({ fields }) => fields.ok);
    const there = await bench.tryRows(Buffer.concat(whole.flatMap((suspect) => numbered(suspect) ?? [])));
    for (const suspect of whole) if (there.has(suspect.range.row)) stored.set(suspect.range.row, suspect);
    alone = suspects.filter(({ range }) => !stored.has(range.row));
  }
  let complete = true;
  await inTurns(alone, AT_ONCE, async (suspect) => {
    if (bad.size >= limit) complete = false;
    if (!complete) return;
    const said = await bench.tryRow(numbered(suspect) ?? rowBytes(suspect));
    const { range } = suspect;
    if (said === undefined && suspect.fields.ok) stored.set(range.row, suspect);
    else if (said === undefined || said === 'more than one row') {
      // What the engine reads more leniently than JSON is written is one row all the same, unless it is two.
      if (said === undefined && numbered(suspect) !== undefined) return;
      bad.set(range.row, {
        range,
        column: undefined,
        reason: said ? 'row_ambiguous' : 'row_not_json',
        code: undefined,
        value: undefined,
      });
    } else bad.set(range.row, { range, ...reasonOf(said, suspect), code: said.code, value: undefined });
  });
  const notes = await lookAtStored(bench, stored, bad, numbered);
  const found = [...bad.values()].sort((a, b) => a.range.row - b.range.row);
  const fieldsOf = new Map(suspects.map((suspect) => [suspect.range.row, suspect.fields]));
  for (const row of found) {
    const fields = fieldsOf.get(row.range.row);
    if (!fields?.ok || row.column === undefined) continue;
    row.value = fields.values[fields.names.indexOf(row.column)];
    if (UNREAD.has(row.reason) && isIsoTime(row.value) && bench.readsBasicTimes(row.column))
      row.reason = 'datetime_iso8601_basic_parser';
  }
  return { bad: found, complete, notes };
}

/** Rows that were stored: otherwise than they were sent, or against a constraint. */
async function lookAtStored(
  bench: BenchTable,
  stored: ReadonlyMap<number, Suspect>,
  bad: Map<number, BadRow>,
  numbered: (suspect: Suspect) => Uint8Array | undefined,
): Promise<string[]> {
  if (stored.size === 0) return [];
  const bytes = Buffer.concat([...stored.values()].flatMap((suspect) => numbered(suspect) ?? []));
  // What the screen let pass needs no second look; rows that it did not see are looked at whole.
  const columns = new Set([...stored.values()].flatMap((suspect) => suspect.columns));
  const all = [...stored.values()].some((suspect) => suspect.columns.length === 0);
  for (const [row, { column, reason }] of await bench.differences(bytes, all ? undefined : columns)) {
    const suspect = stored.get(row);
    // The statement holds nothing but reasons of the table.
    if (suspect)
      bad.set(row, { range: suspect.range, column, reason: reason as Reason, code: undefined, value: undefined });
  }
  const { violations, notes } = await bench.broken();
  for (const [row, detail] of violations) {
    const suspect = stored.get(row);
    if (!suspect || bad.has(row)) continue;
    bad.set(row, {
      range: suspect.range,
      column: undefined,
      reason: 'constraint_violated',
      code: 469,
      detail,
      value: undefined,
    });
  }
  return notes;
}

async function inTurns<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await work(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
}
