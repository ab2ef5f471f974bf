-- The newest snapshot of each event.
CREATE TABLE IF NOT EXISTS fact_qtickets_inventory_latest
(
    snapshot_ts DateTime,
    event_id String,
    event_name String,
    city LowCardinality(String),
    tickets_total Nullable(UInt32),
    tickets_left Nullable(UInt32),
    _ver UInt64
)
ENGINE = ReplacingMergeTree(_ver)
ORDER BY (event_id, city);
