-- title: rows of the query log of named statements and what they started elsewhere, oldest first, with every column this version has
-- needs: system.query_log
SELECT toString(event_time, 'UTC') AS event_time_utc, *
FROM system.query_log
WHERE event_date >= toDate(toDateTime({from:UInt32})) - 1
    AND event_date <= toDate(toDateTime({to:UInt32})) + 1
    AND event_time >= toDateTime({from:UInt32})
    AND event_time <= toDateTime({to:UInt32})
    AND (has({ids:Array(String)}, query_id) OR has({ids:Array(String)}, initial_query_id))
ORDER BY event_date, event_time, query_start_time, query_id, type
LIMIT {limit:UInt64}
