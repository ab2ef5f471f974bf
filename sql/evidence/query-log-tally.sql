-- title: statements of a window, counted by whose they are, kind, user, table and exception code
-- needs: system.query_log
SELECT
    multiIf(
        match(query_id, '^chwitness-.+-load-'), 'load',
        startsWith(query_id, 'chwitness-') OR startsWith(initial_query_id, 'chwitness-'), 'own',
        exception = '' AND match(query, '(?is)^\\s*SELECT\\s+(1|\'(ok|ping|up|alive)\'|version\\(\\)|now\\(\\))(\\s+AS\\s+\\w+)?(\\s+FORMAT\\s+\\w+)?\\s*;?\\s*$'), 'health check',
        'other'
    ) AS whose,
    upper(if(query_kind != '', query_kind, extract(query, '(?s)^(?:\\s+|--[^\\n]*\\n|/\\*.*?\\*/|\\()*([A-Za-z]+)'))) AS kind, -- if: system.query_log.query_kind
    upper(extract(query, '(?s)^(?:\\s+|--[^\\n]*\\n|/\\*.*?\\*/|\\()*([A-Za-z]+)')) AS kind, -- unless: system.query_log.query_kind
    user,
    current_database AS database, -- if: system.query_log.current_database
    '' AS database, -- unless: system.query_log.current_database
    extract(query, '(?is)^(?:\\s+|--[^\\n]*\\n|/\\*.*?\\*/)*INSERT\\s+INTO\\s+(?:TABLE\\s+)?((?:`[^`]+`|"[^"]+"|[^\\s.(`"]+)(?:\\s*\\.\\s*(?:`[^`]+`|"[^"]+"|[^\\s.(`"]+))?)') AS target,
    toInt32(exception_code) AS code, -- if: system.query_log.exception_code
    toInt32OrZero(extract(exception, 'Code: (\\d+)')) AS code, -- unless: system.query_log.exception_code
    extract(exception, '\\(([A-Z][A-Z0-9_]+)\\)\\s*(?:\\(version|$)') AS name,
    arrayStringConcat(arrayFilter(word -> exception != '' AND has(extractAll(substring(query, 1, 10000), '[^\\s(),.;=<>`"\']+'), word), {words:Array(String)}), ' ') AS words,
    countIf(toInt8(type) = 1) AS started,
    countIf(toInt8(type) = 2) AS finished,
    countIf(toInt8(type) IN (3, 4)) AS failed,
    ifNull(toString(sumIf(written_rows, toInt8(type) = 2)), '') AS written_rows, -- if: system.query_log.written_rows
    '' AS written_rows, -- unless: system.query_log.written_rows
    toUInt32(toUnixTimestamp(min(event_time))) AS first_seconds,
    toUInt32(toUnixTimestamp(max(event_time))) AS last_seconds,
    substring(argMax(exception, event_time), 1, 600) AS last_exception,
    argMax(query_id, event_time) AS last_query_id
FROM system.query_log
WHERE event_date >= toDate(toDateTime({from:UInt32})) - 1
    AND event_date <= toDate(toDateTime({to:UInt32})) + 1
    AND event_time >= toDateTime({from:UInt32})
    AND event_time <= toDateTime({to:UInt32})
GROUP BY whose, kind, user, database, target, code, name, words
ORDER BY failed DESC, finished DESC, started DESC, whose, kind, user, database, target, code, name, words
LIMIT {limit:UInt64}
