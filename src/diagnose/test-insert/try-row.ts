import { plural } from '../../kernel/format.ts';
import type { Scratch, TableSchema } from '../../model/check.ts';
import type { ServerException } from '../../model/load.ts';
import { structureOf } from '../../model/schema-diff/structure.ts';
import { satisfying, TEXT_SHAPES } from './constraint.ts';
import { exceptionOf } from './exception.ts';
import { readable, type TestRow, testRow } from './row.ts';
import { isSame } from './same.ts';
import { type Flavour, plainFlavour } from './value.ts';

/** What became of the test row. */
export interface TriedRow {
  ok: boolean;
  /** The row that we made is at fault, not the table: nothing is known, and it is not a failure. */
  ours: boolean;
  message: string;
  error?: ServerException | undefined;
  tried: string[];
  left: { column: string; reason: string }[];
}

const VIOLATED_CONSTRAINT = 469;
/** Codes by which a server says that a value cannot be read as its column's type, or that a computed column cannot take it. */
const NOT_READABLE = [
  6, 26, 27, 33, 36, 38, 41, 43, 44, 48, 53, 70, 72, 117, 130, 131, 321, 349, 376, 407, 441, 632, 675, 691,
];
const CONSTRAINT_TRIES = 60;

type Row = Parameters<typeof testRow>[1] & object;

async function insert(clone: Scratch, row: TestRow): Promise<ServerException | undefined> {
  try {
    const bytes = new TextEncoder().encode(`${JSON.stringify(row.values)}\n`);
    await clone.insert('JSONEachRow', bytes, Object.keys(row.values));
    return undefined;
  } catch (error) {
    const failure = exceptionOf(error);
    if (failure?.failure !== 'server') throw error;
    return failure;
  }
}

/** The column that an exception speaks of, where it says so. */
function spokenColumn(error: ServerException, names: readonly string[]): string | undefined {
  const told = /(?:value of key |read column |column |Column )[`'"]?([\w.]+)/.exec(error.message)?.[1];
  return names.find((name) => name === told);
}

function constraintName(error: ServerException): string | undefined {
  return /Constraint [`'"]?(.+?)[`'"]? (?:for table|is violated)/.exec(error.message)?.[1];
}

/** Tries rows until one is taken: other values for a CHECK, other texts for what is computed from them, without a column that cannot be read. */
async function findRow(clone: Scratch, table: TableSchema) {
  const constraints = structureOf(table).elements.filter((element) => element.kind === 'constraint');
  const left: TriedRow['left'] = [];
  const flavours: Flavour[] = TEXT_SHAPES.map((text) => ({ text, number: 1 }));
  const mined = new Map<string, Record<string, unknown>[]>();
  let shape: Row = { flavour: plainFlavour, fixed: {}, without: [] };
  let error: ServerException | undefined;
  for (let tries = 0; tries < CONSTRAINT_TRIES + table.columns.length; tries += 1) {
    const row = testRow(table.columns, shape);
    error = await insert(clone, row);
    if (!error) return { row: { ...row, left: [...row.left, ...left] }, error };
    const constraint = constraints.find((one) => one.name === (error && constraintName(error)));
    if (error.code === VIOLATED_CONSTRAINT && constraint) {
      const values = mined.get(constraint.name) ?? satisfying(constraint, table.columns, CONSTRAINT_TRIES);
      mined.set(constraint.name, values);
      const next = values.shift();
      if (!next) break;
      shape = { ...shape, fixed: { ...shape.fixed, ...next } };
      continue;
    }
    if (error.code === undefined || !NOT_READABLE.includes(error.code)) break;
    const column = spokenColumn(error, Object.keys(row.values));
    const flavour = flavours.shift();
    if (column !== undefined) {
      left.push({ column, reason: `its test value was not taken: ${error.message}` });
      shape = { ...shape, without: [...(shape.without ?? []), column] };
    } else if (flavour) shape = { ...shape, flavour };
    else break;
  }
  return { row: undefined, error, left };
}

function explain(error: ServerException | undefined): Pick<TriedRow, 'message' | 'ours'> {
  if (error?.code === VIOLATED_CONSTRAINT) {
    const name = constraintName(error);
    return {
      ours: true,
      message: `no row was found that satisfies constraint ${name ?? 'of the table'}, so the test row could not be tried`,
    };
  }
  const ours = error?.code !== undefined && NOT_READABLE.includes(error.code);
  return {
    ours,
    message: ours
      ? `no test row could be made that the table takes: ${error?.message}`
      : (error?.message ?? 'the test row was refused'),
  };
}

/** Inserts one valid row into the clone and reads it back. */
export async function tryRow(clone: Scratch, table: TableSchema): Promise<TriedRow> {
  const found = await findRow(clone, table);
  if (!found.row) return { ok: false, ...explain(found.error), error: found.error, tried: [], left: found.left ?? [] };
  const columns = readable(table.columns, found.row);
  const left = [...found.row.left];
  for (const column of table.columns.filter((one) => one.default_kind === 'EPHEMERAL')) {
    left.push({
      column: column.name,
      reason: 'EPHEMERAL: taken by the insert and not stored, so it cannot be read back',
    });
  }
  const rows = columns.length === 0 ? [{}] : await clone.rows(columns);
  const [stored] = rows;
  if (!stored || rows.length !== 1) {
    return { ok: false, ours: false, message: `one row was inserted and ${rows.length} came back`, tried: [], left };
  }
  const sent = found.row.values;
  const changed = columns.filter((column) => !isSame(sent[column], stored[column]));
  const tried = columns.filter((column) => !changed.includes(column));
  if (changed.length > 0) {
    const list = changed.map(
      (column) => `${column} (sent ${JSON.stringify(sent[column])}, came back ${JSON.stringify(stored[column])})`,
    );
    return { ok: false, ours: false, message: `the test row came back changed: ${list.join(', ')}`, tried, left };
  }
  return {
    ok: true,
    ours: false,
    message: `a test row of ${plural(columns.length, 'column')} was stored and read back the same`,
    tried,
    left,
  };
}
