import { z } from 'zod';
import type { Findings, Place } from './drift.ts';
import { typeName } from './drift.ts';
import { canonicalJson, idText } from './exact-json.ts';
import { type KeyMode, orderKey } from './keys.ts';
import { decimalText, minorUnits } from './money.ts';
import { instantOf } from './times.ts';
import { utmOf } from './utm.ts';

export interface OrderRow {
  order_id: string;
  event_id: string;
  city: string;
  utm_source: string;
  utm_medium: string;
  utm_campaign: string;
  utm_content: string;
  utm_term: string;
  /** Unix seconds. */
  sale_ts: number;
  tickets_sold: number;
  /** In units of the currency: the double nearest to the exact amount. */
  revenue: number;
  currency: string;
  payload_json: string;
  _ver: number;
  _dedup_key: string;
}

export interface OrderContext {
  /** City of an event, lower case; '' where it is not known. */
  cityOf(eventId: string): string;
  version: number;
  keys: KeyMode;
}

export type OrderResult =
  | { kind: 'row'; row: OrderRow }
  /** Not paid: no sale, or no longer one. */
  | { kind: 'unpaid'; orderId: string | undefined }
  | { kind: 'rejected'; reason: string; orderId: string | undefined };

const readable = z.looseObject({ baskets: z.array(z.looseObject({})).optional() });
const nested = z.looseObject({ id: z.unknown(), event_id: z.unknown(), show_id: z.unknown() });

export function isPaid(value: unknown): boolean {
  return value === true || value === 1 || value === '1' || value === 'true';
}

/** The first of these that names an event; shows stand in where no event is named. */
function eventIdOf(order: z.infer<typeof readable>): string | undefined {
  const event = nested.safeParse(order.event).data;
  const show = nested.safeParse(order.show).data;
  const direct = [order.event_id, order.show_id, event?.id, show?.event_id, show?.id];
  const fromBaskets = (order.baskets ?? []).flatMap((basket) => [basket.event_id, basket.show_id]);
  return [...direct, ...fromBaskets].map(idText).find((id) => id !== undefined);
}

function quantityOf(value: unknown): number | undefined {
  const text = idText(value);
  return text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) : undefined;
}

function isGone(basket: Record<string, unknown>): boolean {
  const set = (value: unknown) => value !== undefined && value !== null && value !== '';
  // A `refunded_amount` of 0 stands in every cancelled basket: only the times say that it is gone.
  return set(basket.deleted_at) || set(basket.refunded_at);
}

/** One order as a row, or why it gives none. Differences that do not hinder are written down. */
export function orderRow(raw: unknown, context: OrderContext, place: Place, findings: Findings): OrderResult {
  const parsed = readable.safeParse(raw);
  const orderId = typeof raw === 'object' && raw !== null ? idText(Reflect.get(raw, 'id')) : undefined;
  const reject = (reason: string): OrderResult => ({ kind: 'rejected', reason, orderId });
  if (!parsed.success) return reject('it is no order: baskets that cannot be read');
  const order = parsed.data;
  if (!isPaid(order.payed)) return { kind: 'unpaid', orderId };
  if (orderId === undefined) return reject('no id');
  const eventId = eventIdOf(order);
  if (eventId === undefined) return reject('no event');

  const paidAt = instantOf(order.payed_at);
  if (paidAt === undefined) {
    if (order.payed_at !== null && order.payed_at !== undefined && order.payed_at !== '')
      return reject('payed_at is no time');
    findings.drift(
      place,
      'fallback',
      'payed_at',
      'a time, since it is paid',
      `${typeName(order.payed_at)}: created_at is taken`,
    );
  }
  const soldAt = paidAt ?? instantOf(order.created_at);
  if (soldAt === undefined) return reject('no time');
  if (soldAt.assumed) findings.drift(place, 'zone', 'payed_at', 'a time with its offset', 'no offset: read as UTC');

  if (order.baskets === undefined) return reject('no baskets');
  let tickets = 0;
  let revenue = 0n;
  for (const [index, basket] of order.baskets.entries()) {
    if (isGone(basket)) continue;
    const quantity = quantityOf(basket.quantity);
    if (quantity === undefined) return reject('a basket without a quantity');
    const price = minorUnits(basket.price);
    if ('reason' in price) return reject(`a basket with ${price.reason}`);
    if (price.rounded)
      findings.drift(place, 'rounded', `baskets[${index}].price`, 'an amount with two decimal places', 'a binary rest');
    tickets += quantity;
    revenue += price.minor * BigInt(quantity);
  }
  const utm = utmOf(order);
  const currency = idText(order.currency_id)?.toUpperCase() ?? 'RUB';
  return {
    kind: 'row',
    row: {
      order_id: orderId,
      event_id: eventId,
      city: context.cityOf(eventId),
      utm_source: utm.source,
      utm_medium: utm.medium,
      utm_campaign: utm.campaign,
      utm_content: utm.content,
      utm_term: utm.term,
      sale_ts: soldAt.seconds,
      tickets_sold: tickets,
      revenue: Number(decimalText(revenue)),
      currency,
      payload_json: canonicalJson(raw),
      _ver: context.version,
      _dedup_key: orderKey(context.keys, { orderId, eventId, saleTs: soldAt.seconds, revenue }),
    },
  };
}
