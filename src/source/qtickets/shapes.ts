import { z } from 'zod';
import type { Findings, Place } from './drift.ts';
import { typeName } from './drift.ts';

/** An empty map arrives as an empty list. */
const emptyList = z.array(z.unknown()).max(0);
const map = z.record(z.string(), z.unknown()).or(emptyList);
const time = z.string().nullable();
const int = z.int();
const amount = z.number();
const anything = z.unknown().optional();

const details = z
  .looseObject({
    name: z.string().nullable(),
    surname: z.string().nullable().optional(),
    phone: z.string().nullable().optional(),
  })
  .or(emptyList);

const basket = z.strictObject({
  id: int,
  show_id: int,
  price: amount,
  quantity: int,
  seat_id: z.string().or(int).nullable(),
  barcode: z.string().nullable().optional(),
  checked_at: time.optional(),
  deleted_at: time,
  refunded_at: time,
  refunded_amount: amount.nullable(),
  client_email: anything,
  client_phone: anything,
  client_name: anything,
  client_surname: anything,
  client_middlename: anything,
  created_at: anything,
  updated_at: anything,
  original_price: anything,
  order_id: anything,
  seat_name: anything,
  offer_id: anything,
  pdf_url: anything,
  passbook_url: anything,
  organization_name: anything,
  legal_name: anything,
  inn: anything,
});

/** An order as it is documented and was seen; what differs is drift, not an error. */
const order = z.strictObject({
  id: int,
  uniqid: anything,
  site_id: anything,
  client_id: int.nullable(),
  event_id: int,
  payed: z.boolean(),
  payed_at: time,
  reserved: anything,
  reserved_to: anything,
  created_at: z.string(),
  updated_at: z.string(),
  deleted_at: time,
  price: amount,
  original_price: amount,
  currency_id: z.string(),
  discount_id: int.nullable(),
  promo_code_id: int.nullable(),
  payment_type_id: z.string().nullable(),
  payment_id: anything,
  payment_url: anything,
  cancel_url: anything,
  utm: map,
  custom: z.literal('').or(map),
  fields: map.or(z.array(z.unknown())),
  integrations: map.or(z.array(z.unknown())),
  refunds: map.or(z.array(z.unknown())),
  client: z
    .looseObject({ email: z.string().nullable().optional(), details: details.optional() })
    .or(emptyList)
    .nullable(),
  baskets: z.array(basket),
  bonuses: anything,
});

const show = z.looseObject({
  id: int,
  is_active: int,
  start_date: time,
  finish_date: time,
  min_price: amount.nullable(),
  deleted_at: time,
});

const event = z.looseObject({
  id: int,
  name: z.string(),
  is_active: int,
  deleted_at: time,
  city: z.looseObject({ id: int, name: z.string() }).nullable(),
  shows: z.array(show),
});

export const SHAPES = {
  order,
  event,
  client: z.looseObject({ id: int, email: z.string().nullable(), details }),
  price_shade: z.looseObject({ id: int, color: z.string() }),
  discount: z.looseObject({ id: int, name: z.string(), type: z.string(), active_from: time, active_to: time }),
  promo_code: z.looseObject({
    id: int,
    code: z.string(),
    discount_id: int.nullable(),
    type: int,
    active_from: time,
    active_to: time,
  }),
  barcode: z.looseObject({ barcode: z.string(), price: amount.optional(), seat_name: z.string().optional() }),
  partner_ticket: z.looseObject({ id: int.or(z.string()), paid: int, barcode: z.string(), price: amount.nullable() }),
} as const;
export type ShapeName = keyof typeof SHAPES;

type Issue = z.core.$ZodIssue;

/** A key that is no plain name may be somebody's address or number. */
function keyText(key: PropertyKey): string {
  if (typeof key === 'number') return `[${key}]`;
  const text = String(key);
  return /^[A-Za-z_][\w-]{0,63}$/.test(text) && !/\d{5}/.test(text) ? `.${text}` : '.‹key›';
}

/** Whether a word stands in what the record says of its customer: a map by people's names has them as its keys. */
function isOfCustomer(record: unknown, word: string, within = false): boolean {
  if (typeof record === 'string')
    return (
      within &&
      record
        .toLowerCase()
        .split(/[^\p{L}\p{N}]+/u)
        .includes(word)
    );
  if (typeof record !== 'object' || record === null) return false;
  return Object.entries(record).some(([key, value]) => isOfCustomer(value, word, within || key.startsWith('client')));
}

function pathText(path: readonly PropertyKey[]): string {
  return path.map(keyText).join('').replace(/^\./, '');
}

function valueAt(record: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (node, key) => (typeof node === 'object' && node !== null ? Reflect.get(node, key) : undefined),
    record,
  );
}

/** Of a union the branch that came furthest tells what is wrong inside it; where none got in, the whole was expected to be another thing. */
function deepest(issue: Issue): readonly Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const inside = issue.errors.find((issues) => issues.every((inner) => inner.path.length > 0) && issues.length > 0);
  return inside === undefined
    ? [issue]
    : inside.flatMap((inner) => deepest({ ...inner, path: [...issue.path, ...inner.path] }));
}

function expected(issue: Issue): string {
  if (issue.code === 'invalid_type') return String(issue.expected);
  return issue.code === 'invalid_union' ? 'one of the documented types' : 'as documented';
}

/** Holds a record against what is documented and writes down each difference. Never throws, changes nothing. */
export function noteDrift(name: ShapeName, record: unknown, place: Place, findings: Findings): void {
  const result = SHAPES[name].safeParse(record);
  if (result.success) return;
  for (const issue of result.error.issues.flatMap(deepest)) {
    const { path } = issue;
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) {
        const full = [...path, key];
        const named = isOfCustomer(record, key.toLowerCase()) ? [...path, '‹key›'] : full;
        findings.drift(place, 'added', pathText(named), 'no such field', typeName(valueAt(record, full)));
      }
      continue;
    }
    const found = valueAt(record, path);
    findings.drift(place, found === undefined ? 'missing' : 'type', pathText(path), expected(issue), typeName(found));
  }
}
