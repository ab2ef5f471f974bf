-- title: logins of a window by user, newest first, with every column this version has
-- needs: system.session_log
SELECT toString(event_time, 'UTC') AS event_time_utc, *
FROM system.session_log
WHERE event_date >= toDate(toDateTime({from:UInt32})) - 1
    AND event_date <= toDate(toDateTime({to:UInt32})) + 1
    AND event_time >= toDateTime({from:UInt32})
    AND event_time <= toDateTime({to:UInt32})
ORDER BY event_date DESC, event_time DESC, auth_id, type
LIMIT {limit:UInt64}
