import { quoteName } from '../kernel/sql.ts';
import { isRowFormat, type Source } from '../model/source.ts';
import { type TableName, tableSql } from '../model/table.ts';

export interface InferredColumn {
  name: string;
  type: string;
}

/**
 * Settings for inferring a structure from dirty data, so that every value of the sample fits and none is changed by it:
 * numbers may stand among strings, nulls anywhere, and only dates written as ISO 8601 become dates.
 */
export const INFERENCE_SETTINGS: Readonly<Record<string, string>> = {
  schema_inference_make_columns_nullable: '1',
  input_format_json_read_numbers_as_strings: '1',
  input_format_json_read_bools_as_strings: '1',
  input_format_json_read_bools_as_numbers: '0',
  input_format_json_infer_incomplete_types_as_strings: '1',
  date_time_input_format: 'basic',
};

/** One structure for several sources: columns of all, each with a type that holds the values of all. */
export function unite(structures: readonly (readonly InferredColumn[])[]): InferredColumn[] {
  const united = new Map<string, string>();
  for (const structure of structures) {
    for (const { name, type } of structure) {
      const before = united.get(name);
      united.set(name, before === undefined ? type : common(before, type));
    }
  }
  return [...united].map(([name, type]) => ({ name, type }));
}

function common(one: string, other: string): string {
  if (one === other) return one;
  const [a, b] = [bare(one), bare(other)];
  const nullable = (type: string): string => (a === one && b === other ? type : `Nullable(${type})`);
  if (a === b || b === 'Nothing') return nullable(a);
  if (a === 'Nothing') return nullable(b);
  return nullable(isNumber(a) && isNumber(b) ? 'Float64' : 'String');
}

function bare(type: string): string {
  return /^Nullable\((.*)\)$/.exec(type)?.[1] ?? type;
}

function isNumber(type: string): boolean {
  return type === 'Int64' || type === 'UInt64' || type === 'Float64';
}

/** The inferred structure, except where looking at the source says that digits are no numbers. */
export function mend(source: Source, columns: readonly InferredColumn[]): InferredColumn[] {
  const text = new Set(isRowFormat(source.format) ? source.digitsAsText : []);
  return columns.map(({ name, type }, index) => ({
    name,
    type: text.has(index)
      ? bare(type) === type
        ? 'String'
        : 'Nullable(String)'
      : type.replaceAll('Nothing', 'String'),
  }));
}

/** DDL for a table that takes whatever comes, in the order in which it comes. */
export function createStatement(table: TableName, columns: readonly InferredColumn[]): string {
  const lines = columns.map(({ name, type }) => `  ${quoteName(name)} ${type}`);
  return `CREATE TABLE IF NOT EXISTS ${tableSql(table)}\n(\n${lines.join(',\n')}\n)\nENGINE = MergeTree\nORDER BY tuple()`;
}
