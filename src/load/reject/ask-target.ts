import { EngineError } from '../../engine/errors.ts';
import type { RowFormat } from '../../model/source.ts';
import type { Batch } from '../batch.ts';
import { type Bisected, bisect } from './bisect.ts';
import type { BadRow, Findings } from './examine.ts';
import { fieldsOf } from './fields.ts';
import { type Complaint, reasonOf } from './reasons.ts';
import type { RowRange } from './rows.ts';

/** Rows sent to a clone of the table, never to the table: what is said of them, and by whom. */
export interface Probing {
  /** @throws EngineError with the target's words when it does not take them */
  insert(format: string, bytes: Uint8Array, columns: readonly string[] | undefined): Promise<void>;
}

/** Inserts into clones that one refused batch may cost the target. */
const PROBES = 300;

/**
 * Which rows of a batch the target itself does not take, where nothing but the target can tell: expressions of its own functions, views, its
 * own way of reading. Asked by halves, in a clone of the table.
 */
export async function askTarget(
  batch: Batch,
  ranges: readonly RowRange[],
  how: { format: RowFormat; columns: readonly string[]; limit: number; probing: Probing },
): Promise<Findings> {
  const { format, columns, probing } = how;
  const json = format === 'JSONEachRow';
  const bare = json ? format : format.startsWith('CSV') ? 'CSV' : 'TabSeparated';
  const complaintOf = async (from: number, to: number): Promise<Complaint | undefined> => {
    const bytes = batch.bytes.subarray(ranges[from]?.from ?? 0, ranges[to - 1]?.to ?? batch.bytes.length);
    try {
      await probing.insert(bare, bytes, json ? undefined : columns);
      return undefined;
    } catch (thrown) {
      if (!(thrown instanceof EngineError) || thrown.failure !== 'server') throw thrown;
      return { code: thrown.code, message: thrown.serverText ?? thrown.message };
    }
  };
  if (await allAlike(ranges.length, complaintOf)) {
    const note =
      'the target takes none of the rows that were tried one by one, and says the same of each: it is how they are written, not single rows';
    return { bad: [], complete: false, notes: [note] };
  }
  const found: Bisected = await bisect(ranges.length, complaintOf, { probes: PROBES, rows: how.limit });
  const notes = found.complete
    ? []
    : [`after ${found.probes} inserts into clones the search for bad rows was given up`];
  const buffer = Buffer.from(batch.bytes.buffer, batch.bytes.byteOffset, batch.bytes.length);
  const bad = found.bad.flatMap(({ at, complaint }): BadRow[] => {
    const range = ranges[at];
    if (range === undefined) return [];
    const fields = fieldsOf(format, buffer.toString('utf8', range.from, range.to), columns);
    const told = reasonOf(complaint, { range, fields, columns: [] });
    const view = /while pushing to view (\S+)/i.exec(complaint.message)?.[1];
    const constraint = /Constraint `?([^`\s]+)`?/.exec(complaint.message)?.[1];
    const value = fields.ok && told.column !== undefined ? fields.values[fields.names.indexOf(told.column)] : undefined;
    const base = { range, code: complaint.code, value };
    if (view !== undefined)
      return [{ ...base, column: undefined, reason: 'refused_by_view', detail: view.replace(/[:,]$/, '') }];
    if (complaint.code === 469)
      return [{ ...base, column: undefined, reason: 'constraint_violated', detail: constraint }];
    if (told.reason === 'value_not_parsable_for_type' && told.column === undefined)
      return [{ ...base, column: undefined, reason: 'refused_by_server' }];
    return [{ ...base, ...told }];
  });
  return { bad, complete: found.complete, notes };
}

/** Whether the first, the middle and the last row are all refused with the same code: then asking of each would tell nothing new. */
async function allAlike(
  rows: number,
  complaintOf: (from: number, to: number) => Promise<Complaint | undefined>,
): Promise<boolean> {
  if (rows < 16) return false;
  const codes = new Set<number | undefined>();
  for (const at of [0, Math.floor(rows / 2), rows - 1]) {
    const complaint = await complaintOf(at, at + 1);
    if (complaint === undefined) return false;
    codes.add(complaint.code);
  }
  return codes.size === 1;
}
