-- title: statements of a window that took longest, ours left out
-- needs: system.query_log
SELECT
    query_id,
    user AS who,
    toUInt32(toUnixTimestamp(event_time)) AS seconds,
    toString(query_duration_ms) AS duration_ms,
    substring(query, 1, 300) AS text
FROM system.query_log
WHERE event_date >= toDate(toDateTime({from:UInt32})) - 1
    AND event_date <= toDate(toDateTime({to:UInt32})) + 1
    AND event_time >= toDateTime({from:UInt32})
    AND event_time <= toDateTime({to:UInt32})
    AND toInt8(type) IN (2, 4)
    AND (NOT startsWith(query_id, 'chwitness-') OR match(query_id, '^chwitness-.+-load-'))
ORDER BY query_duration_ms DESC, event_time DESC, query_id
LIMIT {limit:UInt64}
