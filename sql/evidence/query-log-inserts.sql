-- title: INSERTs of others in a window, one by one, newest first
-- needs: system.query_log
SELECT
    query_id,
    multiIf(query_start_time < toDateTime({start:UInt32}), 'before', query_start_time > toDateTime({end:UInt32}), 'after', 'during') AS place,
    user AS who,
    replaceOne(IPv6NumToString(address), '::ffff:', '') AS from_address, -- if: system.query_log.address
    '' AS from_address, -- unless: system.query_log.address
    if(client_name != '', client_name, http_user_agent) AS client, -- if: system.query_log.client_name, system.query_log.http_user_agent
    http_user_agent AS client, -- unless: system.query_log.client_name
    current_database AS database, -- if: system.query_log.current_database
    '' AS database, -- unless: system.query_log.current_database
    extract(query, '(?is)^(?:\\s+|--[^\\n]*\\n|/\\*.*?\\*/)*INSERT\\s+INTO\\s+(?:TABLE\\s+)?((?:`[^`]+`|"[^"]+"|[^\\s.(`"]+)(?:\\s*\\.\\s*(?:`[^`]+`|"[^"]+"|[^\\s.(`"]+))?)') AS target,
    toString(toInt8(type)) AS type_number,
    ifNull(toString(written_rows), '') AS rows, -- if: system.query_log.written_rows
    '' AS rows, -- unless: system.query_log.written_rows
    toUInt32(toUnixTimestamp(query_start_time)) AS seconds,
    substring(exception, 1, 300) AS error
FROM system.query_log
WHERE event_date >= toDate(toDateTime({from:UInt32})) - 1
    AND event_date <= toDate(toDateTime({to:UInt32})) + 1
    AND event_time >= toDateTime({from:UInt32})
    AND event_time <= toDateTime({to:UInt32})
    AND toInt8(type) != 1
    AND (NOT startsWith(query_id, 'chwitness-') OR match(query_id, '^chwitness-.+-load-'))
    AND is_initial_query
    AND match(query, '(?is)^(\\s+|--[^\\n]*\\n|/\\*.*?\\*/)*INSERT\\s')
ORDER BY event_time DESC, query_start_time DESC, query_id
LIMIT {limit:UInt64}
