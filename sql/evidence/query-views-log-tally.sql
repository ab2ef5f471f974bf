-- title: materialized views that inserts of a window went through, counted
-- needs: system.query_views_log
SELECT
    view_name AS what,
    toString(view_target) AS of_table,
    toString(count()) AS entries,
    toString(countIf(exception_code != 0)) AS bad,
    toString(sum(written_rows)) AS row_count,
    substring(argMaxIf(exception, event_time, exception != ''), 1, 600) AS message,
    toUInt32(toUnixTimestamp(max(event_time))) AS last_seconds
FROM system.query_views_log
WHERE event_date >= toDate(toDateTime({from:UInt32})) - 1
    AND event_date <= toDate(toDateTime({to:UInt32})) + 1
    AND event_time >= toDateTime({from:UInt32})
    AND event_time <= toDateTime({to:UInt32})
GROUP BY what, of_table
ORDER BY bad DESC, what, of_table
LIMIT {limit:UInt64}
