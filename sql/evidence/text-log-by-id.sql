-- title: lines of the text log of named statements, newest first, with every column this version has
-- needs: system.text_log
SELECT toString(event_time, 'UTC') AS event_time_utc, *
FROM system.text_log
WHERE event_date >= toDate(toDateTime({from:UInt32})) - 1
    AND event_date <= toDate(toDateTime({to:UInt32})) + 1
    AND event_time >= toDateTime({from:UInt32})
    AND event_time <= toDateTime({to:UInt32})
    AND has({ids:Array(String)}, query_id)
ORDER BY event_date DESC, event_time DESC, event_time_microseconds DESC, query_id, message -- if: system.text_log.event_time_microseconds
ORDER BY event_date DESC, event_time DESC, microseconds DESC, query_id, message -- unless: system.text_log.event_time_microseconds
LIMIT {limit:UInt64}
