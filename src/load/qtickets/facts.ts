import { quoteName } from '../../kernel/sql.ts';
import { tableSql } from '../../model/table.ts';
import type { FactTable } from './rebuild.ts';
import type { Tables } from './tables.ts';

const UTM = ['utm_source', 'utm_medium', 'utm_campaign', 'utm_content', 'utm_term'];
const DAY = "toDate(sale_ts, 'Europe/Moscow')";

/**
 * Sums of whole days, read from everything that is staged and not from the window. An order counts once by its id, in its
 * newest version, whatever key it was staged under. Money is added in hundredths, so that no binary rest grows; another
 * currency is never added to it.
 */
function sums(tables: Tables, keys: readonly string[]): string {
  const columns = ['order_id', 'event_id', 'city', ...UTM, 'sale_ts', 'tickets_sold', 'revenue', 'currency', '_ver'];
  const names = keys.map(quoteName).join(', ');
  return `SELECT ${names}, sum(tickets_sold) AS tickets, sum(hundredths) / 100 AS amount, toUInt64({version:UInt64}) AS version
FROM
(
    SELECT ${DAY} AS sales_date, event_id, city, ${UTM.join(', ')}, tickets_sold,
        if(currency = {currency:String}, toInt64(round(revenue * 100)), toInt64(0)) AS hundredths
    FROM
    (
        SELECT ${columns.join(', ')}
        FROM ${tableSql(tables.orders)} FINAL
        ORDER BY order_id, _ver DESC, sale_ts DESC
        LIMIT 1 BY order_id
    )
)
WHERE has({days:Array(String)}, toString(sales_date))
GROUP BY ${names}`;
}

/** Both tables of sales for these days (`2025-01-15`, in Moscow). */
export function salesFacts(tables: Tables, days: readonly string[], version: number, currency: string): FactTable[] {
  const params = { days: [...days], version, currency };
  const stale = 'has({days:Array(String)}, toString(sales_date))';
  const fact = (key: 'daily' | 'utm', keys: readonly string[]): FactTable => ({
    table: tables[key],
    columns: [...keys, 'tickets_sold', 'revenue', '_ver'],
    fresh: sums(tables, keys),
    stale,
    params,
  });
  return [fact('daily', ['sales_date', 'event_id', 'city']), fact('utm', ['sales_date', 'event_id', 'city', ...UTM])];
}

/** The newest snapshot of each event that has one. Rows of events without a staged snapshot stay. */
export function latestFact(tables: Tables): FactTable {
  const columns = ['snapshot_ts', 'event_id', 'event_name', 'city', 'tickets_total', 'tickets_left', '_ver'];
  const staged = tableSql(tables.inventory);
  return {
    table: tables.latest,
    columns,
    fresh: `SELECT ${columns.join(', ')} FROM ${staged} FINAL ORDER BY event_id, snapshot_ts DESC, _ver DESC LIMIT 1 BY event_id`,
    stale: `event_id IN (SELECT event_id FROM ${staged})`,
    params: {},
  };
}
