-- title: tables of every replica
-- needs: system.tables
SELECT
    toUInt32(_shard_num) AS node,
    database,
    name AS table,
    engine,
    engine_full, -- if: system.tables.engine_full
    create_table_query AS create_query, -- if: system.tables.create_table_query
    sorting_key, -- if: system.tables.sorting_key
    primary_key, -- if: system.tables.primary_key
    partition_key, -- if: system.tables.partition_key
    sampling_key, -- if: system.tables.sampling_key
    hostName() AS hostname
FROM clusterAllReplicas({cluster:String}, system, tables)
WHERE has({databases:Array(String)}, database) AND has({tables:Array(String)}, name)
ORDER BY node, database, table
LIMIT {limit:UInt64}
SETTINGS skip_unavailable_shards = 1
