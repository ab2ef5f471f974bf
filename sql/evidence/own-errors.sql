-- title: error codes that queries of this tool met in a window, from the query log
-- needs: system.query_log
SELECT
    toInt64(exception_code) AS code,
    toString(count()) AS queries
FROM system.query_log
WHERE event_date >= toDate(substring({from:String}, 1, 10)) - 1
    AND event_time >= parseDateTimeBestEffort({from:String}, 'UTC')
    AND exception_code != 0
    AND startsWith(query_id, 'chwitness-')
GROUP BY exception_code
ORDER BY exception_code
LIMIT {limit:UInt64}
