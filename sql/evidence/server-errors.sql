-- title: counters of server errors since its start
-- needs: system.errors
SELECT
    name,
    toInt64(code) AS code,
    toString(value) AS value,
    toString(last_error_time, 'UTC') AS last_error_time, -- if: system.errors.last_error_time
    substring(last_error_message, 1, 500) AS last_error_message, -- if: system.errors.last_error_message
    query_id AS last_query_id, -- if: system.errors.query_id
    toUInt8(remote) AS remote -- if: system.errors.remote
    0 AS remote -- unless: system.errors.remote
FROM system.errors AS e
WHERE e.value > 0
ORDER BY code, name, remote
LIMIT {limit:UInt64}
