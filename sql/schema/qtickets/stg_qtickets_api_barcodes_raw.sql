-- Barcodes of shows.
CREATE TABLE IF NOT EXISTS stg_qtickets_api_barcodes_raw
(
    barcode String,
    event_id String,
    show_id String,
    status LowCardinality(String),
    checked_at Nullable(DateTime),
    payload_json String,
    _ver UInt64,
    _ingest_ts DateTime
)
ENGINE = ReplacingMergeTree(_ver)
ORDER BY (event_id, show_id, barcode);
