-- title: the name of every replica
SELECT
    toUInt32(_shard_num) AS node,
    hostName() AS hostname
FROM clusterAllReplicas({cluster:String}, system, one)
ORDER BY node
LIMIT {limit:UInt64}
SETTINGS skip_unavailable_shards = 1
