-- title: rows and parts of tables of every replica
-- needs: system.parts
SELECT
    toUInt32(_shard_num) AS node,
    database,
    table,
    toString(sum(rows)) AS row_count,
    toString(count()) AS part_count
FROM clusterAllReplicas({cluster:String}, system, parts)
WHERE active AND has({databases:Array(String)}, database) AND has({tables:Array(String)}, table)
GROUP BY node, database, table
ORDER BY node, database, table
LIMIT {limit:UInt64}
SETTINGS skip_unavailable_shards = 1
