-- title: whether the text log holds lines of a control query, and which levels it keeps
-- needs: system.text_log
SELECT
    hostName() AS hostname,
    toUInt8(countIf(query_id = {id:String}) > 0) AS seen,
    toUInt32(toUnixTimestamp(max(event_time))) AS newest,
    toInt32(max(toInt8(level))) AS finest_level
FROM system.text_log
WHERE event_date >= toDate(toDateTime({from:UInt32})) - 1
    AND event_time >= toDateTime({from:UInt32})
    AND event_time <= toDateTime({to:UInt32})
