-- Discounts; the API gives no value.
CREATE TABLE IF NOT EXISTS stg_qtickets_api_discounts_raw
(
    discount_id String,
    name String,
    discount_type LowCardinality(String),
    discount_value Nullable(Float64),
    payload_json String,
    _ver UInt64,
    _ingest_ts DateTime
)
ENGINE = ReplacingMergeTree(_ver)
ORDER BY discount_id;
