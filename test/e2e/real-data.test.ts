import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { asyncBufferFromFile, parquetMetadataAsync, parquetRead } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EmbeddedEngine, startEmbedded } from '../../src/engine/embedded/child.ts';
import { openTarget } from '../../src/engine/http.ts';
import type { Target } from '../../src/engine/target.ts';
import { packageRoot } from '../../src/kernel/package.ts';
import { quoteName } from '../../src/kernel/sql.ts';
import { INFERENCE_SETTINGS } from '../../src/load/create.ts';
import { load } from '../../src/load/load.ts';
import type { LoadFacts } from '../../src/model/load.ts';
import { isRowFormat } from '../../src/model/source.ts';
import { openSources } from '../../src/source/open.ts';
import { probeHooks } from '../helpers/target-hooks.ts';

const DATA = join(packageRoot, 'node_modules/vega-datasets/data');
const FLIGHTS = join(DATA, 'flights-3m.parquet');
const MOVIES = join(DATA, 'movies.json');

let folder: string;
let target: Target;
let oracle: EmbeddedEngine;
const ddl: Record<string, string> = {};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chwitness-real-'));
  oracle = await startEmbedded({ allowFiles: [DATA] });
  target = await openTarget(
    {
      kind: 'embedded',
      url: '',
      database: 'default',
      user: 'default',
      password: '',
      connectTimeoutMs: 5000,
      requestTimeoutMs: 60_000,
      settings: {},
      origin: 'test',
    },
    probeHooks(),
  );
});
afterAll(async () => {
  await target?.close();
  await oracle?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function create(table: string, input: string): Promise<LoadFacts> {
  const signal = new AbortController().signal;
  const sources = await openSources([input], { stdin: Readable.from([]), cwd: dirname(input), signal });
  return load(
    {
      tables: [{ table: { database: 'default', table }, sources }],
      create: true,
      batchRows: 1000,
      batchBytes: 1 << 24,
      connections: 2,
      settings: {},
    },
    {
      target,
      infer: async (format, source) =>
        oracle.describe(
          format,
          isRowFormat(format) ? await source.sample(1 << 20) : (source.path ?? ''),
          INFERENCE_SETTINGS,
        ),
      workDir: folder,
      signal,
      progress: () => undefined,
      keep: async (_, name, text) => {
        ddl[name] = text;
      },
      append: () => undefined,
    },
  );
}

/** How a column's values are written so that both sides write them bit for bit alike. */
type Kind = 'text' | 'int' | 'float' | 'micros';
type Columns = Readonly<Record<string, Kind>>;
const NULL = 'NULL';

const IN_SQL: Record<Kind, (column: string) => string> = {
  text: (column) => column,
  int: (column) => `toString(${column})`,
  float: (column) => `toString(reinterpretAsUInt64(assumeNotNull(${column})))`,
  micros: (column) => `toString(toUnixTimestamp64Micro(assumeNotNull(${column})))`,
};

const double = new DataView(new ArrayBuffer(8));
const IN_JS: Record<Kind, (value: unknown) => string> = {
  text: String,
  int: String,
  float(value) {
    double.setFloat64(0, Number(value));
    return String(double.getBigUint64(0));
  },
  micros: String,
};

/** Rows, and for every column its nulls and the sum of its values' CRC-32; `whole row` holds each row together. */
type Sums = Record<string, string>;

async function sumsInEngine(table: string, columns: Columns): Promise<Sums> {
  const written = Object.entries(columns).map(([name, kind]) => {
    const column = quoteName(name);
    return { name, column, text: `if(isNull(${column}), '${NULL}', assumeNotNull(${IN_SQL[kind](column)}))` };
  });
  const parts = written.flatMap(({ name, column, text }) => [
    `toString(countIf(isNull(${column}))) AS ${quoteName(`${name}: nulls`)}`,
    `toString(sum(toUInt64(CRC32(${text})))) AS ${quoteName(`${name}: values`)}`,
  ]);
  const row = `toString(sum(toUInt64(CRC32(concat(${written.map(({ text }) => text).join(`, '|', `)}))))) AS ${quoteName('whole row')}`;
  const [sums] = await target.all<Sums>(
    `SELECT toString(count()) AS rows, ${parts.join(', ')}, ${row} FROM ${quoteName(table)}`,
  );
  return sums ?? {};
}

/** The same over rows that another reader has read: arrays in the order of `columns`. */
function summer(columns: Columns): { add(row: readonly unknown[]): void; sums(): Sums } {
  const names = Object.entries(columns);
  const nulls = names.map(() => 0);
  // CRC-32 of a few million rows stays far below 2^53.
  const values = names.map(() => 0);
  let rows = 0;
  let whole = 0;
  return {
    add(row) {
      const texts = names.map(([, kind], index) => {
        const value = row[index];
        const isNull = value === null || value === undefined;
        const text = isNull ? NULL : IN_JS[kind](value);
        if (isNull) nulls[index] = (nulls[index] ?? 0) + 1;
        values[index] = (values[index] ?? 0) + crc32(text);
        return text;
      });
      rows += 1;
      whole += crc32(texts.join('|'));
    },
    sums() {
      const all: Sums = { rows: String(rows), 'whole row': String(whole) };
      for (const [index, [name]] of names.entries()) {
        all[`${name}: nulls`] = String(nulls[index]);
        all[`${name}: values`] = String(values[index]);
      }
      return all;
    },
  };
}

test('3 000 000 flights from Parquet are what another reader of the file reads, column by column', async () => {
  const columns: Columns = { date: 'micros', delay: 'int', distance: 'int', origin: 'text', destination: 'text' };
  const facts = await create('flights', FLIGHTS);
  expect(facts).toMatchObject({ status: 'ok', rows_sent: 3_000_000, rows_written: 3_000_000, bytes: 13_493_022 });
  expect(facts.tables[0]).toMatchObject({
    created: true,
    format: 'Parquet',
    rows_read: 3_000_000,
    rows_written_from: 'summary',
  });

  const file = await asyncBufferFromFile(FLIGHTS);
  const metadata = await parquetMetadataAsync(file);
  expect(metadata.schema.slice(1).map(({ name }) => name)).toEqual(Object.keys(columns));
  const expected = summer(columns);
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    await parquetRead({
      file,
      metadata,
      compressors,
      rowStart,
      rowEnd,
      // Microseconds as they stand: a Date would cut them.
      parsers: { timestampFromMicroseconds: (micros: bigint) => micros },
      onComplete: (rows) => {
        for (const row of rows) expected.add(row);
      },
    });
    rowStart = rowEnd;
  }
  expect(await sumsInEngine('flights', columns)).toEqual(expected.sums());
});

test('every value of the movies, titles that are numbers and nulls everywhere, is what JSON.parse reads', async () => {
  const columns: Columns = {
    Title: 'text',
    'US Gross': 'int',
    'Worldwide Gross': 'int',
    'US DVD Sales': 'int',
    'Production Budget': 'int',
    'Release Date': 'text',
    'MPAA Rating': 'text',
    'Running Time min': 'int',
    Distributor: 'text',
    Source: 'text',
    'Major Genre': 'text',
    'Creative Type': 'text',
    Director: 'text',
    'Rotten Tomatoes Rating': 'int',
    'IMDB Rating': 'float',
    'IMDB Votes': 'int',
  };
  const facts = await create('movies', MOVIES);
  expect(facts).toMatchObject({ status: 'ok', rows_sent: 3201, rows_written: 3201 });
  expect(facts.tables[0]).toMatchObject({ created: true, batches: 4, notes: [`${MOVIES}: JSON array`] });
  expect(ddl['default.movies.sql']).toContain('`Title` Nullable(String)');

  const movies: Record<string, unknown>[] = JSON.parse(readFileSync(MOVIES, 'utf8'));
  expect(new Set(movies.flatMap((movie) => Object.keys(movie)))).toEqual(new Set(Object.keys(columns)));
  const expected = summer(columns);
  for (const movie of movies) expected.add(Object.keys(columns).map((name) => movie[name]));
  expect(await sumsInEngine('movies', columns)).toEqual(expected.sums());
});
