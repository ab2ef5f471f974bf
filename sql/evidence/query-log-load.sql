-- title: inserts of one load, by their query ids: how many began, finished and failed
-- needs: system.query_log
SELECT
    uniqExact(query_id) AS statements,
    countIf(toInt8(type) = 2) AS finished,
    countIf(toInt8(type) IN (3, 4)) AS failed
FROM system.query_log
WHERE event_date >= toDate(toDateTime({from:UInt32})) - 1
    AND event_date <= toDate(toDateTime({to:UInt32})) + 1
    AND event_time >= toDateTime({from:UInt32})
    AND event_time <= toDateTime({to:UInt32})
    AND startsWith(query_id, {prefix:String})
