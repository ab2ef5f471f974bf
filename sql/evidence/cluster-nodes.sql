-- title: replicas of one cluster, as this node knows them
-- needs: system.clusters
-- shape: its answer settles which replicas are asked
SELECT
    toString(shard_num) AS shard,
    toString(replica_num) AS replica,
    host_name,
    host_address,
    toString(port) AS native_port
FROM system.clusters
WHERE cluster = {cluster:String}
ORDER BY shard_num, replica_num
LIMIT {limit:UInt64}
