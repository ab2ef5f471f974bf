-- title: lines of the text log in a window by level and logger; those of our own questions apart
-- needs: system.text_log
SELECT
    toString(level) AS level_name,
    toInt32(toInt8(level)) AS number,
    logger_name AS logger,
    toUInt8(startsWith(query_id, 'chwitness-') AND NOT match(query_id, '^chwitness-.+-load-')) AS own,
    count() AS lines,
    toUInt32(toUnixTimestamp(min(event_time))) AS first_seconds,
    toUInt32(toUnixTimestamp(max(event_time))) AS last_seconds
FROM system.text_log
WHERE event_date >= toDate(toDateTime({from:UInt32})) - 1
    AND event_date <= toDate(toDateTime({to:UInt32})) + 1
    AND event_time >= toDateTime({from:UInt32})
    AND event_time <= toDateTime({to:UInt32})
GROUP BY level_name, number, logger, own
ORDER BY number, lines DESC, logger, own
LIMIT {limit:UInt64}
