-- Sums of stg_qtickets_api_orders_raw by day in Europe/Moscow. `revenue` holds one currency alone.
CREATE TABLE IF NOT EXISTS fact_qtickets_sales_daily
(
    sales_date Date,
    event_id String,
    city LowCardinality(String),
    tickets_sold UInt32,
    revenue Float64,
    _ver UInt64
)
ENGINE = ReplacingMergeTree(_ver)
ORDER BY (event_id, sales_date, city);
