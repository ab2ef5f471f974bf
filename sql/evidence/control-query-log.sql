-- title: whether the query log holds a control query
-- needs: system.query_log
SELECT
    hostName() AS hostname,
    toUInt8(countIf(query_id = {id:String} AND toInt8(type) IN (2, 3, 4)) > 0) AS seen,
    toUInt32(toUnixTimestamp(max(event_time))) AS newest
FROM system.query_log
WHERE event_date >= toDate(toDateTime({from:UInt32})) - 1
    AND event_time >= toDateTime({from:UInt32})
    AND event_time <= toDateTime({to:UInt32})
