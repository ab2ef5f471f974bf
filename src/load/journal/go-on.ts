import { InputFault } from '../../model/source.ts';
import type { Batch } from '../batch.ts';
import { type Parcel, recorder, type Sender } from '../send.ts';
import type { PastBatch } from './past.ts';

/** @throws InputFault INPUT_CHANGED when a batch is not what the interrupted run cut at this place */
export function refuseOther(source: string, batch: Batch, past: PastBatch): void {
  const { from, to, sha256, index, firstRow } = batch;
  if (past.from === from && past.to === to && past.sha256 === sha256) return;
  throw new InputFault({
    code: 'INPUT_CHANGED',
    message:
      `${source} is not what the interrupted load read: its batch ${index}, bytes ${past.from} to ${past.to}, has another content now. ` +
      'What was stored of it cannot be told from what would be sent, so nothing more is sent',
    source,
    offset: from,
    row: firstRow,
  });
}

/**
 * Settles a batch that the interrupted run began: what it has stored is counted and not sent, what got no answer is found out.
 * @returns whether the batch is to be sent now
 */
export async function goOn(sender: Sender, parcel: Parcel, past: PastBatch): Promise<boolean> {
  const { tally, settler } = sender;
  const rows = past.rows ?? parcel.rows ?? 0;
  if (past.stored) {
    tally.rowsBefore += past.written;
    tally.rowsRejected += past.rejected;
    return false;
  }
  if (past.open.length === 0) return true;
  const settled = await settler.settle({
    queryIds: past.open,
    sentAt: past.sentAt ?? 0,
    rows,
    mark: past.mark,
    // Without the rows that were found to be bad it was another block.
    same: parcel.oneBlock && past.rejected === 0,
  });
  const record = recorder(sender, parcel, 0);
  switch (settled) {
    case 'repeat':
      tally.rowsRepeated += rows;
      return true;
    case 'not-stored':
      record('settled', { rows_written: 0 });
      return true;
    case 'stored':
      record('settled', { rows_written: rows });
      tally.rowsBefore += rows;
      return false;
    case 'unknown':
      tally.rowsUnknown += rows;
      tally.notes.add(
        `${parcel.source}: the interrupted run got no answer for the ${rows} rows from row ${parcel.facts().first_row ?? 1} on, and nothing tells whether they are stored: they are not sent again`,
      );
      return false;
  }
}
