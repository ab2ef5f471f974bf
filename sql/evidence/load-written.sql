-- title: rows that the finished INSERTs of one load wrote, by their query ids
-- needs: system.query_log
SELECT toString(sumIf(written_rows, toInt8(type) = 2)) AS rows -- if: system.query_log.written_rows
SELECT '' AS rows -- unless: system.query_log.written_rows
FROM system.query_log
WHERE event_date >= toDate(toDateTime({from:UInt32})) - 1
    AND event_date <= toDate(toDateTime({to:UInt32})) + 1
    AND event_time >= toDateTime({from:UInt32})
    AND event_time <= toDateTime({to:UInt32})
    AND startsWith(query_id, {prefix:String})
ORDER BY rows
LIMIT 1
