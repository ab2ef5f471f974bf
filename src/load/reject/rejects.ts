import type { Target } from '../../engine/target.ts';
import type { Rejection } from '../../model/reject.ts';
import type { RowFormat, Source } from '../../model/source.ts';
import { type TableName, tableText } from '../../model/table.ts';
import { insertable, type TableState } from '../columns.ts';
import type { Cutter } from '../cut/cutter.ts';
import type { Settled } from '../header.ts';
import type { Expected } from './bench-table.ts';
import type { BadRow } from './examine.ts';
import { fieldsOf } from './fields.ts';
import type { RejectFile } from './reject-file.ts';
import { reproducerOf } from './reproducer.ts';
import { lineCutter, oneALine } from './rows.ts';
import { createSampler, type Sampler } from './sampler.ts';
import { createSieve, type Sieve, type SieveOptions } from './sieve.ts';
import type { Sampled } from './stored-sample.ts';
import { createRejectTally } from './tally.ts';
import { constraintsOf, readingSettings } from './target-settings.ts';

/** What becomes of rows that cannot be stored as they were sent. */
export type OnError = { mode: 'fail' } | { mode: 'quarantine'; limit: number };

export interface RejectTools {
  onError: OnError;
  target: Target;
  /** A throwaway engine to try rows in; started at the first need. */
  engine(): Promise<Target>;
  /** Where rejected rows go; needed for `quarantine`. */
  file: RejectFile | undefined;
  /** Keeps some of the rows that were taken, to be looked at afterwards. */
  sample: boolean;
  /** Values may stand in the archive. */
  keepSamples: boolean;
  /** The user's own settings of the INSERTs. */
  settings: Readonly<Record<string, string>>;
  askTarget?:
    | ((table: TableName, columns: readonly string[], format: RowFormat) => SieveOptions['askTarget'])
    | undefined;
  signal: AbortSignal;
}

/** Bad rows of one load. */
export interface Rejects {
  /** How the rows of this source are to be told apart, where that is not as usual. */
  cutterFor(source: Source, format: RowFormat): Promise<Cutter | undefined>;
  /** Undefined where the structure of the table cannot be seen, and nothing can be held against it. */
  sieveFor(place: Place): Sieve | undefined;
  /** A source whose rows only the engine can cut is sent without a look at them. */
  passOver(source: Source): void;
  /** Of each source some of the rows that the target has taken, where they were asked for. */
  sampled(): Promise<Sampled[]>;
  /** What was found; undefined when nothing was. */
  summary(): Rejection | undefined;
}

export interface Place {
  table: TableName;
  state: TableState;
  source: Source;
  settled: Settled;
  header: () => Uint8Array | undefined;
  cutter: () => Cutter;
  /** Told how many rows were kept back. */
  onRejected(rows: number): void;
}

const SAMPLE_BYTES = 256 * 1024;
const ON = new Set(['1', 'true']);

export function createRejects(tools: RejectTools): Rejects {
  const { onError, target, settings, signal } = tools;
  const tally = createRejectTally();
  const samplers: { table: TableName; source: string; expect: () => Promise<Expected>; sampler: Sampler }[] = [];
  let reproducer: Rejection['reproducer'];
  const expectations = new Map<string, Promise<Pick<Expected, 'constraints' | 'settings'>>>();

  async function ask(table: TableName): Promise<Pick<Expected, 'constraints' | 'settings'>> {
    const [constraints, reading] = await Promise.all([
      constraintsOf(target, table, signal),
      readingSettings(target, settings, signal),
    ]);
    return { constraints, settings: reading };
  }

  return {
    async cutterFor(source, format) {
      if (onError.mode !== 'quarantine' || format !== 'JSONEachRow') return undefined;
      return oneALine(format, await source.sample(SAMPLE_BYTES)) ? lineCutter() : undefined;
    },
    sieveFor({ table, state, source, settled, header, cutter, onRejected }) {
      if (state.state !== 'there') {
        tally.note(`${tableText(table)}: its columns cannot be seen, so that bad rows cannot be told from good ones`);
        return undefined;
      }
      const may = insertable(state.columns);
      const columns = state.columns.filter(({ name }) => may.has(name));
      const plain = columns.filter(({ defaultKind }) => defaultKind !== 'EPHEMERAL').map(({ name }) => name);
      const unnamed = settled.format.endsWith('WithNames') ? (source.firstRow ?? plain) : plain;
      const shown = {
        format: settled.format,
        table: columns.map(({ name, type, defaultKind }) => ({ name, type, hasDefault: defaultKind !== '' })),
        columns: settled.format === 'JSONEachRow' ? [] : (settled.columns ?? unnamed),
        skipUnknown: ON.has(settings.input_format_skip_unknown_fields ?? ''),
        nullAsDefault: ON.has(settings.input_format_null_as_default ?? ''),
      };
      const expect = async (): Promise<Expected> => {
        const key = tableText(table);
        const asked = expectations.get(key) ?? ask(table);
        expectations.set(key, asked);
        return { ...shown, ...(await asked) };
      };
      const sampler = tools.sample ? createSampler(cutter) : undefined;
      if (sampler) samplers.push({ table, source: source.name, expect, sampler });
      return createSieve({
        sampler,
        mode: onError.mode,
        limit: onError.mode === 'quarantine' ? onError.limit : 0,
        source: source.name,
        format: settled.format,
        header,
        cutter,
        expect,
        engine: tools.engine,
        askTarget: tools.askTarget?.(table, shown.columns, settled.format),
        tally,
        file: tools.file,
        onRejected,
        onBad(bad: BadRow, text: string) {
          reproducer ??= reproducerOf(
            table,
            settled.format,
            {
              fields: fieldsOf(settled.format, text, shown.columns),
              column: bad.column,
              reason: bad.reason,
              text,
              whole: bad.reason === 'constraint_violated' || bad.column === undefined,
            },
            { keepSamples: tools.keepSamples, url: target.url },
          );
        },
        signal,
      });
    },
    passOver({ name, format }) {
      if (onError.mode === 'quarantine')
        tally.note(
          `${name}: rows of ${format} are not looked at one by one; one that does not fit fails the whole file`,
        );
    },
    async sampled() {
      const found: Sampled[] = [];
      for (const { table, source, expect, sampler } of samplers) {
        const rows = sampler.rows();
        if (rows.length > 0) found.push({ table, source, expected: await expect(), rows });
      }
      return found;
    },
    summary() {
      const found = tally.summary();
      if (found.rows === 0 && found.notes.length === 0) return undefined;
      return {
        mode: onError.mode,
        complete: onError.mode === 'quarantine',
        ...(onError.mode === 'quarantine' ? { limit: onError.limit } : {}),
        files: [...(tools.file?.files ?? [])],
        ...found,
        ...(reproducer === undefined ? {} : { reproducer }),
      };
    },
  };
}
