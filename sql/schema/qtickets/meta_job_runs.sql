-- One row a run, whatever became of it.
CREATE TABLE IF NOT EXISTS meta_job_runs
(
    job LowCardinality(String),
    run_id UUID DEFAULT generateUUIDv4(),
    started_at DateTime,
    finished_at DateTime,
    status LowCardinality(String),
    rows_processed UInt64,
    message String,
    metrics String
)
ENGINE = MergeTree
ORDER BY (job, started_at);
