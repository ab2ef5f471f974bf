-- title: parts made, merged and dropped in a window, newest first, with every column this version has
-- needs: system.part_log
SELECT toString(event_time, 'UTC') AS event_time_utc, *
FROM system.part_log
WHERE event_date >= toDate(toDateTime({from:UInt32})) - 1
    AND event_date <= toDate(toDateTime({to:UInt32})) + 1
    AND event_time >= toDateTime({from:UInt32})
    AND event_time <= toDateTime({to:UInt32})
    AND (empty({tables:Array(String)}) OR (has({databases:Array(String)}, database) AND has({tables:Array(String)}, table)))
ORDER BY event_date DESC, event_time DESC, database, table, part_name, event_type
LIMIT {limit:UInt64}
