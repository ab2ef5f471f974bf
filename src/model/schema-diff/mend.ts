import { quoteName, quoteText } from '../../kernel/sql.ts';
import type { TableSchema } from '../check.ts';
import { tableSql, tableText } from '../table.ts';
import { parseCreate } from './create-statement.ts';
import type { SchemaDifference } from './difference.ts';
import { parseElement } from './elements.ts';
import { replacement } from './rebuild.ts';
import { renderCreate } from './render.ts';
import { isMergeTree, parseSettings, structureOf } from './structure.ts';
import { isSafeChange } from './types.ts';

type Difference = Omit<SchemaDifference, 'table' | 'statements'>;

/** `CREATE …` of a table as its DDL has it. */
export function createStatement(table: TableSchema): string {
  const create = parseCreate(table.create_query);
  return create ? renderCreate({ ...create, name: table.name }) : table.create_query;
}

function declaration(table: TableSchema, column: string): string {
  const element = structureOf(table).elements.find((one) => one.kind === 'column' && one.name === column);
  const type = table.columns.find((one) => one.name === column)?.type ?? '';
  return element?.text ?? `${quoteName(column)} ${type}`;
}

function inKey(table: TableSchema, column: string): boolean {
  const keys = [
    table.sorting_key,
    table.primary_key,
    table.partition_key,
    table.sampling_key,
    structureOf(table).create?.engine?.args?.join(' '),
  ];
  return keys.some(
    (key) =>
      key !== undefined && new RegExp(`(?<![\\w.])${column.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\w])`).test(key),
  );
}

/** New columns at the end of the order key, with the rest as it was: the one change of it that needs no copy. */
function extendsOrderKey(expected: TableSchema, actual: TableSchema, differences: readonly Difference[]): boolean {
  const rest = expected.sorting_key.startsWith(`${actual.sorting_key}, `)
    ? expected.sorting_key.slice(actual.sorting_key.length + 2).split(', ')
    : [];
  return (
    rest.length > 0 &&
    rest.every((key) =>
      differences.some(
        (one) =>
          one.kind === 'missing' &&
          one.aspect === 'column' &&
          (one.column === key || quoteName(one.column ?? '') === key) &&
          expected.columns.some((column) => column.name === one.column && column.default_kind === ''),
      ),
    )
  );
}

function needsCopy(expected: TableSchema, actual: TableSchema, all: readonly Difference[]): boolean {
  if (!isMergeTree(actual.engine)) return all.some((one) => one.severity === 'error');
  return all.some((one) => {
    switch (one.aspect) {
      case 'engine':
      case 'primary key':
      case 'partition key':
      case 'sampling key':
      case 'query':
        return true;
      case 'order key':
        return !extendsOrderKey(expected, actual, all);
      case 'type':
      case 'nullability':
        return (
          inKey(actual, one.column ?? '') ||
          inKey(expected, one.column ?? '') ||
          !isSafeChange(one.actual, one.expected)
        );
      case 'default':
        return /^(?:ALIAS|EPHEMERAL)/.test(one.expected) || /^(?:ALIAS|EPHEMERAL)/.test(one.actual);
      case 'settings':
        return (
          parseSettings(one.expected).get('index_granularity') !== parseSettings(one.actual).get('index_granularity')
        );
      default:
        return false;
    }
  });
}

function settingCommands(one: Difference): string[] {
  const [want, have] = [parseSettings(one.expected), parseSettings(one.actual)];
  const set = [...want]
    .filter(([name, value]) => have.get(name) !== value)
    .map(([name, value]) => `MODIFY SETTING ${name} = ${value}`);
  const reset = [...have.keys()].filter((name) => !want.has(name)).map((name) => `RESET SETTING ${name}`);
  return [...set, ...reset];
}

function columnChange(expected: TableSchema, one: Difference): string[] {
  const column = one.column ?? '';
  const name = quoteName(column);
  // MODIFY COLUMN leaves in place whatever it does not name: what must go needs its own command.
  if (one.expected === '' && one.aspect === 'default')
    return [`MODIFY COLUMN ${name} REMOVE ${one.actual.split(' ')[0]}`];
  if (one.expected === '' && one.aspect === 'codec') return [`MODIFY COLUMN ${name} REMOVE CODEC`];
  if (one.expected === '' && one.aspect === 'ttl') return [`MODIFY COLUMN ${name} REMOVE TTL`];
  if (one.aspect === 'comment') return [`COMMENT COLUMN ${name} ${quoteText(one.expected)}`];
  return [`MODIFY COLUMN ${declaration(expected, column)}`];
}

function addColumn(expected: TableSchema, column: string): string {
  const at = expected.columns.findIndex((one) => one.name === column);
  const before = expected.columns[at - 1];
  return `ADD COLUMN ${declaration(expected, column)} ${before ? `AFTER ${quoteName(before.name)}` : 'FIRST'}`;
}

function partCommands(one: Difference): string[] {
  const kind = one.aspect.toUpperCase();
  const name = quoteName(parseElement(one.expected || one.actual).name);
  if (one.kind === 'missing') return [`ADD ${one.expected}`];
  return [`DROP ${kind} ${name}`, `ADD ${one.expected}`];
}

function alterCommands(expected: TableSchema, one: Difference): string[] {
  switch (one.aspect) {
    case 'column':
      return [addColumn(expected, one.column ?? '')];
    case 'settings':
      return settingCommands(one);
    case 'index':
    case 'constraint':
    case 'projection':
      return partCommands(one);
    case 'order key':
      return [`MODIFY ORDER BY (${one.expected})`];
    case 'ttl':
      if (one.column === undefined) return [one.expected === '' ? 'REMOVE TTL' : `MODIFY TTL ${one.expected}`];
      return columnChange(expected, one);
    case 'comment':
      return one.column === undefined ? [`MODIFY COMMENT ${quoteText(one.expected)}`] : columnChange(expected, one);
    default:
      return columnChange(expected, one);
  }
}

/** Statements for what the user must decide on; comments only. */
function offered(actual: TableSchema, one: Difference): string[] {
  const target = tableSql(actual.name);
  if (one.aspect === 'position')
    return ['-- the order of columns matters only to inserts that do not name them; nothing to do'];
  if (one.column !== undefined)
    return [`-- loses its data: ALTER TABLE ${target} DROP COLUMN ${quoteName(one.column)}`];
  return [
    `-- ALTER TABLE ${target} DROP ${one.aspect.toUpperCase()} ${quoteName(parseElement(one.expected || one.actual).name)}`,
  ];
}

/** Gives each difference of one table the statements that mend it. */
export function mend(
  expected: TableSchema,
  actual: TableSchema,
  differences: readonly Difference[],
  exchange: boolean,
): SchemaDifference[] {
  const table = tableText(expected.name);
  const copy = needsCopy(expected, actual, differences) ? replacement(expected, actual, exchange) : undefined;
  const extendsKey = !copy && differences.some((one) => one.aspect === 'order key');
  const target = tableSql(expected.name);
  // A column may enter the order key only in the very ALTER that adds it.
  const keyAlter = extendsKey
    ? `ALTER TABLE ${target} ${[
        ...differences.filter((one) => one.aspect === 'column' && one.kind === 'missing'),
        ...differences.filter((one) => one.aspect === 'order key'),
      ]
        .flatMap((one) => alterCommands(expected, one))
        .join(', ')}`
    : undefined;
  return differences.map((one): SchemaDifference => {
    // A view has no columns of its own: they follow its query.
    const optional = one.aspect === 'position' || (one.kind === 'extra' && !actual.engine.endsWith('View'));
    if (optional) return { ...one, table, statements: offered(actual, one) };
    if (copy) return { ...one, table, statements: copy };
    if (keyAlter !== undefined && (one.aspect === 'order key' || one.aspect === 'column'))
      return { ...one, table, statements: [keyAlter] };
    return {
      ...one,
      table,
      statements: alterCommands(expected, one).map((command) => `ALTER TABLE ${target} ${command}`),
    };
  });
}
