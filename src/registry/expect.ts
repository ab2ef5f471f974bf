import { WitnessError } from '../kernel/errors.ts';
import { plural } from '../kernel/format.ts';

const OPERATORS = {
  '=': (order: number) => order === 0,
  '!=': (order: number) => order !== 0,
  '>': (order: number) => order > 0,
  '>=': (order: number) => order >= 0,
  '<': (order: number) => order < 0,
  '<=': (order: number) => order <= 0,
} as const;
type Operator = keyof typeof OPERATORS;

/** What a `.sql` check wants of its answer. `value` is the first column of the first row. */
export type Expectation =
  | { of: 'runs' }
  | { of: 'rows' | 'value'; operator: Operator; than: string }
  | { of: 'value'; between: readonly [string, string] };

/** The part of an answer that an expectation looks at. */
export interface Answered {
  rows: number;
  /** First column of the first row, as text; undefined without rows, null for NULL. */
  value?: string | null | undefined;
}

/** Reads `empty`, `rows > 0`, `value >= 1`, `value between 0 and 10`, `value = 'ok'`, `runs`. Throws on anything else. */
export function parseExpectation(text: string, where: string): Expectation {
  const trimmed = text.trim().replace(/\s+/g, ' ');
  if (/^runs$/i.test(trimmed)) return { of: 'runs' };
  if (/^empty$/i.test(trimmed)) return { of: 'rows', operator: '=', than: '0' };
  const between = /^value between (\S+) and (\S+)$/i.exec(trimmed);
  if (between?.[1] !== undefined && between[2] !== undefined)
    return { of: 'value', between: [unquote(between[1]), unquote(between[2])] };
  const compared = /^(rows|value) ?(>=|<=|!=|=|>|<) ?(.+)$/i.exec(trimmed);
  const [, of, operator, than] = compared ?? [];
  if (of !== undefined && than !== undefined && isOperator(operator)) {
    if (of.toLowerCase() === 'value') return { of: 'value', operator, than: unquote(than) };
    if (/^\d+$/.test(than)) return { of: 'rows', operator, than };
  }
  throw new WitnessError({
    code: 'SQL_CHECK_EXPECT',
    what: `"${text}" is no expectation`,
    where,
    next: "Write: empty, rows > 0, rows <= N, value >= 1, value between a and b, value = 'text', or runs",
  });
}

function isOperator(text: string | undefined): text is Operator {
  return text !== undefined && text in OPERATORS;
}

function unquote(text: string): string {
  return /^'.*'$/.test(text) ? text.slice(1, -1) : text;
}

/** Below, at or above zero as `a` stands to `b`: whole numbers of any width exactly, other numbers as numbers, the rest as text. */
function compare(a: string, b: string): number {
  if (/^-?\d+$/.test(a) && /^-?\d+$/.test(b)) {
    const difference = BigInt(a) - BigInt(b);
    return difference === 0n ? 0 : difference > 0n ? 1 : -1;
  }
  const [x, y] = [Number(a), Number(b)];
  if (a.trim() !== '' && b.trim() !== '' && !Number.isNaN(x) && !Number.isNaN(y)) return x - y;
  return a === b ? 0 : a > b ? 1 : -1;
}

/** Whether the answer is as expected, and both as words. */
export function holds(expectation: Expectation, answer: Answered): { ok: boolean; found: string; expected: string } {
  if (expectation.of === 'runs') return { ok: true, found: plural(answer.rows, 'row'), expected: 'an answer' };
  if (expectation.of === 'rows') {
    const ok = OPERATORS[expectation.operator](compare(String(answer.rows), expectation.than));
    const expected =
      expectation.operator === '=' && expectation.than === '0'
        ? 'no rows'
        : `rows ${expectation.operator} ${expectation.than}`;
    return { ok, found: plural(answer.rows, 'row'), expected };
  }
  const expected =
    'between' in expectation
      ? `a value between ${expectation.between[0]} and ${expectation.between[1]}`
      : `value ${expectation.operator} ${expectation.than}`;
  const { value } = answer;
  // A comparison with NULL, or with nothing, is not true in SQL either.
  if (value === undefined) return { ok: false, found: 'no row', expected };
  if (value === null) return { ok: false, found: 'NULL', expected };
  const ok =
    'between' in expectation
      ? compare(value, expectation.between[0]) >= 0 && compare(value, expectation.between[1]) <= 0
      : OPERATORS[expectation.operator](compare(value, expectation.than));
  return { ok, found: value, expected };
}
