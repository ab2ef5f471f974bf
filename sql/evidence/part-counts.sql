-- title: active parts of each partition, the busiest first
-- needs: system.parts
SELECT
    database,
    table,
    partition,
    toString(count()) AS parts
FROM system.parts
WHERE active AND has({databases:Array(String)}, database) AND has({tables:Array(String)}, table)
GROUP BY database, table, partition
ORDER BY count() DESC, database, table, partition
LIMIT {limit:UInt64}
