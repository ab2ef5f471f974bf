-- title: columns of tables of every replica
-- needs: system.columns
SELECT
    toUInt32(_shard_num) AS node,
    database,
    table,
    name,
    type,
    compression_codec AS codec, -- if: system.columns.compression_codec
    default_kind, -- if: system.columns.default_kind
    default_type AS default_kind, -- unless: system.columns.default_kind
    default_expression
FROM clusterAllReplicas({cluster:String}, system, columns)
WHERE has({databases:Array(String)}, database) AND has({tables:Array(String)}, table)
ORDER BY node, database, table, name
LIMIT {limit:UInt64}
SETTINGS skip_unavailable_shards = 1
