-- title: rows of the query log in a window that hold an exception, newest first, ours left out, with every column this version has
-- needs: system.query_log
SELECT toString(event_time, 'UTC') AS event_time_utc, *
FROM system.query_log
WHERE event_date >= toDate(toDateTime({from:UInt32})) - 1
    AND event_date <= toDate(toDateTime({to:UInt32})) + 1
    AND event_time >= toDateTime({from:UInt32})
    AND event_time <= toDateTime({to:UInt32})
    AND toInt8(type) IN (3, 4)
    AND (NOT startsWith(query_id, 'chwitness-') OR match(query_id, '^chwitness-.+-load-'))
ORDER BY event_date DESC, event_time DESC, query_start_time DESC, query_id, type
LIMIT {limit:UInt64}
