import { z } from 'zod';
import { canonicalJson, idText } from './exact-json.ts';
import { decimalText, minorUnits } from './money.ts';
import { isPaid } from './order.ts';
import type { ShapeName } from './shapes.ts';
import { instantOf } from './times.ts';

/** What the best-effort resources have in common beside their own columns. */
export interface RecordContext {
  version: number;
  /** End of the window, Unix seconds. */
  ingestTs: number;
  /** Of the show that was asked, where the record itself names none. */
  eventId?: string | undefined;
  showId?: string | undefined;
}

type Row = Record<string, string | number | null>;
type Fields = Record<string, unknown>;

const map = z.record(z.string(), z.unknown());

function text(value: unknown): string {
  return idText(value) ?? '';
}

function float(value: unknown): number | null {
  const money = minorUnits(value);
  return 'reason' in money ? null : Number(decimalText(money.minor));
}

function time(value: unknown): number | null {
  return instantOf(value)?.seconds ?? null;
}

function inner(value: unknown): Fields {
  return map.safeParse(value).data ?? {};
}

const ROWS: Record<Exclude<ShapeName, 'order' | 'event'>, (fields: Fields, context: RecordContext) => Row> = {
  client(fields) {
    const details = inner(fields.details);
    return {
      client_id: text(fields.id),
      email: text(fields.email).toLowerCase(),
      phone: text(details.phone ?? fields.phone),
      first_name: text(details.name),
      last_name: text(details.surname),
      middle_name: text(details.middlename ?? details.patronymic),
    };
  },
  price_shade: (fields) => ({ shade_id: text(fields.id), name: text(fields.name), color: text(fields.color) }),
  discount: (fields) => ({
    discount_id: text(fields.id),
    name: text(fields.name),
    discount_type: text(fields.type),
    discount_value: float(fields.value),
  }),
  promo_code: (fields) => ({
    promo_code_id: text(fields.id),
    code: text(fields.code),
    discount_type: text(fields.type),
    discount_value: float(fields.value),
    valid_from: time(fields.active_from),
    valid_to: time(fields.active_to),
  }),
  barcode: (fields, { eventId = '', showId = '' }) => ({
    barcode: text(fields.barcode),
    event_id: text(fields.event_id) || eventId,
    show_id: text(fields.show_id) || showId,
    status: text(fields.status),
    checked_at: time(fields.checked_at),
  }),
  partner_ticket: (fields, { eventId = '', showId = '' }) => ({
    ticket_id: text(fields.id),
    event_id: text(fields.event_id) || eventId,
    show_id: text(fields.show_id) || showId,
    external_order_id: text(fields.external_order_id),
    external_id: text(fields.external_id),
    barcode: text(fields.barcode),
    paid: isPaid(fields.paid) ? 1 : 0,
    price: float(fields.price),
  }),
};

/** The column that must not be empty: without it a row has no key. */
const KEYS = {
  client: 'client_id',
  price_shade: 'shade_id',
  discount: 'discount_id',
  promo_code: 'promo_code_id',
  barcode: 'barcode',
  partner_ticket: 'ticket_id',
} as const;
export type RecordName = keyof typeof KEYS;

/** A record of a best-effort resource as a row; undefined when it has no id. */
export function recordRow(name: RecordName, raw: unknown, context: RecordContext): Row | undefined {
  const fields = map.safeParse(raw);
  if (!fields.success) return undefined;
  const row = ROWS[name](fields.data, context);
  if (row[KEYS[name]] === '') return undefined;
  return { ...row, payload_json: canonicalJson(raw), _ver: context.version, _ingest_ts: context.ingestTs };
}
