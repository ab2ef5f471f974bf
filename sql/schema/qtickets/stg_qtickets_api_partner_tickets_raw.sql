-- Tickets that partners sold.
CREATE TABLE IF NOT EXISTS stg_qtickets_api_partner_tickets_raw
(
    ticket_id String,
    event_id String,
    show_id String,
    external_order_id String,
    external_id String,
    barcode String,
    paid UInt8,
    price Nullable(Float64),
    payload_json String,
    _ver UInt64,
    _ingest_ts DateTime
)
ENGINE = ReplacingMergeTree(_ver)
ORDER BY ticket_id;
