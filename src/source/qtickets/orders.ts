import type { Client } from './client.ts';
import type { Findings } from './drift.ts';
import { ApiError } from './errors.ts';
import { canonicalJson, idText } from './exact-json.ts';
import type { Condition } from './filter.ts';
import { isPaid, type OrderContext, type OrderRow, orderRow } from './order.ts';
import { type Page, pages } from './pages.ts';
import { noteDrift } from './shapes.ts';
import { apiTime, instantOf } from './times.ts';

export interface ReadWindow {
  /** Unix seconds, inclusive. */
  from: number;
  /** Unix seconds, exclusive. */
  to: number;
}

/** Of one page: rows to store, and orders that are no sale any more. */
export interface OrderPage {
  rows: OrderRow[];
  /** Sold outside of the window and changed in it: news of orders that are stored, and of no others. */
  others: OrderRow[];
  gone: { orderId: string; payload: string }[];
  records: number;
}

const PATH = '/orders';
const PER_PAGE = 200;
/** A record comes twice when others move between two pages, so only the last pages need to be remembered. */
const REMEMBERED = 20_000;

/** Ids of the last records with the time of their last change. */
class Recent {
  readonly #seen = new Map<string, number>();

  /** `new`, or for a record that came before: whether this one is newer. */
  meet(id: string, updated: number): 'new' | 'newer' | 'older' {
    const before = this.#seen.get(id);
    if (before !== undefined && updated <= before) return 'older';
    this.#seen.delete(id);
    this.#seen.set(id, updated);
    if (this.#seen.size > REMEMBERED) {
      const [oldest] = this.#seen.keys();
      if (oldest !== undefined) this.#seen.delete(oldest);
    }
    return before === undefined ? 'new' : 'newer';
  }
}

function updatedOf(record: unknown): number {
  const value: unknown = typeof record === 'object' && record !== null ? Reflect.get(record, 'updated_at') : undefined;
  return instantOf(value)?.seconds ?? 0;
}

function field(record: unknown, name: string): unknown {
  return typeof record === 'object' && record !== null ? Reflect.get(record, name) : undefined;
}

interface Pass {
  name: 'sold' | 'changed';
  pages: AsyncGenerator<Page>;
  /** Records that the other pass has, as it must have seen them. */
  known(record: unknown): boolean;
  /** Whether the row was sold in the window. */
  sold(row: OrderRow): boolean;
}

async function* walk(
  pass: Pass,
  first: IteratorResult<Page, void>,
  context: OrderContext,
  findings: Findings,
): AsyncGenerator<OrderPage> {
  const recent = new Recent();
  let distinct = 0;
  let total = 0;
  for (let next = first; !next.done; next = await pass.pages.next()) {
    const page = next.value;
    total = page.total;
    const result: OrderPage = { rows: [], others: [], gone: [], records: 0 };
    for (const [index, record] of page.records.entries()) {
      const place = { resource: PATH, at: `page ${page.number}, data[${index}]` };
      const id = idText(field(record, 'id'));
      const met = id === undefined ? 'new' : recent.meet(id, updatedOf(record));
      if (met === 'new') distinct += 1;
      else
        findings.drift(
          place,
          'repeated',
          'id',
          'each order once',
          `an order that came before, ${met === 'newer' ? 'newer' : 'as old'}`,
        );
      if (met === 'older') {
        findings.leave('repeated');
        continue;
      }
      if (pass.known(record)) continue;
      result.records += 1;
      noteDrift('order', record, place, findings);
      const made = orderRow(record, context, place, findings);
      if (made.kind === 'row') (pass.sold(made.row) ? result.rows : result.others).push(made.row);
      else if (made.kind === 'rejected') findings.reject(place, made.reason, made.orderId);
      else {
        findings.leave('unpaid');
        if (made.orderId !== undefined) result.gone.push({ orderId: made.orderId, payload: canonicalJson(record) });
      }
    }
    yield result;
  }
  if (distinct >= total) return;
  const message = `GET ${PATH} gave ${distinct} orders and says that there are ${total}: the rest never came`;
  throw new ApiError({ code: 'API_PAGING', message, path: PATH });
}

/**
 * Orders sold in the window, then those changed in it: a refund or a cancellation comes later than the sale, and no window
 * of sales shows it. The first page of both is there, its filter checked, before anything is given out.
 * @throws ApiError
 */
export async function* readOrders(
  client: Client,
  window: ReadWindow,
  context: OrderContext,
  findings: Findings,
): AsyncGenerator<OrderPage> {
  const between = (column: string): Condition[] => [
    { column, operator: '>=', value: apiTime(window.from) },
    { column, operator: '<', value: apiTime(window.to) },
  ];
  const query = (where: readonly Condition[]) => pages(client, { path: PATH, where, perPage: PER_PAGE }, findings);
  const begun = Math.floor(Date.now() / 1000);
  const sold: Pass = {
    name: 'sold',
    pages: query([{ column: 'payed', value: 1 }, ...between('payed_at')]),
    known: () => false,
    sold: () => true,
  };
  const changed: Pass = {
    name: 'changed',
    pages: query(between('updated_at')),
    known(record) {
      const paidAt = instantOf(field(record, 'payed_at'))?.seconds;
      const inWindow = paidAt !== undefined && paidAt >= window.from && paidAt < window.to;
      // What changed after the first pass began may have been read before its change.
      return isPaid(field(record, 'payed')) && inWindow && updatedOf(record) < begun;
    },
    sold: (row) => row.sale_ts >= window.from && row.sale_ts < window.to,
  };
  const first = { sold: await sold.pages.next(), changed: await changed.pages.next() };
  yield* walk(sold, first.sold, context, findings);
  yield* walk(changed, first.changed, context, findings);
}
