import { EngineError } from '../../engine/errors.ts';
import { InputFault } from '../../model/source.ts';
import { type TableName, tableText } from '../../model/table.ts';
import type { BatchRecord } from '../batch.ts';
import type { Past } from '../journal/past.ts';
import { classOf } from '../retry.ts';
import type { Tally } from '../tally.ts';
import type { Staging } from './staging.ts';

export interface StagedChecks {
  /** Ids of the checks that were asked. */
  asked: readonly string[];
  /** A sentence for each that does not pass. */
  failures: readonly string[];
}

export interface Publishing {
  table: TableName;
  staging: Staging;
  tally: Tally;
  /** The interrupted load had begun to move the rows over. */
  begun: boolean;
  append(record: BatchRecord): void;
  sync(): Promise<void>;
  /** Data-quality checks of the scratch table. */
  check(): Promise<StagedChecks>;
}

/**
 * Checks what is staged and moves it over. Throws with the table as it was, unless the last step itself went without an answer.
 * @throws InputFault STAGED_COUNT, STAGED_CHECK; EngineError
 */
export async function publishStaged(publishing: Publishing): Promise<void> {
  const { table, staging, tally, append } = publishing;
  if (publishing.begun) {
    const published = await staging.isPublished();
    if (published === undefined)
      throw refused(
        table,
        'STAGED_UNKNOWN',
        'the interrupted run had begun to move its rows over, and only a part of them is there',
      );
    if (published) {
      tally.notes.add('the interrupted run had moved its rows over already');
      return staging.drop();
    }
  }
  const expected = tally.rowsWritten + tally.rowsBefore;
  const staged = await staging.count();
  if (staged !== expected)
    throw refused(table, 'STAGED_COUNT', `${staged} rows are in the scratch table, and ${expected} were acknowledged`);
  const { asked, failures } = await publishing.check();
  if (failures.length > 0) throw refused(table, 'STAGED_CHECK', `the staged rows do not pass: ${failures.join('; ')}`);
  append(markOf('publishing', staging.scratch));
  await publishing.sync();
  const how =
    asked.length === 0 ? 'counting alone: no SQL check of yours is among the checks of this run' : asked.join(', ');
  tally.notes.add(`all rows were staged in a scratch table, checked by ${how}, and ${await staging.publish()}`);
  await staging.drop();
}

function refused(table: TableName, code: string, why: string): InputFault {
  return new InputFault({ code, message: `${tableText(table)} stays as it was: ${why}`, source: tableText(table) });
}

/**
 * What of the interrupted load can be gone on with. Where its scratch table knows no tokens, the rows that are staged tell whether the
 * one batch that got no answer is there; where they are neither with it nor without it (a server killed between two partitions leaves
 * that, or a run that ended just before it began anew) the scratch table is emptied and all begins anew.
 */
export async function stagedPast(
  staging: Staging,
  past: Past,
  tokens: boolean,
  restart: () => Promise<void>,
): Promise<Past | undefined> {
  if (tokens) return past;
  const { stored, open } = past.inTable(staging.scratch);
  const there = await staging.count();
  const [only, second] = open;
  if (there === stored || (second === undefined && there === stored + (only?.rows ?? Number.NaN))) return past;
  await restart();
  return undefined;
}

/** Whether what stopped the load may be over later, so that what is staged is worth keeping for it. */
export function isInterruption(thrown: unknown, stopped: boolean): boolean {
  return stopped || (thrown instanceof EngineError && classOf(thrown) !== 'final');
}

/** A line of the journal about a whole table. */
export function markOf(state: 'publishing' | 'restarted', table: TableName): BatchRecord {
  return { at: new Date().toISOString(), state, table, source: '', index: -1, query_id: '', attempt: 0, bytes: 0 };
}
