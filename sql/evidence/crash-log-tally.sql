-- title: crashes of the server in a window, counted
-- needs: system.crash_log
SELECT
    concat('signal ', toString(signal)) AS what,
    '' AS of_table,
    toString(count()) AS entries,
    toString(count()) AS bad,
    '' AS row_count,
    substring(arrayStringConcat(argMax(trace_full, event_time), ' | '), 1, 600) AS message,
    toUInt32(toUnixTimestamp(max(event_time))) AS last_seconds
FROM system.crash_log
WHERE event_date >= toDate(toDateTime({from:UInt32})) - 1
    AND event_date <= toDate(toDateTime({to:UInt32})) + 1
    AND event_time >= toDateTime({from:UInt32})
    AND event_time <= toDateTime({to:UInt32})
GROUP BY what, of_table
ORDER BY bad DESC, what, of_table
LIMIT {limit:UInt64}
