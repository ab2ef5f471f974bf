import { plural } from '../../kernel/format.ts';
import { salesFacts } from '../../load/qtickets/facts.ts';
import { type Stored, storeOrders } from '../../load/qtickets/orders.ts';
import { refresh } from '../../load/qtickets/rebuild.ts';
import type { EventInfo } from '../../source/qtickets/event.ts';
import { type OrderPage, readOrders } from '../../source/qtickets/orders.ts';
import { moscowDay } from '../../source/qtickets/times.ts';
import { count, type World } from './world.ts';

/** Pages as they come, counted on the way. */
async function* counted(world: World, events: ReadonlyMap<string, EventInfo>): AsyncGenerator<OrderPage> {
  const { findings, window, version, settings, client, told } = world;
  const context = { cityOf: (id: string) => events.get(id)?.city ?? '', version, keys: settings.keys };
  for await (const page of readOrders(client, window, context, findings)) {
    count(told.records, 'orders', page.records);
    yield page;
  }
}

/** A dry run counts what it would stage. */
async function dryOrders(world: World, pages: AsyncIterable<OrderPage>): Promise<Stored> {
  const stored: Stored = { orders: 0, days: new Set(), currencies: new Map(), taken_back: 0 };
  const upsert = world.into('orders');
  for await (const { rows } of pages) {
    for (const row of rows) {
      await upsert.add(row);
      stored.days.add(moscowDay(row.sale_ts));
      stored.currencies.set(row.currency, (stored.currencies.get(row.currency) ?? 0) + 1);
    }
    stored.orders += rows.length;
  }
  return stored;
}

/** Stages the orders of the window. @throws ApiError, EngineError */
export async function stageOrders(world: World, events: ReadonlyMap<string, EventInfo>): Promise<Stored> {
  const { findings, settings, told } = world;
  const pages = counted(world, events);
  const stored = world.dryRun
    ? await dryOrders(world, pages)
    : await storeOrders(pages, {
        target: world.target,
        table: world.tables.orders,
        upsert: world.into('orders'),
        version: world.version,
        signal: world.signal,
        dayOf: moscowDay,
        intend: (days) => world.state.intend(days),
      });
  count(told.records, 'orders', 0);
  told.rows.sales_rows = stored.orders + stored.taken_back;
  for (const [currency, orders] of stored.currencies)
    if (currency !== settings.currency)
      findings.notes.add(
        `${plural(orders, 'order')} in ${/^[A-Z]{3}$/.test(currency) ? currency : 'what is no code of a currency'}: their tickets are in the daily facts, their money is not added to ${settings.currency}`,
      );
  if (stored.taken_back > 0)
    findings.notes.add(
      `${plural(stored.taken_back, 'order')} taken back: sold once, no sale any more, zero from now on`,
    );
  return stored;
}

/** Sums of every day that this run, or one that was killed, has touched. Days without orders stay as they are. */
export async function refreshSales(world: World, stored: Stored): Promise<void> {
  const { settings, tables, version, told } = world;
  const days = [...new Set([...stored.days, ...(await world.state.days())])].sort();
  if (days.length > 0 && !world.dryRun) {
    const [daily, utm] = salesFacts(tables, days, version, settings.currency);
    const tools = {
      target: world.target,
      signal: world.signal,
      clone: world.clone,
      note: (sentence: string) => void world.findings.notes.add(sentence),
    };
    if (daily) told.facts.push({ key: 'daily', rows: await refresh(daily, tools) });
    if (utm) told.facts.push({ key: 'utm', rows: await refresh(utm, tools) });
  }
  if (!world.dryRun) await world.state.settle();
  else if (days.length > 0)
    world.findings.notes.add(`the daily facts of ${plural(days.length, 'day')} would be rebuilt`);
  const rowsOf = (key: string) => told.facts.find((fact) => fact.key === key)?.rows ?? 0;
  told.rows.sales_daily_rows = rowsOf('daily');
  told.rows.sales_utm_daily_rows = rowsOf('utm');
}
