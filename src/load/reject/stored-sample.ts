import { EngineError } from '../../engine/errors.ts';
import type { Target } from '../../engine/target.ts';
import { quoteName } from '../../kernel/sql.ts';
import type { StoredTable } from '../../model/stored.ts';
import { type TableName, tableSql, tableText } from '../../model/table.ts';
import { type Expected, openBench } from './bench-table.ts';
import { ROW } from './compare.ts';
import { fieldsOf } from './fields.ts';
import type { SampledRow } from './sampler.ts';

/** Rows of one source that one table has taken. */
export interface Sampled {
  table: TableName;
  source: string;
  expected: Expected;
  rows: readonly SampledRow[];
}

export interface StoredTools {
  target: Target;
  /** A throwaway engine that lays sent and stored side by side. */
  engine: Target;
  /** A clone of the table on the target, with one more column in front: the row's number. */
  clone<T>(table: TableName, column: string, use: (clone: TableName) => Promise<T>): Promise<T>;
  /** Columns by which the table's rows are found fast; empty where it has none. */
  keyOf(table: TableName): Promise<readonly string[]>;
  /** The user's own settings of the INSERTs. */
  settings: Readonly<Record<string, string>>;
  signal: AbortSignal;
}

const PURPOSE = 'load:stored-sample';
/** Rows of the table that may share the key of a sampled one. */
const CANDIDATES = 20_000;

/**
 * Lays a sample of the rows that were sent beside what the target makes of them: the same rows, by the same reader, into a clone of the table,
 * read back; and looks whether the table holds what the clone holds.
 */
export async function lookAtStored(
  { table, source, expected, rows }: Sampled,
  tools: StoredTools,
): Promise<StoredTable> {
  const found: StoredTable = { table: tableText(table), rows: rows.length, changed: [], dropped: [], notes: [] };
  droppedFields(source, expected, rows, found);
  const bench = await openBench(tools.engine, expected, tools.signal);
  const numbered = rows.flatMap(({ row, bytes }) => bench.prefix(bytes, row) ?? []);
  const sent = Buffer.concat(numbered);
  const json = expected.format === 'JSONEachRow';
  const bare = json ? 'JSONEachRow' : expected.format.startsWith('CSV') ? 'CSV' : 'TabSeparated';
  const { target, signal } = tools;
  const columns = expected.table.map(({ name }) => quoteName(name)).join(', ');
  try {
    await tools.clone(table, ROW, async (clone) => {
      await target.insert(clone, bare, sent, {
        columns: json ? undefined : [ROW, ...expected.columns],
        settings: { ...tools.settings, async_insert: '0', format_csv_allow_single_quotes: '0' },
        purpose: PURPOSE,
        signal,
      });
      const bytes = await target.bytes(
        `SELECT ${ROW}, ${columns} FROM ${tableSql(clone)} ORDER BY ${ROW} FORMAT JSONEachRow`,
        {
          purpose: PURPOSE,
          signal,
        },
      );
      const chunks: Buffer[] = [];
      for await (const chunk of bytes) chunks.push(Buffer.from(chunk));
      await bench.hold(Buffer.concat(chunks));
      for (const [row, { column, reason }] of await bench.differences(sent))
        note(found, source, expected, row, column, reason);
      found.absent = await absent(target, table, clone, await tools.keyOf(table), columns, signal);
    });
  } catch (thrown) {
    if (!(thrown instanceof EngineError) || thrown.failure !== 'server') throw thrown;
    found.notes.push(`the sample could not be laid beside what is stored: ${thrown.message}`);
  } finally {
    await bench.drop();
  }
  return found;
}

function note(
  found: StoredTable,
  source: string,
  expected: Expected,
  row: number,
  column: string,
  reason: string,
): void {
  const known = found.changed.find((one) => one.column === column && one.reason === reason);
  if (known) {
    known.rows += 1;
    known.first_row = Math.min(known.first_row, row);
    return;
  }
  const type = expected.table.find(({ name }) => name === column)?.type ?? '';
  // The comparison's statement holds nothing but reasons of the table.
  found.changed.push({
    source,
    column,
    type,
    reason: reason as StoredTable['changed'][number]['reason'],
    rows: 1,
    first_row: row,
  });
}

/** Fields that the rows have and the table has not: with a target that drops them, nobody else would tell. */
function droppedFields(source: string, expected: Expected, rows: readonly SampledRow[], found: StoredTable): void {
  const known = new Set(expected.table.map(({ name }) => name));
  for (const { row, bytes } of rows) {
    const fields = fieldsOf(expected.format, Buffer.from(bytes).toString(), expected.columns);
    if (!fields.ok) continue;
    for (const field of fields.names) {
      if (known.has(field)) continue;
      const counted = found.dropped.find((one) => one.field === field);
      if (counted) counted.rows += 1;
      else found.dropped.push({ source, field, rows: 1, first_row: row });
    }
  }
}

/** Rows of the clone that the table does not hold, found by its key; undefined where it has none. */
async function absent(
  target: Target,
  table: TableName,
  clone: TableName,
  key: readonly string[],
  columns: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  if (key.length === 0) return undefined;
  const keys = key.map(quoteName).join(', ');
  const options = { purpose: PURPOSE, signal };
  const rows = async (sql: string) => {
    const texts: string[] = [];
    for await (const row of target.rows<Record<string, unknown>>(sql, options)) texts.push(JSON.stringify(row));
    return texts;
  };
  const held = new Set(
    await rows(
      `SELECT ${columns} FROM ${tableSql(table)} WHERE (${keys}) IN (SELECT ${keys} FROM ${tableSql(clone)}) LIMIT ${CANDIDATES}`,
    ),
  );
  // More rows of the same keys than are looked through prove nothing.
  if (held.size >= CANDIDATES) return undefined;
  const sampled = await rows(`SELECT ${columns} FROM ${tableSql(clone)}`);
  return sampled.filter((text) => !held.has(text)).length;
}
