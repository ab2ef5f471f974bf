-- title: statements of a window that began and have no end in the log, newest first, ours left out
-- needs: system.query_log
SELECT
    query_id,
    any(user) AS who,
    toUInt32(toUnixTimestamp(max(event_time))) AS seconds,
    substring(any(query), 1, 300) AS text
FROM system.query_log
WHERE event_date >= toDate(toDateTime({from:UInt32})) - 1
    AND event_date <= toDate(toDateTime({to:UInt32})) + 1
    AND event_time >= toDateTime({from:UInt32})
    AND event_time <= toDateTime({to:UInt32})
    AND (NOT startsWith(query_id, 'chwitness-') OR match(query_id, '^chwitness-.+-load-'))
GROUP BY query_id
HAVING countIf(toInt8(type) = 1) > countIf(toInt8(type) IN (2, 3, 4))
ORDER BY seconds DESC, query_id
LIMIT {limit:UInt64}
