import { ApiError } from './errors.ts';
import { idText } from './exact-json.ts';
import { instantOf } from './times.ts';

export interface Condition {
  column: string;
  operator?: '>=' | '<';
  /** A time as the API wants it for `>=` and `<`; absent operator: equal. */
  value: string | number;
}

/** Whether a record breaks a condition; `bound` is its value as an instant. What is empty cannot break a bound: it is judged where it is used. */
function breaks(record: object, { column, operator, value }: Condition, bound: number | undefined): boolean {
  const held: unknown = Reflect.get(record, column);
  if (operator === undefined) {
    if (held === undefined || held === null) return false;
    const text = typeof held === 'boolean' ? String(Number(held)) : idText(held);
    return text !== String(value) && !(String(value) === '1' && text === 'true');
  }
  const at = instantOf(held);
  if (at === undefined || bound === undefined) return false;
  return operator === '>=' ? at.seconds < bound : at.seconds >= bound;
}

/**
 * Throws when the API sent records that the filter leaves out: then it ignored the filter, and all that it sends is the
 * wrong thing, without an error of its own.
 */
export function demandObeyed(
  records: readonly unknown[],
  where: readonly Condition[],
  path: string,
  page: number,
): void {
  const bounds = where.map(({ value }) => instantOf(value)?.seconds);
  for (const [index, record] of records.entries()) {
    if (typeof record !== 'object' || record === null) continue;
    const broken = where.find((condition, number) => breaks(record, condition, bounds[number]));
    if (!broken) continue;
    const { column, operator = '=', value } = broken;
    throw new ApiError({
      code: 'API_FILTER_IGNORED',
      message: `GET ${path} ignored the filter ${column} ${operator} ${value}: data[${index}] of page ${page} is outside of it`,
      path,
    });
  }
}
