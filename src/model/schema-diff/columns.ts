import type { ColumnSchema } from '../check.ts';
import type { SchemaDifference } from './difference.ts';
import type { Structure } from './structure.ts';
import { withoutBrackets } from './tokens.ts';
import { isNullable, notNullable } from './types.ts';

type Difference = Omit<SchemaDifference, 'table' | 'statements'>;

/** Old servers print a default with the cast they add to it: `CAST(a + 1, 'UInt8')` in a column of UInt8 says no more than `a + 1`. */
function plainDefault(column: ColumnSchema): string {
  const cast = /^_?CAST\(([\s\S]*), '((?:[^'\\]|\\.|'')*)'\)$/.exec(column.default_expression);
  const type = cast?.[2]?.replace(/\\'|''/g, "'");
  const expression = cast?.[1] !== undefined && type === column.type ? cast[1] : column.default_expression;
  return column.default_kind === '' ? '' : `${column.default_kind} ${withoutBrackets(expression)}`.trim();
}

const DEFAULT_CODECS = ['', 'CODEC(Default)', 'CODEC(LZ4)'];

function codecText(column: ColumnSchema): string {
  const codec = column.codec === '' || column.codec.startsWith('CODEC(') ? column.codec : `CODEC(${column.codec})`;
  return DEFAULT_CODECS.includes(codec) ? '' : codec;
}

function columnTtl(structure: Structure, name: string): string {
  return structure.elements.find((element) => element.kind === 'column' && element.name === name)?.ttl ?? '';
}

function changed(
  column: string,
  aspect: SchemaDifference['aspect'],
  expected: string,
  actual: string,
  severity: SchemaDifference['severity'] = 'error',
): Difference[] {
  if (expected === actual) return [];
  const message = `${aspect} of column ${column} is ${actual === '' ? 'none' : actual}, expected ${expected === '' ? 'none' : expected}`;
  return [{ column, aspect, kind: 'changed', expected, actual, severity, message }];
}

function typeChange(name: string, expected: string, actual: string): Difference[] {
  const onlyNull = notNullable(expected) === notNullable(actual) && isNullable(expected) !== isNullable(actual);
  return changed(name, onlyNull ? 'nullability' : 'type', expected, actual);
}

/** How one column that both sides have differs. */
export function diffColumn(
  expected: { column: ColumnSchema; structure: Structure },
  actual: { column: ColumnSchema; structure: Structure },
): Difference[] {
  const name = expected.column.name;
  return [
    ...typeChange(name, expected.column.type, actual.column.type),
    ...changed(name, 'default', plainDefault(expected.column), plainDefault(actual.column)),
    ...changed(name, 'codec', codecText(expected.column), codecText(actual.column)),
    ...changed(name, 'ttl', columnTtl(expected.structure, name), columnTtl(actual.structure, name)),
    ...changed(name, 'comment', expected.column.comment, actual.column.comment, 'warn'),
  ];
}

/** The common columns in another order: a load that names its columns does not care. */
export function diffOrder(expected: readonly ColumnSchema[], actual: readonly ColumnSchema[]): Difference[] {
  const names = (of: readonly ColumnSchema[], other: readonly ColumnSchema[]) =>
    of.map((column) => column.name).filter((name) => other.some((column) => column.name === name));
  const want = names(expected, actual).join(', ');
  const have = names(actual, expected).join(', ');
  if (want === have) return [];
  const message = 'the columns stand in another order';
  return [{ aspect: 'position', kind: 'changed', expected: want, actual: have, severity: 'info', message }];
}
