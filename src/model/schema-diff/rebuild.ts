import { quoteName } from '../../kernel/sql.ts';
import type { TableSchema } from '../check.ts';
import { type TableName, tableSql } from '../table.ts';
import { renderCreate } from './render.ts';
import { isMergeTree, isReplicated, structureOf } from './structure.ts';

const HOLDS_ROWS = /^(?:Memory|Log|TinyLog|StripeLog|Set|Join|EmbeddedRocksDB)$/;

/** Another path in ZooKeeper for the new table: two tables cannot share one. `{uuid}` and `{table}` differ by themselves. */
function ownPath(args: readonly string[] | undefined): string[] | undefined {
  if (!args) return undefined;
  return args.map((arg, i) =>
    i === 0 && arg.startsWith("'") && !/\{(?:uuid|table)\}/.test(arg) ? `${arg.slice(0, -1)}_rebuilt'` : arg,
  );
}

/** The expected structure under another name, with the columns that only the actual table has: a copy loses nothing. */
function createBeside(expected: TableSchema, actual: TableSchema, name: TableName): string {
  const { create } = structureOf(expected);
  if (!create) return expected.create_query;
  const wanted = new Set(expected.columns.map((column) => column.name));
  const kept = structureOf(actual).elements.filter((element) => element.kind === 'column' && !wanted.has(element.name));
  const engine =
    create.engine && isReplicated(create.engine.name)
      ? { ...create.engine, args: ownPath(create.engine.args) }
      : create.engine;
  return renderCreate({
    ...create,
    name,
    engine,
    elements: [...(create.elements ?? []), ...kept.map((element) => element.text)],
  });
}

function copyStatement(expected: TableSchema, actual: TableSchema, name: TableName): string {
  const wanted = new Map(expected.columns.map((column) => [column.name, column]));
  const columns = actual.columns
    .filter((column) => column.default_kind !== 'EPHEMERAL')
    .filter((column) => ['', 'DEFAULT'].includes((wanted.get(column.name) ?? column).default_kind))
    .map((column) => quoteName(column.name))
    .join(', ');
  return `INSERT INTO ${tableSql(name)} (${columns}) SELECT ${columns} FROM ${tableSql(actual.name)}`;
}

function replaceRows(expected: TableSchema, actual: TableSchema, exchange: boolean): string[] {
  const { database, table } = expected.name;
  const beside = { database, table: `${table}__new` };
  const old = exchange ? beside : { database, table: `${table}__old` };
  const [name, besideName] = [tableSql(expected.name), tableSql(beside)];
  return [
    `-- ${name} must be written anew: stop what inserts into it first; the copy fails, and changes nothing, when a value does not fit`,
    createBeside(expected, actual, beside),
    copyStatement(expected, actual, beside),
    exchange
      ? `EXCHANGE TABLES ${name} AND ${besideName}`
      : `RENAME TABLE ${name} TO ${tableSql(old)}, ${besideName} TO ${name}`,
    `-- the old rows are kept in ${tableSql(old)}; when the new table is right: DROP TABLE ${tableSql(old)}`,
  ];
}

/** Full statements that put the expected table in the place of the actual one. Rows are copied, the old table stays until the user drops it. */
export function replacement(expected: TableSchema, actual: TableSchema, exchange: boolean): string[] {
  const name = tableSql(expected.name);
  const { create } = structureOf(expected);
  const written = create ? renderCreate({ ...create, name: expected.name }) : expected.create_query;
  const holdsRows = (engine: string) => isMergeTree(engine) || HOLDS_ROWS.test(engine);
  if (holdsRows(actual.engine) && holdsRows(expected.engine)) return replaceRows(expected, actual, exchange);
  if (actual.engine === 'View' && expected.engine === 'View') return [`DROP VIEW ${name}`, written];
  if (actual.engine === 'MaterializedView') {
    if (structureOf(actual).create?.to)
      return [`-- rows inserted between the two statements do not pass the view`, `DROP VIEW ${name}`, written];
    return [
      `-- the rows of ${name} lie inside the view: copy what you need, then: DROP VIEW ${name}`,
      ...written.split('\n').map((line) => `-- ${line}`),
    ];
  }
  const old = tableSql({ database: expected.name.database, table: `${expected.name.table}__old` });
  return [`RENAME TABLE ${name} TO ${old}`, written, `-- when the new table is right: DROP TABLE ${old}`];
}
