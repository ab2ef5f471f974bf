import type { RowFormat, Source } from '../model/source.ts';
import type { TableName } from '../model/table.ts';
import type { Batch } from './batch.ts';
import type { TableState } from './columns.ts';
import { type BatchLimits, cutBatches } from './cut/batches.ts';
import { csvCutter } from './cut/csv.ts';
import { type Cutter, LF } from './cut/cutter.ts';
import { insideRows } from './cut/inside.ts';
import { jsonCutter } from './cut/json.ts';
import { createPool } from './cut/pool.ts';
import { tsvCutter } from './cut/tsv.ts';
import type { Settled } from './header.ts';
import { goOn, refuseOther } from './journal/go-on.ts';
import type { Past } from './journal/past.ts';
import type { Rejects } from './reject/rejects.ts';
import { lineCutter } from './reject/rows.ts';
import { type Parcel, recorder, type Sender, send } from './send.ts';
import { batchSettings } from './settings.ts';
import { takeBack } from './tally.ts';

/** A batch ends with the row that reaches its limit: rows up to this size need no larger buffer. */
const MARGIN_BYTES = 256 * 1024;

/** What becomes of bad rows, and the table that they are held against: also where a scratch table takes them first. */
export interface Rejecting {
  rejects: Rejects;
  table: TableName;
  state: TableState;
}

/**
 * Cuts a source into batches and sends them, `concurrency` at once while the next is being cut.
 * At the first failure nothing more is sent, and what is on its way is waited for.
 * @throws EngineError, InputFault
 */
export async function sendRows(
  sender: Sender,
  source: Source,
  settled: Settled,
  limits: BatchLimits,
  concurrency: number,
  { rejects, past }: { rejects?: Rejecting | undefined; past?: Past | undefined } = {},
): Promise<void> {
  const { tally } = sender;
  const stop = new AbortController();
  const signal = AbortSignal.any([sender.signal, stop.signal]);
  const onTheWay = new Set<Promise<void>>();
  let failed: { error: unknown } | undefined;
  let header: Uint8Array | undefined;
  const oneColumn = source.firstRow?.length === 1;
  const strict = await rejects?.rejects.cutterFor(source, settled.format);
  const cutter = () => (strict === undefined ? cutterOf(settled.format, oneColumn) : lineCutter());
  const sieve = rejects?.rejects.sieveFor({
    table: rejects.table,
    state: rejects.state,
    source,
    settled,
    header: () => header && endedLine(header),
    cutter,
    onRejected(rows) {
      tally.rowsRejected += rows;
      sender.meter.rejected(rows);
    },
  });
  const parcel = (batch: Batch): Parcel => parcelOf(sender, source, settled, batch, header);
  /** Sends a batch, and what is left of it each time that rows of it turn out to be bad. */
  const deliver = async (batch: Batch): Promise<void> => {
    const earlier = past?.of(sender.table, source.name, batch.index);
    if (earlier && !(await goOn(sender, parcel(batch), earlier))) return;
    let rest = sieve === undefined ? batch : await sieve.before(batch);
    for (let again = 0; rest.rows > 0; again += 1) {
      try {
        await send(sender, { ...parcel(rest), again });
        sieve?.accepted(rest);
        return;
      } catch (error) {
        const left = await sieve?.refused(rest, error);
        if (left === undefined) throw error;
        takeBack(tally, rest);
        rest = left;
      }
    }
  };
  const start = (batch: Batch): void => {
    const sending = deliver(batch)
      // Of a batch that failed something may still be on its way out of its buffer: that one is let go.
      .then(() => batch.free())
      .catch((error: unknown) => {
        failed ??= { error };
        // Whatever the source is waiting for, nobody wants it any more.
        stop.abort();
      })
      .finally(() => onTheWay.delete(sending));
    onTheWay.add(sending);
  };
  const batches = cutBatches(
    source.open(signal, (bytes) => sender.meter.read(bytes), true),
    {
      source: source.name,
      cutter: cutter(),
      limits,
      pool: createPool(limits.bytes + MARGIN_BYTES, concurrency + 1),
      onHeader: settled.format.endsWith('WithNames')
        ? (bytes) => {
            header = bytes;
          }
        : undefined,
    },
  );
  try {
    for await (const batch of batches) {
      if (tally.rowsRead !== undefined) tally.rowsRead += batch.rows;
      const earlier = past?.of(sender.table, source.name, batch.index);
      if (earlier) refuseOther(source.name, batch, earlier);
      else recorder(sender, parcel(batch), 0)('planned');
      while (onTheWay.size >= concurrency) await Promise.race(onTheWay);
      if (failed) break;
      start(batch);
      sender.meter.underWay(onTheWay.size);
    }
  } catch (error) {
    failed ??= { error };
  }
  await Promise.all(onTheWay);
  await sieve?.close();
  if (failed) throw failed.error;
}

/** @param oneColumn an empty line is a row then */
export function cutterOf(format: RowFormat, oneColumn: boolean): Cutter {
  switch (format) {
    case 'JSONEachRow':
      return jsonCutter();
    case 'CSV':
    case 'CSVWithNames':
      return csvCutter(oneColumn);
    case 'TabSeparated':
    case 'TabSeparatedWithNames':
      return tsvCutter(oneColumn);
  }
}

function parcelOf(
  { originId, settler, seen }: Sender,
  source: Source,
  settled: Settled,
  batch: Batch,
  header: Uint8Array | undefined,
): Parcel {
  const place = `${source.name} ${batch.index}`;
  const first = seen.get(batch.sha256) ?? place;
  seen.set(batch.sha256, first);
  // Where a table knows blocks by their content, the second of two alike must not be taken for the first one come again.
  const twin = settler.guarantee.kind === 'content' && first !== place;
  const bytes = header ? Buffer.concat([endedLine(header), batch.bytes]) : batch.bytes;
  return {
    source: source.name,
    format: settled.format,
    index: batch.index,
    columns: settled.columns,
    settings: { ...batchSettings(settled.format, bytes), ...(twin ? { insert_deduplicate: '0' } : {}) },
    oneBlock: !twin,
    rows: batch.rows,
    body: () => bytes,
    insideRows() {
      const before = bytes.length - batch.bytes.length;
      const fields = source.firstRow?.length ?? 0;
      return insideRows(settled.format, batch.bytes, batch.marks ?? [], fields).map((place) => before + place);
    },
    facts: () => ({
      first_row: batch.firstRow,
      from: batch.from,
      to: batch.to,
      bytes: batch.bytes.length,
      sha256: batch.sha256,
      rows_rejected: batch.rejected,
    }),
    // Run, place and content: a repeat within the run is the same block, a second load on purpose is not.
    dedupToken: `${originId}-${source.name}-${batch.from}-${batch.sha256.slice(0, 16)}`,
  };
}

function endedLine(header: Uint8Array): Uint8Array {
  return header.at(-1) === LF ? header : Buffer.concat([header, Uint8Array.of(LF)]);
}
