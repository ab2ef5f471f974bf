-- title: rows of the query log of every replica in a window, newest first, with every column they have
SELECT
    toUInt32(_shard_num) AS node,
    hostName() AS hostname,
    toString(event_time, 'UTC') AS event_time_utc,
    *
FROM clusterAllReplicas({cluster:String}, system, query_log)
WHERE event_date >= toDate(toDateTime({from:UInt32})) - 1
    AND event_date <= toDate(toDateTime({to:UInt32})) + 1
    AND event_time >= toDateTime({from:UInt32})
    AND event_time <= toDateTime({to:UInt32})
ORDER BY event_date DESC, event_time DESC, query_start_time DESC, query_id, type, node
LIMIT {limit:UInt64}
SETTINGS skip_unavailable_shards = 1
