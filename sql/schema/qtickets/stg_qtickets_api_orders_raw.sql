-- Paid orders as the API gave them, one row a version; FINAL shows the newest. Money of `revenue` is in units of `currency`.
-- The columns without a zone hold instants; a day is the day in Europe/Moscow.
CREATE TABLE IF NOT EXISTS stg_qtickets_api_orders_raw
(
    order_id String,
    event_id String,
    city LowCardinality(String),
    utm_source LowCardinality(String),
    utm_medium LowCardinality(String),
    utm_campaign String,
    utm_content String,
    utm_term String,
    sale_ts DateTime,
    tickets_sold UInt32,
    revenue Float64,
    currency LowCardinality(String),
    payload_json String,
    _ver UInt64,
    _dedup_key FixedString(32)
)
ENGINE = ReplacingMergeTree(_ver)
ORDER BY _dedup_key;
