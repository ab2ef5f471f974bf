-- title: what replicas of tables have yet to do, counted
-- needs: system.replication_queue
SELECT
    toString(type) AS what,
    concat(database, '.', table) AS of_table,
    toString(count()) AS entries,
    toString(countIf(last_exception != '')) AS bad,
    '' AS row_count,
    substring(anyIf(last_exception, last_exception != ''), 1, 600) AS message,
    toUInt32(toUnixTimestamp(now())) AS last_seconds
FROM system.replication_queue
WHERE (empty({tables:Array(String)}) OR (has({databases:Array(String)}, database) AND has({tables:Array(String)}, table)))
GROUP BY what, of_table
ORDER BY bad DESC, what, of_table
LIMIT {limit:UInt64}
