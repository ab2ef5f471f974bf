-- title: parts of tables that were put aside, counted
-- needs: system.detached_parts
SELECT
    if(ifNull(reason, '') = '', 'detached by a statement', reason) AS what,
    concat(database, '.', table) AS of_table,
    toString(count()) AS entries,
    toString(countIf(match(ifNull(reason, ''), 'broken|unexpected|noquorum'))) AS bad,
    '' AS row_count,
    any(name) AS message,
    toUInt32(toUnixTimestamp(now())) AS last_seconds
FROM system.detached_parts
WHERE (empty({tables:Array(String)}) OR (has({databases:Array(String)}, database) AND has({tables:Array(String)}, table)))
GROUP BY what, of_table
ORDER BY bad DESC, what, of_table
LIMIT {limit:UInt64}
