-- title: statements of a window, those of our own questions left out, counted for every table they name, by kind and user
-- needs: system.query_log
SELECT
    whose,
    kind,
    user,
    database,
    table_name,
    named_by,
    countIf(number = 1) AS started,
    countIf(number = 2) AS finished,
    countIf(number IN (3, 4)) AS failed
FROM
(
    SELECT
        if(match(query_id, '^chwitness-.+-load-'), 'load', 'other') AS whose,
        upper(if(query_kind != '', query_kind, extract(query, '(?s)^(?:\\s+|--[^\\n]*\\n|/\\*.*?\\*/|\\()*([A-Za-z]+)'))) AS kind, -- if: system.query_log.query_kind
        upper(extract(query, '(?s)^(?:\\s+|--[^\\n]*\\n|/\\*.*?\\*/|\\()*([A-Za-z]+)')) AS kind, -- unless: system.query_log.query_kind
        user,
        current_database AS database, -- if: system.query_log.current_database
        '' AS database, -- unless: system.query_log.current_database
        toInt8(type) AS number,
        replaceRegexpAll(substring(query, 1, 10000), '(?s)/\\*.*?\\*/|--[^\\n]*|\'(?:[^\'\\\\]|\\\\.)*\'', ' ') AS bare,
        arrayFilter(name -> NOT match(name, '\\($'), if(kind = 'SHOW', emptyArrayString(), extractAll(bare, '(?i)\\b(?:FROM|JOIN)\\s+((?:`[^`]+`|"[^"]+"|[A-Za-z_]\\w*)(?:\\s*\\.\\s*(?:`[^`]+`|"[^"]+"|[A-Za-z_]\\w*))?(?:\\s*\\()?)'))) AS read_by_text,
        arrayFilter(name -> upper(name) != 'FUNCTION', extractAll(bare, '(?i)^\\s*(?:INSERT\\s+INTO(?:\\s+TABLE)?|(?:CREATE|ATTACH|ALTER|DROP|DETACH|TRUNCATE|OPTIMIZE|RENAME|EXISTS|SHOW\\s+CREATE|CREATE\\s+(?:MATERIALIZED\\s+)?VIEW)(?:\\s+(?:OR\\s+REPLACE|TEMPORARY|TABLE))*(?:\\s+IF(?:\\s+NOT)?\\s+EXISTS)?|DESC(?:RIBE)?(?:\\s+TABLE)?)\\s+((?:`[^`]+`|"[^"]+"|[A-Za-z_]\\w*)(?:\\s*\\.\\s*(?:`[^`]+`|"[^"]+"|[A-Za-z_]\\w*))?)')) AS meant_by_text,
        arrayConcat(meant_by_text, read_by_text) AS by_text,
        arrayFilter(name -> NOT match(name, '^`?_(table_function|temporary_and_external_tables)`?\\.'), arrayMap(name -> toString(name), tables)) AS by_log, -- if: system.query_log.tables
        emptyArrayString() AS by_log, -- unless: system.query_log.tables
        if(notEmpty(by_log), 'log', if(notEmpty(by_text), 'text', '')) AS named_by,
        arrayDistinct(if(notEmpty(by_log), by_log, by_text)) AS names
    FROM system.query_log
    WHERE event_date >= toDate(toDateTime({from:UInt32})) - 1
        AND event_date <= toDate(toDateTime({to:UInt32})) + 1
        AND event_time >= toDateTime({from:UInt32})
        AND event_time <= toDateTime({to:UInt32})
        AND (match(query_id, '^chwitness-.+-load-') OR NOT (startsWith(query_id, 'chwitness-') OR startsWith(initial_query_id, 'chwitness-')))
)
ARRAY JOIN names AS table_name
GROUP BY whose, kind, user, database, table_name, named_by
ORDER BY failed DESC, finished DESC, started DESC, whose, kind, user, database, table_name, named_by
LIMIT {limit:UInt64}
