-- Promo codes; a code is not unique, its id is.
CREATE TABLE IF NOT EXISTS stg_qtickets_api_promo_codes_raw
(
    promo_code_id String,
    code String,
    discount_type LowCardinality(String),
    discount_value Nullable(Float64),
    valid_from Nullable(DateTime),
    valid_to Nullable(DateTime),
    payload_json String,
    _ver UInt64,
    _ingest_ts DateTime
)
ENGINE = ReplacingMergeTree(_ver)
ORDER BY promo_code_id;
