import { createHash } from 'node:crypto';
import { EngineError } from '../../engine/errors.ts';
import type { Target } from '../../engine/target.ts';
import { messageOf } from '../../kernel/errors.ts';
import type { RejectedRow } from '../../model/reject.ts';
import { InputFault, type RowFormat } from '../../model/source.ts';
import type { Batch } from '../batch.ts';
import type { Cutter } from '../cut/cutter.ts';
import { failedInView, isDataError } from '../refusals.ts';
import type { Expected } from './bench-table.ts';
import { type BadRow, createExaminer, type Examiner, type Findings } from './examine.ts';
import { fieldsOf, shapeOf } from './fields.ts';
import type { RejectFile } from './reject-file.ts';
import { type RowRange, rowsOf, without } from './rows.ts';
import type { Sampler } from './sampler.ts';
import { createScreen, type Suspect } from './screen.ts';
import type { RejectTally } from './tally.ts';

/** Stands between the batches of a source and the target. */
export interface Sieve {
  /** The batch without rows that would not be stored as they were sent. Under `fail` it is the batch itself. @throws InputFault above the limit */
  before(batch: Batch): Promise<Batch>;
  /**
   * The target refused the batch for what is in it: the rest that may be sent, or undefined when the failure stands.
   * What was found out is in the tally either way. Never throws for what cannot be found out.
   */
  refused(batch: Batch, error: unknown): Promise<Batch | undefined>;
  /** The target has taken it. */
  accepted(batch: Batch): void;
  close(): Promise<void>;
}

export interface SieveOptions {
  mode: 'fail' | 'quarantine';
  /** Most rows that may be rejected in the whole load. */
  limit: number;
  source: string;
  format: RowFormat;
  header: () => Uint8Array | undefined;
  cutter: () => Cutter;
  /** Asked once, at the first need. */
  expect: () => Promise<Expected>;
  engine: () => Promise<Target>;
  /** Asked where the engine finds nothing wrong: which rows does the target itself refuse? */
  askTarget?: ((batch: Batch, ranges: readonly RowRange[], limit: number) => Promise<Findings>) | undefined;
  sampler: Sampler | undefined;
  tally: RejectTally;
  file: RejectFile | undefined;
  /** Told how many rows were kept back. */
  onRejected(rows: number): void;
  /** Told of each bad row while its bytes are at hand. */
  onBad(bad: BadRow, text: string): void;
  signal: AbortSignal;
}

interface Tools {
  expected: Expected;
  screen: ReturnType<typeof createScreen>;
  examiner: Examiner;
}

const NOTHING: Findings = { bad: [], complete: true, notes: [] };

/** Bad rows that the target itself is asked for at a time. */
const FEW = 20;

/** Bad rows looked for in a batch that failed and is not sent again. */
const NAMED = 100;

export function createSieve(options: SieveOptions): Sieve {
  const { mode, tally, source } = options;
  let made: Promise<Tools> | undefined;
  const tools = (): Promise<Tools> => {
    made ??= options.expect().then((expected) => ({
      expected,
      screen: createScreen(expected),
      examiner: createExaminer(options.engine, expected, options.signal),
    }));
    return made;
  };
  const room = () => (mode === 'quarantine' ? Math.max(0, options.limit - tally.rows) + 1 : NAMED);

  async function take(
    expected: Expected,
    batch: Batch,
    ranges: readonly RowRange[],
    bad: readonly BadRow[],
    keep: boolean,
  ): Promise<Batch> {
    const rows = bad.map((row) => {
      const bytes = batch.bytes.subarray(row.range.from, row.range.to);
      options.onBad(row, Buffer.from(bytes).toString());
      return { bytes, about: described(row, expected) };
    });
    for (const { about } of rows) tally.add(about);
    if (!keep) return batch;
    options.onRejected(rows.length);
    await options.file?.write({ format: options.format, header: options.header() }, rows);
    if (tally.rows > options.limit) throw aboveLimit(options, tally.rows, rows[0]?.about);
    const out = new Set(bad.map(({ range }) => range.row));
    const bytes = without(batch.bytes, ranges, out);
    const kept = ranges.flatMap(({ row, offset }) => (out.has(row) ? [] : [{ row, offset }]));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return {
      ...batch,
      rows: batch.rows - bad.length,
      bytes,
      sha256,
      kept,
      marks: undefined,
      rejected: (batch.rejected ?? 0) + bad.length,
    };
  }

  function described({ range, column, reason, code, detail, value }: BadRow, expected: Expected): RejectedRow {
    const type = expected.table.find(({ name }) => name === column)?.type;
    return {
      source,
      row: range.row,
      ...(range.offset === undefined ? {} : { offset: range.offset }),
      ...(column === undefined ? {} : { column }),
      ...(type === undefined ? {} : { type }),
      ...(detail === undefined ? {} : { [reason === 'refused_by_view' ? 'view' : 'constraint']: detail }),
      reason,
      shape: column === undefined ? `row of ${range.to - range.from} bytes` : shapeOf(value),
      ...(code === undefined ? {} : { code }),
    };
  }

  return {
    async before(batch) {
      if (mode === 'fail') return batch;
      const { screen, examiner, expected } = await tools();
      const ranges = located(batch, options.cutter());
      const suspects = screen(batch.bytes, ranges);
      if (suspects.length === 0) return batch;
      const { bad, notes } = await examiner.examine(batch.bytes, suspects, room());
      for (const note of notes) tally.note(note);
      return bad.length === 0 ? batch : take(expected, batch, ranges, bad, true);
    },
    async refused(batch, error) {
      if (!(error instanceof EngineError) || error.failure !== 'server') return undefined;
      // The table's own rows may be stored already: named they are, sent again they are not.
      const view = failedInView(error);
      if (!view && !isDataError(error)) return undefined;
      const ranges = located(batch, options.cutter());
      try {
        const { screen, examiner, expected } = await tools();
        const suspects = everyRow(batch.bytes, ranges, expected, screen(batch.bytes, ranges));
        const found = view ? NOTHING : await examiner.examine(batch.bytes, suspects, room());
        // What would be stored otherwise than sent is no reason to refuse it.
        const explained = found.bad.some(({ code }) => code !== undefined);
        const told = explained ? NOTHING : ((await options.askTarget?.(batch, ranges, FEW)) ?? NOTHING);
        for (const note of [...found.notes, ...told.notes]) tally.note(`${source}: ${note}`);
        const known = new Set(found.bad.map(({ range }) => range.row));
        const bad = [...found.bad, ...told.bad.filter(({ range }) => !known.has(range.row))];
        if (bad.length === 0) {
          tally.note(`${source}: none of the ${ranges.length} rows of the refused batch was found to be bad by itself`);
          return undefined;
        }
        const rest = await take(expected, batch, ranges, bad, mode === 'quarantine' && !view);
        return mode === 'fail' || view ? undefined : rest;
      } catch (thrown) {
        if (thrown instanceof InputFault) throw thrown;
        tally.note(`${source}: the refused batch could not be examined: ${messageOf(thrown)}`);
        return undefined;
      }
    },
    accepted: (batch) => options.sampler?.accepted(batch),
    close: async () => (await made)?.examiner.close(),
  };
}

/** The rows of a batch with their places in the source, also where some were taken out before. */
function located(batch: Batch, cutter: Cutter): RowRange[] {
  const { kept, bytes, from } = batch;
  const ranges = rowsOf(bytes, batch.firstRow, cutter);
  if (kept !== undefined) return ranges.map((range, at) => ({ ...range, ...kept[at] }));
  // Without empty lines in it a batch is one piece of its source.
  if (batch.to - from !== bytes.length) return ranges;
  for (const range of ranges) range.offset = from + range.from;
  return ranges;
}

function everyRow(
  bytes: Uint8Array,
  ranges: readonly RowRange[],
  expected: Expected,
  suspects: readonly Suspect[],
): Suspect[] {
  const known = new Map(suspects.map((suspect) => [suspect.range.row, suspect]));
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return ranges.map(
    (range) =>
      known.get(range.row) ?? {
        range,
        fields: fieldsOf(expected.format, buffer.toString('utf8', range.from, range.to), expected.columns),
        columns: [],
      },
  );
}

function aboveLimit({ source, limit }: SieveOptions, rows: number, first: RejectedRow | undefined): InputFault {
  return new InputFault({
    code: 'REJECTED_ABOVE_LIMIT',
    message: `${rows} rows are rejected, and the limit is ${limit}`,
    source,
    ...(first === undefined ? {} : { row: first.row, ...(first.offset === undefined ? {} : { offset: first.offset }) }),
  });
}
