-- title: asynchronous inserts of a window, counted
-- needs: system.asynchronous_insert_log
SELECT
    toString(status) AS what,
    concat(database, '.', table) AS of_table, -- if: system.asynchronous_insert_log.database
    '' AS of_table, -- unless: system.asynchronous_insert_log.database
    toString(count()) AS entries,
    toString(countIf(toInt8(status) != 0)) AS bad,
    toString(sum(rows)) AS row_count, -- if: system.asynchronous_insert_log.rows
    '' AS row_count, -- unless: system.asynchronous_insert_log.rows
    substring(argMaxIf(exception, event_time, exception != ''), 1, 600) AS message,
    toUInt32(toUnixTimestamp(max(event_time))) AS last_seconds
FROM system.asynchronous_insert_log
WHERE event_date >= toDate(toDateTime({from:UInt32})) - 1
    AND event_date <= toDate(toDateTime({to:UInt32})) + 1
    AND event_time >= toDateTime({from:UInt32})
    AND event_time <= toDateTime({to:UInt32})
GROUP BY what, of_table
ORDER BY bad DESC, what, of_table
LIMIT {limit:UInt64}
