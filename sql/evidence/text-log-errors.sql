-- title: lines of the text log of level Error and worse in a window, newest first, those of our own questions left out
-- needs: system.text_log
SELECT
    toUInt32(toUnixTimestamp(event_time)) AS seconds,
    toString(level) AS level_name,
    logger_name AS logger,
    query_id,
    substring(message, 1, 600) AS message
FROM system.text_log
WHERE event_date >= toDate(toDateTime({from:UInt32})) - 1
    AND event_date <= toDate(toDateTime({to:UInt32})) + 1
    AND event_time >= toDateTime({from:UInt32})
    AND event_time <= toDateTime({to:UInt32})
    AND toInt8(level) <= 3
    AND (NOT startsWith(query_id, 'chwitness-') OR match(query_id, '^chwitness-.+-load-'))
ORDER BY event_date DESC, event_time DESC, event_time_microseconds DESC, query_id, message -- if: system.text_log.event_time_microseconds
ORDER BY event_date DESC, event_time DESC, microseconds DESC, query_id, message -- unless: system.text_log.event_time_microseconds
LIMIT {limit:UInt64}
