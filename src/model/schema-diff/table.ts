import type { TableSchema } from '../check.ts';
import { diffColumn, diffOrder } from './columns.ts';
import type { SchemaDifference } from './difference.ts';
import { isReplicated, plainEngine, type Structure, structureOf } from './structure.ts';
import { withoutBrackets } from './tokens.ts';

type Difference = Omit<SchemaDifference, 'table' | 'statements'>;

function changed(
  aspect: SchemaDifference['aspect'],
  expected: string,
  actual: string,
  severity: SchemaDifference['severity'] = 'error',
): Difference[] {
  if (expected === actual) return [];
  const message = `${aspect} is ${actual === '' ? 'none' : actual}, expected ${expected === '' ? 'none' : expected}`;
  return [{ aspect, kind: 'changed', expected, actual, severity, message }];
}

/** Engine with its own arguments: path and replica name differ from server to server by design. */
function engineText(table: TableSchema, structure: Structure): string {
  const engine = structure.create?.engine ?? { name: table.engine, args: undefined };
  const plain = plainEngine({ name: engine.name === '' ? table.engine : engine.name, args: engine.args });
  const args = plain.args === undefined || plain.args.length === 0 ? '' : `(${plain.args.join(', ')})`;
  const cloud = engine.name.startsWith('Shared');
  return `${isReplicated(engine.name) && !cloud ? 'Replicated' : ''}${plain.name}${args}`;
}

function engineChange(expected: TableSchema, actual: TableSchema, want: Structure, have: Structure): Difference[] {
  // ClickHouse Cloud turns every MergeTree into its Shared form by itself.
  if (have.create?.engine?.name.startsWith('Shared') && want.create?.engine) {
    const plain = plainEngine(want.create.engine);
    return changed(
      'engine',
      `${plain.name}${plain.args ? `(${plain.args.join(', ')})` : ''}`,
      engineText(actual, have),
    );
  }
  return changed('engine', engineText(expected, want), engineText(actual, have));
}

function settingsChange(want: Structure, have: Structure): Difference[] {
  const list = (of: Structure) =>
    [...of.settings]
      .filter(([name, value]) => !(name === 'index_granularity' && value === '8192'))
      .map(([name, value]) => `${name} = ${value}`)
      .sort()
      .join(', ');
  return changed('settings', list(want), list(have), 'warn');
}

function parts(want: Structure, have: Structure): Difference[] {
  const found: Difference[] = [];
  const kinds = ['index', 'constraint', 'projection'] as const;
  for (const kind of kinds) {
    const of = (structure: Structure) =>
      new Map(
        structure.elements.filter((element) => element.kind === kind).map((element) => [element.name, element.text]),
      );
    const [wanted, present] = [of(want), of(have)];
    for (const name of new Set([...wanted.keys(), ...present.keys()])) {
      const [expected, actual] = [wanted.get(name) ?? '', present.get(name) ?? ''];
      if (expected === actual) continue;
      const base = { aspect: kind, expected, actual };
      if (actual === '')
        found.push({ ...base, kind: 'missing', severity: 'error', message: `${kind} ${name} is missing` });
      else if (expected === '')
        found.push({ ...base, kind: 'extra', severity: 'warn', message: `${kind} ${name} is not in the DDL` });
      else
        found.push({
          ...base,
          kind: 'changed',
          severity: 'error',
          message: `${kind} ${name} is ${actual}, expected ${expected}`,
        });
    }
  }
  return found;
}

/** `tuple()` is the key that sorts by nothing. */
function keyText(key: string): string {
  return key === 'tuple()' ? '' : withoutBrackets(key);
}

/** How a table that both sides have differs. Both must have been printed by the same engine. */
export function diffTable(expected: TableSchema, actual: TableSchema): Difference[] {
  const [want, have] = [structureOf(expected), structureOf(actual)];
  const present = new Map(actual.columns.map((column) => [column.name, column]));
  const wanted = new Set(expected.columns.map((column) => column.name));
  const columns = expected.columns.flatMap((column): Difference[] => {
    const other = present.get(column.name);
    if (other) return diffColumn({ column, structure: want }, { column: other, structure: have });
    const base = { column: column.name, aspect: 'column' as const, expected: column.type, actual: '' };
    return [
      { ...base, kind: 'missing', severity: 'error', message: `column ${column.name} ${column.type} is missing` },
    ];
  });
  const extra = actual.columns
    .filter((column) => !wanted.has(column.name))
    .map((column): Difference => {
      const base = { column: column.name, aspect: 'column' as const, expected: '', actual: column.type };
      return {
        ...base,
        kind: 'extra',
        severity: 'warn',
        message: `column ${column.name} ${column.type} is not in the DDL`,
      };
    });
  return [
    ...columns,
    ...extra,
    ...diffOrder(expected.columns, actual.columns),
    ...engineChange(expected, actual, want, have),
    ...changed('order key', keyText(expected.sorting_key), keyText(actual.sorting_key)),
    ...changed('primary key', keyText(expected.primary_key), keyText(actual.primary_key)),
    ...changed('partition key', keyText(expected.partition_key), keyText(actual.partition_key)),
    ...changed('sampling key', keyText(expected.sampling_key), keyText(actual.sampling_key)),
    ...changed('ttl', withoutBrackets(want.ttl), withoutBrackets(have.ttl)),
    ...changed('query', want.create?.select ?? '', have.create?.select ?? ''),
    ...changed('comment', want.comment, have.comment, 'warn'),
    ...settingsChange(want, have),
    ...parts(want, have),
  ];
}
