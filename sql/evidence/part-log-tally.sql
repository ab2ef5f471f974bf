-- title: parts made, merged and dropped in a window, counted
-- needs: system.part_log
SELECT
    toString(event_type) AS what,
    concat(database, '.', table) AS of_table,
    toString(count()) AS entries,
    toString(countIf(error != 0)) AS bad, -- if: system.part_log.error
    '0' AS bad, -- unless: system.part_log.error
    toString(sum(rows)) AS row_count,
    substring(argMaxIf(exception, event_time, exception != ''), 1, 600) AS message, -- if: system.part_log.exception
    '' AS message, -- unless: system.part_log.exception
    toUInt32(toUnixTimestamp(max(event_time))) AS last_seconds
FROM system.part_log
WHERE event_date >= toDate(toDateTime({from:UInt32})) - 1
    AND event_date <= toDate(toDateTime({to:UInt32})) + 1
    AND event_time >= toDateTime({from:UInt32})
    AND event_time <= toDateTime({to:UInt32})
    AND (empty({tables:Array(String)}) OR (has({databases:Array(String)}, database) AND has({tables:Array(String)}, table)))
GROUP BY what, of_table
ORDER BY bad DESC, what, of_table
LIMIT {limit:UInt64}
