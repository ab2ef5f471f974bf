-- Colours that prices are shown in.
CREATE TABLE IF NOT EXISTS stg_qtickets_api_price_shades_raw
(
    shade_id String,
    name String,
    color String,
    payload_json String,
    _ver UInt64,
    _ingest_ts DateTime
)
ENGINE = ReplacingMergeTree(_ver)
ORDER BY shade_id;
