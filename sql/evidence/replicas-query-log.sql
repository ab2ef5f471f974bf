-- title: statements of a window in the query log of every replica, those of our own questions left out
SELECT
    toUInt32(_shard_num) AS node,
    hostName() AS hostname,
    upper(extract(query, '(?s)^(?:\\s+|--[^\\n]*\\n|/\\*.*?\\*/|\\()*([A-Za-z]+)')) AS kind,
    user AS who,
    extract(query, '(?is)^(?:\\s+|--[^\\n]*\\n|/\\*.*?\\*/)*INSERT\\s+INTO\\s+(?:TABLE\\s+)?((?:`[^`]+`|"[^"]+"|[^\\s.(`"]+)(?:\\s*\\.\\s*(?:`[^`]+`|"[^"]+"|[^\\s.(`"]+))?)') AS target,
    toString(countIf(toInt8(type) = 2)) AS finished,
    toString(countIf(toInt8(type) IN (3, 4))) AS failed,
    toUInt32(toUnixTimestamp(max(event_time))) AS last_seconds,
    substring(argMax(exception, event_time), 1, 600) AS last_exception
FROM clusterAllReplicas({cluster:String}, system, query_log)
WHERE event_date >= toDate(toDateTime({from:UInt32})) - 1
    AND event_date <= toDate(toDateTime({to:UInt32})) + 1
    AND event_time >= toDateTime({from:UInt32})
    AND event_time <= toDateTime({to:UInt32})
    AND (NOT startsWith(query_id, 'chwitness-') OR match(query_id, '^chwitness-.+-load-'))
GROUP BY node, hostname, kind, who, target
ORDER BY node, kind, who, target
LIMIT {limit:UInt64}
SETTINGS skip_unavailable_shards = 1
