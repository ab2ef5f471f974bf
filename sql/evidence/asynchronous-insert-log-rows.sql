-- title: asynchronous inserts of a window, newest first, with every column this version has
-- needs: system.asynchronous_insert_log
SELECT toString(event_time, 'UTC') AS event_time_utc, *
FROM system.asynchronous_insert_log
WHERE event_date >= toDate(toDateTime({from:UInt32})) - 1
    AND event_date <= toDate(toDateTime({to:UInt32})) + 1
    AND event_time >= toDateTime({from:UInt32})
    AND event_time <= toDateTime({to:UInt32})
ORDER BY event_date DESC, event_time DESC, query_id, flush_query_id, bytes
LIMIT {limit:UInt64}
