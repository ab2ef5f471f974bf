import { EngineError } from '../../engine/errors.ts';
import type { Target } from '../../engine/target.ts';
import { quoteName, quoteText } from '../../kernel/sql.ts';
import type { RowFormat } from '../../model/source.ts';
import { tableSql } from '../../model/table.ts';
import { compareStatement, differencesOf, ROW, wideStructure } from './compare.ts';
import { csvPrefix, jsonPrefix, type Prefix, tsvPrefix } from './prefix.ts';
import type { Complaint } from './reasons.ts';
import type { Field } from './screen.ts';

/** What rows are held against. */
export interface Expected {
  format: RowFormat;
  /** Every column of the table that an INSERT may name. */
  table: readonly Field[];
  /** Columns of a delimited text, in its order. */
  columns: readonly string[];
  constraints: readonly { name: string; expression: string }[];
  /** As the target reads: taken from the target, for whatever of them the engine knows. */
  settings: Readonly<Record<string, string>>;
  skipUnknown: boolean;
  nullAsDefault: boolean;
}

/** Two empty tables in a throwaway engine: one with the types of the real one, one that takes every value as its text. */
export interface BenchTable {
  prefix: Prefix;
  /** Whether the column is a DateTime that is read by the basic parser. */
  readsBasicTimes(column: string): boolean;
  /** What the engine says of these bytes alone; undefined when it stored them as one row. */
  tryRow(bytes: Uint8Array): Promise<Complaint | 'more than one row' | undefined>;
  /** Stores what can be stored of many rows, each with its number. Resolves to the numbers that are there. */
  tryRows(bytes: Uint8Array): Promise<Set<number>>;
  /** Takes rows that another server has stored, as JSONEachRow with their numbers. */
  hold(bytes: Uint8Array): Promise<void>;
  /** What differs between sent and stored among the rows that are there, in these columns or in all. */
  differences(
    bytes: Uint8Array,
    columns?: ReadonlySet<string>,
  ): Promise<Map<number, { column: string; reason: string }>>;
  /** Which rows that are there break a constraint. */
  broken(): Promise<{ violations: Map<number, string>; notes: string[] }>;
  drop(): Promise<void>;
}

const DATABASE = '_chwitness_rows';
let made = 0;

/** Types that a server may want allowed: they are in the table already. */
const ALLOWED = {
  allow_suspicious_low_cardinality_types: '1',
  allow_suspicious_fixed_string_types: '1',
  allow_suspicious_variant_types: '1',
  allow_experimental_object_type: '1',
};

/** @throws EngineError when the engine does not know one of the types */
export async function openBench(engine: Target, expected: Expected, signal: AbortSignal): Promise<BenchTable> {
  made += 1;
  const purpose = 'load:bad-rows';
  const typed = { database: DATABASE, table: `typed_${made}` };
  const wide = { database: DATABASE, table: `wide_${made}` };
  const { format, table } = expected;
  const json = format === 'JSONEachRow';
  const differences = table.flatMap((field) => differencesOf(field, expected.nullAsDefault));
  const compared = new Set(differences.map(({ column }) => column));
  const wideColumns = json ? [...compared] : expected.columns;
  const command = (sql: string, settings: Record<string, string> = {}) =>
    engine.command(sql, { purpose, signal, settings });
  await command(`CREATE DATABASE IF NOT EXISTS ${DATABASE}`);
  // Fields of a header that are dropped on purpose still have to be read over.
  const dropped = expected.columns.filter((name) => !table.some((one) => one.name === name));
  const types = [
    `${ROW} UInt64`,
    ...table.map(({ name, type }) => `${quoteName(name)} ${inZone(type, expected.settings.session_timezone)}`),
    ...dropped.map((name) => `${quoteName(name)} Nullable(String)`),
  ].join(', ');
  await command(`CREATE TABLE ${tableSql(typed)} (${types}) ENGINE = Memory`, ALLOWED);
  await command(`CREATE TABLE ${tableSql(wide)} (${wideStructure(wideColumns)}) ENGINE = Memory`);

  const bare = json ? 'JSONEachRow' : format.startsWith('CSV') ? 'CSV' : 'TabSeparated';
  // By name, so that it is the same whether the source has a header or not.
  const names = json ? undefined : [ROW, ...expected.columns];
  const reading = {
    ...(await unlike(engine, expected.settings, signal)),
    async_insert: '0',
    input_format_skip_unknown_fields: expected.skipUnknown ? '1' : '0',
  };
  // What a clock shows, and what an expression makes of it, depends on the zone in which it is asked.
  const zone = pick(expected.settings, /^session_timezone$/);
  const insert = (into: typeof typed, bytes: Uint8Array, settings: Record<string, string>) =>
    engine.insert(into, bare, bytes, { columns: names, purpose, signal, settings });
  const written = async (): Promise<number[]> =>
    (await engine.all<{ n: string }>(`SELECT ${ROW} AS n FROM ${tableSql(typed)}`, { purpose, signal })).map(({ n }) =>
      Number(n),
    );

  return {
    readsBasicTimes: (column) =>
      expected.settings.date_time_input_format === 'basic' &&
      table.some(({ name, type }) => name === column && /^(?:Nullable\()?DateTime\b/.test(type)),
    prefix: json ? jsonPrefix : bare === 'CSV' ? csvPrefix : tsvPrefix,
    async tryRow(bytes) {
      try {
        const { summary } = await insert(typed, bytes, reading);
        return summary?.written_rows === undefined || summary.written_rows === 1 ? undefined : 'more than one row';
      } catch (thrown) {
        if (!(thrown instanceof EngineError) || thrown.failure !== 'server') throw thrown;
        return { code: thrown.code, message: thrown.serverText ?? thrown.message };
      }
    },
    async tryRows(bytes) {
      await insert(typed, bytes, {
        ...reading,
        input_format_allow_errors_num: '1000000000',
        input_format_allow_errors_ratio: '1',
        // A broken row would shift where the parallel reader cuts.
        input_format_parallel_parsing: '0',
      });
      return new Set(await written());
    },
    async hold(bytes) {
      const settings = { ...zone, async_insert: '0', input_format_skip_unknown_fields: '0' };
      await engine.insert(typed, 'JSONEachRow', bytes, { purpose, signal, settings });
    },
    async differences(bytes, columns) {
      const found = new Map<number, { column: string; reason: string }>();
      const asked = columns === undefined ? differences : differences.filter(({ column }) => columns.has(column));
      if (asked.length === 0) return found;
      await insert(wide, bytes, {
        ...WIDE_SETTINGS,
        ...pick(expected.settings, /^(?:format_csv|bool_)/),
        input_format_csv_empty_as_default: '0',
        async_insert: '0',
      });
      const rows = await engine.all<{ n: string; found: [number, string, string][] }>(
        compareStatement(tableSql(typed), tableSql(wide), asked),
        { purpose, signal, settings: zone },
      );
      for (const row of rows) {
        const [first] = row.found;
        // A named tuple or an array, as the engine prints it.
        if (first) found.set(Number(row.n), { column: first[1], reason: first[2] });
      }
      return found;
    },
    async broken() {
      const violations = new Map<number, string>();
      const notes: string[] = [];
      for (const { name, expression } of expected.constraints) {
        try {
          const sql = `SELECT ${ROW} AS n FROM ${tableSql(typed)} WHERE NOT ifNull(toBool(${expression}), 0)`;
          for (const { n } of await engine.all<{ n: string }>(sql, { purpose, signal, settings: zone })) {
            if (!violations.has(Number(n))) violations.set(Number(n), name);
          }
        } catch (thrown) {
          if (!(thrown instanceof EngineError) || thrown.failure !== 'server') throw thrown;
          notes.push(`the constraint ${name} cannot be tried outside the server: ${thrown.message}`);
        }
      }
      return { violations, notes };
    },
    async drop() {
      await command(`DROP TABLE IF EXISTS ${tableSql(typed)}`);
      await command(`DROP TABLE IF EXISTS ${tableSql(wide)}`);
    },
  };
}

/** Settings that the engine does not have by itself: each that is sent costs every row that is tried. */
async function unlike(
  engine: Target,
  settings: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const rows = await engine.all<{ name: string; value: string }>(
    'SELECT name, value FROM system.settings ORDER BY name',
    {
      purpose: 'load:bad-rows',
      signal,
    },
  );
  const own = new Map(rows.map(({ name, value }) => [name, value]));
  return Object.fromEntries(Object.entries(settings).filter(([name, value]) => own.get(name) !== value));
}

/** A time without a zone is in that of its server: here it has to be said. */
function inZone(type: string, zone: string | undefined): string {
  if (zone === undefined || !type.includes('DateTime')) return type;
  return type
    .replace(/\bDateTime\b(?!\()/g, `DateTime(${quoteText(zone)})`)
    .replace(/\bDateTime64\((\d)\)/g, `DateTime64($1, ${quoteText(zone)})`);
}

const WIDE_SETTINGS = {
  input_format_json_read_numbers_as_strings: '1',
  input_format_json_read_bools_as_strings: '1',
  input_format_json_read_objects_as_strings: '1',
  input_format_json_read_arrays_as_strings: '1',
  input_format_skip_unknown_fields: '1',
  input_format_null_as_default: '0',
};

function pick(settings: Readonly<Record<string, string>>, wanted: RegExp): Record<string, string> {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => wanted.test(name)));
}
