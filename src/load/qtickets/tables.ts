import type { TableName } from '../../model/table.ts';

/** Names of the tables, in the order in which a run writes them. */
const TABLES = {
  orders: 'stg_qtickets_api_orders_raw',
  inventory: 'stg_qtickets_api_inventory_raw',
  events: 'dim_events',
  daily: 'fact_qtickets_sales_daily',
  utm: 'fact_qtickets_sales_utm_daily',
  clients: 'stg_qtickets_api_clients_raw',
  price_shades: 'stg_qtickets_api_price_shades_raw',
  discounts: 'stg_qtickets_api_discounts_raw',
  promo_codes: 'stg_qtickets_api_promo_codes_raw',
  barcodes: 'stg_qtickets_api_barcodes_raw',
  partner_tickets: 'stg_qtickets_api_partner_tickets_raw',
  latest: 'fact_qtickets_inventory_latest',
  jobRuns: 'meta_job_runs',
} as const;
export type TableKey = keyof typeof TABLES;

export type Tables = Record<TableKey, TableName>;

/** All tables of a run, in one database. */
export function tablesIn(database: string): Tables {
  const name = (key: TableKey): TableName => ({ database, table: TABLES[key] });
  return {
    orders: name('orders'),
    inventory: name('inventory'),
    events: name('events'),
    daily: name('daily'),
    utm: name('utm'),
    clients: name('clients'),
    price_shades: name('price_shades'),
    discounts: name('discounts'),
    promo_codes: name('promo_codes'),
    barcodes: name('barcodes'),
    partner_tickets: name('partner_tickets'),
    latest: name('latest'),
    jobRuns: name('jobRuns'),
  };
}

function names(text: string): readonly string[] {
  return text.split(/\s+/);
}

const RECORD = 'payload_json _ver _ingest_ts';

/** What a run writes into each staging table. */
export const COLUMNS = {
  orders: names(
    `order_id event_id city utm_source utm_medium utm_campaign utm_content utm_term sale_ts
    tickets_sold revenue currency payload_json _ver _dedup_key`,
  ),
  inventory: names('snapshot_ts event_id event_name city tickets_total tickets_left _ver _dedup_key'),
  events: names('event_id event_name city start_date end_date _ver'),
  clients: names(`client_id email phone first_name last_name middle_name ${RECORD}`),
  price_shades: names(`shade_id name color ${RECORD}`),
  discounts: names(`discount_id name discount_type discount_value ${RECORD}`),
  promo_codes: names(`promo_code_id code discount_type discount_value valid_from valid_to ${RECORD}`),
  barcodes: names(`barcode event_id show_id status checked_at ${RECORD}`),
  partner_tickets: names(`ticket_id event_id show_id external_order_id external_id barcode paid price ${RECORD}`),
} as const;
export type StagingKey = keyof typeof COLUMNS;
