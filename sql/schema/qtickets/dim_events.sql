-- Events; the dates are those of their live shows. The two ticket columns are not written.
CREATE TABLE IF NOT EXISTS dim_events
(
    event_id String,
    event_name String,
    city LowCardinality(String),
    start_date Nullable(Date),
    end_date Nullable(Date),
    tickets_total UInt32 DEFAULT 0,
    tickets_left UInt32 DEFAULT 0,
    _ver UInt64,
    _loaded_at DateTime DEFAULT now()
)
ENGINE = ReplacingMergeTree(_ver)
ORDER BY event_id;
