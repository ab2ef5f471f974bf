-- title: materialized views that inserts of a window went through, newest first, with every column this version has
-- needs: system.query_views_log
SELECT toString(event_time, 'UTC') AS event_time_utc, *
FROM system.query_views_log
WHERE event_date >= toDate(toDateTime({from:UInt32})) - 1
    AND event_date <= toDate(toDateTime({to:UInt32})) + 1
    AND event_time >= toDateTime({from:UInt32})
    AND event_time <= toDateTime({to:UInt32})
ORDER BY event_date DESC, event_time DESC, initial_query_id, view_name
LIMIT {limit:UInt64}
