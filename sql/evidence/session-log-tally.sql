-- title: logins of a window by user, counted
-- needs: system.session_log
SELECT
    concat(toString(type), ' of ', toString(user)) AS what,
    '' AS of_table,
    toString(count()) AS entries,
    toString(countIf(toString(type) = 'LoginFailure' AND toString(user) = {user:String})) AS bad,
    '' AS row_count,
    substring(argMaxIf(failure_reason, event_time, failure_reason != ''), 1, 600) AS message,
    toUInt32(toUnixTimestamp(max(event_time))) AS last_seconds
FROM system.session_log
WHERE event_date >= toDate(toDateTime({from:UInt32})) - 1
    AND event_date <= toDate(toDateTime({to:UInt32})) + 1
    AND event_time >= toDateTime({from:UInt32})
    AND event_time <= toDateTime({to:UInt32})
GROUP BY what, of_table
ORDER BY bad DESC, what, of_table
LIMIT {limit:UInt64}
