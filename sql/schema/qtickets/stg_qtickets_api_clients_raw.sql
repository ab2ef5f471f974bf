-- Customers; their names, phones and addresses are personal data and stand in payload_json, too.
CREATE TABLE IF NOT EXISTS stg_qtickets_api_clients_raw
(
    client_id String,
    email String,
    phone String,
    first_name String,
    last_name String,
    middle_name String,
    payload_json String,
    _ver UInt64,
    _ingest_ts DateTime
)
ENGINE = ReplacingMergeTree(_ver)
ORDER BY client_id;
