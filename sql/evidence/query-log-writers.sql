-- title: statements of others in a window, by who sent them, when beside a command's life, kind and table
-- needs: system.query_log
SELECT
    multiIf(query_start_time < toDateTime({start:UInt32}), 'before', query_start_time > toDateTime({end:UInt32}), 'after', 'during') AS place,
    user AS who,
    replaceOne(IPv6NumToString(address), '::ffff:', '') AS from_address, -- if: system.query_log.address
    '' AS from_address, -- unless: system.query_log.address
    if(client_name != '', client_name, http_user_agent) AS client, -- if: system.query_log.client_name, system.query_log.http_user_agent
    http_user_agent AS client, -- unless: system.query_log.client_name
    upper(if(query_kind != '', query_kind, extract(query, '(?s)^(?:\\s+|--[^\\n]*\\n|/\\*.*?\\*/|\\()*([A-Za-z]+)'))) AS kind, -- if: system.query_log.query_kind
    upper(extract(query, '(?s)^(?:\\s+|--[^\\n]*\\n|/\\*.*?\\*/|\\()*([A-Za-z]+)')) AS kind, -- unless: system.query_log.query_kind
    current_database AS database, -- if: system.query_log.current_database
    '' AS database, -- unless: system.query_log.current_database
    extract(query, '(?is)^(?:\\s+|--[^\\n]*\\n|/\\*.*?\\*/)*INSERT\\s+INTO\\s+(?:TABLE\\s+)?((?:`[^`]+`|"[^"]+"|[^\\s.(`"]+)(?:\\s*\\.\\s*(?:`[^`]+`|"[^"]+"|[^\\s.(`"]+))?)') AS target,
    countIf(toInt8(type) = 2) AS finished,
    countIf(toInt8(type) != 2) AS failed,
    ifNull(toString(sumIf(written_rows, toInt8(type) = 2)), '') AS written_rows, -- if: system.query_log.written_rows
    '' AS written_rows, -- unless: system.query_log.written_rows
    toUInt32(toUnixTimestamp(min(query_start_time))) AS first_seconds,
    toUInt32(toUnixTimestamp(max(query_start_time))) AS last_seconds
FROM system.query_log
WHERE event_date >= toDate(toDateTime({from:UInt32})) - 1
    AND event_date <= toDate(toDateTime({to:UInt32})) + 1
    AND event_time >= toDateTime({from:UInt32})
    AND event_time <= toDateTime({to:UInt32})
    AND toInt8(type) != 1
    AND (NOT startsWith(query_id, 'chwitness-') OR match(query_id, '^chwitness-.+-load-'))
    AND is_initial_query
GROUP BY place, who, from_address, client, kind, database, target
ORDER BY kind = 'INSERT' DESC, finished DESC, failed DESC, place, who, from_address, client, kind, database, target
LIMIT {limit:UInt64}
