-- title: crashes of the server in a window, newest first, with every column this version has
-- needs: system.crash_log
SELECT toString(event_time, 'UTC') AS event_time_utc, *
FROM system.crash_log
WHERE event_date >= toDate(toDateTime({from:UInt32})) - 1
    AND event_date <= toDate(toDateTime({to:UInt32})) + 1
    AND event_time >= toDateTime({from:UInt32})
    AND event_time <= toDateTime({to:UInt32})
ORDER BY event_date DESC, event_time DESC, timestamp_ns DESC, thread_id
LIMIT {limit:UInt64}
