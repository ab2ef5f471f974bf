import type { ColumnSchema } from '../../model/check.ts';
import type { Element } from '../../model/schema-diff/elements.ts';
import { tokenize } from '../../model/schema-diff/tokens.ts';
import { notNullable, outerType } from '../../model/schema-diff/types.ts';

/** Shapes that texts are often held to. */
export const TEXT_SHAPES: readonly string[] = [
  '1',
  '2024-02-29',
  '2024-02-29 12:34:56',
  'a@example.org',
  'https://example.org/',
  '192.0.2.1',
  '01234567-89ab-4def-8123-456789abcdef',
  '{}',
  '[]',
  '',
];
const NUMBERS = [0, 1, 2, 10, 100, 1_000_000, -1];
const DATES = ['2024-02-29', '1970-01-02', '2100-01-01'];

function plainType(type: string): string {
  const bare = notNullable(type);
  const { name, args } = outerType(bare);
  return name === 'LowCardinality' ? args : bare;
}

function candidates(type: string, literals: { numbers: readonly number[]; texts: readonly string[] }): unknown[] {
  const near = literals.numbers.flatMap((n) => [n, n + 1, n - 1]);
  const plain = plainType(type);
  if (/^UInt/.test(plain)) return [...near, ...NUMBERS].filter((n) => n >= 0 && Number.isInteger(n));
  if (/^Int/.test(plain)) return [...near, ...NUMBERS].filter(Number.isInteger);
  if (/^(?:Float|Decimal|BFloat)/.test(plain)) return [...near, ...NUMBERS];
  if (/^Date/.test(plain)) {
    const times = plain.startsWith('DateTime') ? DATES.map((date) => `${date} 12:34:56`) : DATES;
    return [...literals.texts, ...times];
  }
  if (plain === 'Bool') return [true, false];
  if (plain === 'String') {
    const lengths = literals.numbers.filter((n) => n > 0 && n <= 4096 && Number.isInteger(n));
    return [
      ...literals.texts,
      ...lengths.flatMap((n) => ['a'.repeat(n), '1'.repeat(n), 'a'.repeat(n + 1)]),
      ...TEXT_SHAPES,
    ];
  }
  if (/^Enum/.test(plain))
    return tokenize(plain)
      .filter((token) => token.kind === 'string')
      .map((token) => token.value);
  return [];
}

/**
 * Rows of values for the columns that a CHECK speaks of, made from its own literals and from common shapes: at most
 * `limit` of them. Nothing here evaluates the expression; the server does, in the clone.
 */
export function satisfying(
  constraint: Element,
  columns: readonly ColumnSchema[],
  limit: number,
): Record<string, unknown>[] {
  const tokens = tokenize(constraint.text);
  const from = tokens.findIndex((token) => token.text.toUpperCase() === 'CHECK');
  const body = tokens.slice(from + 1);
  const spoken = columns.filter((column) =>
    body.some((token) => ['word', 'quoted'].includes(token.kind) && token.value === column.name),
  );
  const literals = {
    numbers: body
      .filter((token) => token.kind === 'number')
      .map((token, _i) => Number(token.text))
      .flatMap((n) => [n, -n]),
    texts: body.filter((token) => token.kind === 'string').map((token) => token.value),
  };
  const choices = spoken
    .map((column) => ({ name: column.name, values: [...new Set(candidates(column.type, literals))] }))
    .filter((choice) => choice.values.length > 0);
  if (choices.length === 0) return [];
  const rows: Record<string, unknown>[] = [];
  const total = choices.reduce((product, choice) => product * choice.values.length, 1);
  // A stride that shares no factor with the total visits all combinations, and mixes the columns early on.
  const stride = choices.length === 1 ? 1 : 7919;
  for (let i = 0; i < Math.min(limit, total); i += 1) {
    let index = (i * stride) % total;
    const row: Record<string, unknown> = {};
    for (const { name, values } of choices) {
      row[name] = values[index % values.length];
      index = Math.floor(index / values.length);
    }
    rows.push(row);
  }
  return rows;
}
