-- Places of each event at the end of each window; NULL where the API did not say.
CREATE TABLE IF NOT EXISTS stg_qtickets_api_inventory_raw
(
    snapshot_ts DateTime,
    event_id String,
    event_name String,
    city LowCardinality(String),
    tickets_total Nullable(UInt32),
    tickets_left Nullable(UInt32),
    _ver UInt64,
    _dedup_key FixedString(32)
)
ENGINE = ReplacingMergeTree(_ver)
ORDER BY (event_id, city, snapshot_ts);
