import type { Target } from '../../engine/target.ts';
import { quoteText } from '../../kernel/sql.ts';
import { type TableName, tableSql } from '../../model/table.ts';
import type { Upsert } from '../upsert.ts';

/** As much of a row as storing it needs. */
export interface StagedOrder {
  order_id: string;
  sale_ts: number;
  tickets_sold: number;
  revenue: number;
  currency: string;
  payload_json: string;
  _ver: number;
}

export interface OrderPage<Row extends StagedOrder> {
  rows: readonly Row[];
  /** Stored only where the order is stored already: alone it would pass for the sales of its whole day. */
  others: readonly Row[];
  /** Orders that are no sale any more. */
  gone: readonly { orderId: string; payload: string }[];
}

export interface StoreTools {
  target: Target;
  table: TableName;
  upsert: Upsert;
  version: number;
  signal: AbortSignal;
  /** Day in Moscow of Unix seconds. */
  dayOf(seconds: number): string;
  /** Writes the days down, on the disk, before their orders change. */
  intend(days: ReadonlySet<string>): Promise<void>;
}

export interface Stored {
  orders: number;
  /** Days whose sums changed, or may have. */
  days: Set<string>;
  /** Orders by currency. */
  currencies: Map<string, number>;
  /** Orders that were stored as sales and are none any more: zero from now on. */
  taken_back: number;
}

/** Rows that are held at a time: an order weighs some kB in memory. */
const TOGETHER = 2000;
const COPIED =
  'order_id, event_id, city, utm_source, utm_medium, utm_campaign, utm_content, utm_term, currency, _dedup_key';

type Before = Record<string, unknown> & { order_id: string; sale_ts: string };

/** Ids in the text itself: thousands of them fit no URL, and old servers bind none. */
function listOf(ids: readonly string[]): string {
  return ids.map(quoteText).join(', ');
}

/** Sums of which day an order stood in until now. */
async function daysBefore(ids: readonly string[], tools: StoreTools): Promise<string[]> {
  const rows = await tools.target.all<{ day: string }>(
    `SELECT DISTINCT toString(toDate(sale_ts, 'Europe/Moscow')) AS day FROM ${tableSql(tools.table)} WHERE order_id IN (${listOf(ids)})`,
    { purpose: 'load', signal: tools.signal },
  );
  return rows.map((row) => row.day);
}

/** Which of these orders are stored. */
async function storedOf(ids: readonly string[], tools: StoreTools): Promise<Set<string>> {
  const rows = await tools.target.all<{ order_id: string }>(
    `SELECT DISTINCT order_id FROM ${tableSql(tools.table)} WHERE order_id IN (${listOf(ids)})`,
    { purpose: 'load', signal: tools.signal },
  );
  return new Set(rows.map((row) => row.order_id));
}

/** Orders that were sales, as rows that count nothing; those that never were need none. */
async function takenBack(payloads: ReadonlyMap<string, string>, tools: StoreTools) {
  const before = await tools.target.all<Before>(
    `SELECT ${COPIED}, toUnixTimestamp(sale_ts) AS sale_ts FROM ${tableSql(tools.table)} FINAL WHERE order_id IN (${listOf([...payloads.keys()])})`,
    { purpose: 'load', signal: tools.signal },
  );
  return before.map((row) => ({
    ...row,
    sale_ts: Number(row.sale_ts),
    tickets_sold: 0,
    revenue: 0,
    payload_json: payloads.get(row.order_id) ?? '',
    _ver: tools.version,
  }));
}

/** Whether any order is staged that was sold in this interval (Unix seconds). @throws EngineError */
export async function isStaged(
  target: Target,
  table: TableName,
  from: number,
  to: number,
  signal: AbortSignal,
): Promise<boolean> {
  const rows = await target.all<{ order_id: string }>(
    `SELECT order_id FROM ${tableSql(table)} WHERE toUnixTimestamp(sale_ts) >= {from:UInt32} AND toUnixTimestamp(sale_ts) < {to:UInt32} LIMIT 1`,
    { params: { from, to }, purpose: 'load', signal },
  );
  return rows.length > 0;
}

/** Stages orders page by page in bounded memory. @throws EngineError, and what reading throws */
export async function storeOrders<Row extends StagedOrder>(
  pages: AsyncIterable<OrderPage<Row>>,
  tools: StoreTools,
): Promise<Stored> {
  const stored: Stored = { orders: 0, days: new Set(), currencies: new Map(), taken_back: 0 };
  const [first] = await tools.target.all<{ order_id: string }>(
    `SELECT order_id FROM ${tableSql(tools.table)} LIMIT 1`,
    { purpose: 'load', signal: tools.signal },
  );
  const wasEmpty = first === undefined;
  let rows: Row[] = [];
  let others: Row[] = [];
  const gone = new Map<string, string>();

  /** Sales first: an order of this very run may be taken back by a later page of it. */
  const put = async () => {
    if (others.length > 0) {
      const known = await storedOf(
        others.map((row) => row.order_id),
        tools,
      );
      rows.push(...others.filter((row) => known.has(row.order_id)));
      others = [];
    }
    for (const row of rows) stored.days.add(tools.dayOf(row.sale_ts));
    const ids = rows.map((row) => row.order_id);
    if (!wasEmpty && ids.length > 0) for (const day of await daysBefore(ids, tools)) stored.days.add(day);
    await tools.intend(stored.days);
    for (const row of rows) {
      await tools.upsert.add(row);
      stored.currencies.set(row.currency, (stored.currencies.get(row.currency) ?? 0) + 1);
    }
    await tools.upsert.flush();
    stored.orders += rows.length;
    rows = [];
    if (gone.size === 0) return;
    const back = await takenBack(gone, tools);
    for (const row of back) stored.days.add(tools.dayOf(row.sale_ts));
    await tools.intend(stored.days);
    for (const row of back) await tools.upsert.add(row);
    await tools.upsert.flush();
    stored.taken_back += back.length;
    gone.clear();
  };

  for await (const page of pages) {
    tools.signal.throwIfAborted();
    for (const row of [...page.rows, ...page.others]) gone.delete(row.order_id);
    rows.push(...page.rows);
    others.push(...page.others);
    for (const { orderId, payload } of page.gone) gone.set(orderId, payload);
    if (rows.length + others.length + gone.size >= TOGETHER) await put();
  }
  await put();
  return stored;
}
