-- title: blocks that Distributed tables have yet to pass on, counted
-- needs: system.distribution_queue
SELECT
    'files waiting' AS what,
    concat(database, '.', table) AS of_table,
    toString(sum(data_files)) AS entries,
    toString(countIf(error_count > 0 OR is_blocked = 1)) AS bad,
    '' AS row_count,
    substring(anyIf(last_exception, last_exception != ''), 1, 600) AS message, -- if: system.distribution_queue.last_exception
    '' AS message, -- unless: system.distribution_queue.last_exception
    toUInt32(toUnixTimestamp(now())) AS last_seconds
FROM system.distribution_queue
WHERE (empty({tables:Array(String)}) OR (has({databases:Array(String)}, database) AND has({tables:Array(String)}, table)))
GROUP BY what, of_table
ORDER BY bad DESC, what, of_table
LIMIT {limit:UInt64}
