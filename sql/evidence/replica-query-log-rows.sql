-- title: rows of the query log of a replica in a window, newest first, with every column it has
SELECT
    hostName() AS hostname,
    toString(event_time, 'UTC') AS event_time_utc,
    *
FROM remote({address:String}, system, query_log)
WHERE event_date >= toDate(toDateTime({from:UInt32})) - 1
    AND event_date <= toDate(toDateTime({to:UInt32})) + 1
    AND event_time >= toDateTime({from:UInt32})
    AND event_time <= toDateTime({to:UInt32})
ORDER BY event_date DESC, event_time DESC, query_start_time DESC, query_id, type
LIMIT {limit:UInt64}
